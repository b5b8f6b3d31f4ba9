// One edge service: how it stands and fares, what it is, and calls of its own API.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { serviceQuery } from '../api/queries';
import type { Service } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { HostedCard } from '../hosting/HostedCard';
import { Ago } from '../ui/Ago';
import { CommandLine, CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Tabs } from '../ui/Tabs';
import { ChangesCard } from './ChangesCard';
import { CheckCard } from './CheckCard';
import { DeleteQuestion } from './DeleteQuestion';
import { EditDrawer } from './EditDrawer';
import { KeysHeld } from './KeysHeld';
import { OpenButton } from './OpenButton';
import { ServiceMark } from './ServiceMark';
import classes from './ServicePage.module.css';
import { TagsCard } from './TagsCard';
import { isSecure } from './address';
import { Explorer } from './explorer/Explorer';
import { FiguresCard } from './figures/FiguresCard';
import { kindName, kindOf } from './kinds';
import { awayOf, standingOf } from './standing';

const route = getRouteApi('/frame/services/$id');

export function ServicePage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const service = useQuery(serviceQuery(id));

  if (service.error instanceof ApiError && service.error.status === 404) return <NotFound />;
  if (!service.data) {
    return (
      <Page title={t('noun.service')}>
        {service.isError ? <Problem error={service.error} retry={() => void service.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown service={service.data} />;
}

function Shown({ service }: { service: Service }) {
  const { t } = useTranslation();
  const { tab } = route.useSearch();
  const can = useCan();
  const [asking, ask] = useState<'edit' | 'delete'>();
  const place = { project: service.project_id, organisation: service.organisation_id };
  const mayManage = can('manage_services', place);
  const mayUse = can('use_services', place);
  const direct = service.way === 'direct';
  const close = () => ask(undefined);
  return (
    <Page
      title={service.name}
      above={<Link to="/services">{t('nav.services')}</Link>}
      beside={<ServiceMark service={service} />}
      lead={<Story service={service} />}
      actions={
        <>
          {mayManage && direct && <Button variant="default" onClick={() => ask('delete')}>{t('serviceDelete.verb')}…</Button>}
          {mayManage && <Button variant="default" onClick={() => ask('edit')}>{t('serviceForm.edit')}…</Button>}
          <OpenButton id={service.id} name={service.name} away={awayOf(service)} size="sm" />
        </>
      }
    >
      <Advice service={service} />
      {!mayUse && <p className={classes.readOnly}>{t('service.readOnly')}</p>}
      <Tabs
        label={t('service.parts')} active={tab ?? 'overview'}
        tabs={[{ key: 'overview', label: t('service.tab.overview') }, { key: 'explorer', label: t('service.tab.explorer') }]}
      />
      {tab === 'explorer' ? <Explorer key={service.id} service={service} mayChange={mayUse} /> : (
        <>
          {service.way === 'hosted' && <HostedCard key={service.id} service={service} />}
          {(direct || service.check || service.authentication !== 'none' || mayManage) && <CheckCard service={service} mayProve={mayManage} />}
          {kindOf(service.kind) !== 'http' && <FiguresCard id={service.id} />}
          <TagsCard key={service.id} service={service} mayManage={mayManage} />
          <About service={service} />
          <ChangesCard service={service} />
          <Programs id={service.id} />
        </>
      )}
      {mayManage && <EditDrawer key={service.id} service={service} opened={asking === 'edit'} onClose={close} />}
      {mayManage && direct && <DeleteQuestion service={service} opened={asking === 'delete'} onClose={close} />}
    </Page>
  );
}

function usePath(path: string): string {
  const { t } = useTranslation();
  return path === 'direct' ? t('path.direct') : t('path.through', { site: path });
}

/** The state in a sentence. */
function Story({ service }: { service: Service }) {
  const { t } = useTranslation();
  const path = usePath(service.path);
  const { hosted, agent_name: agent } = service;
  if (hosted && service.presence !== 'offline') return <>{t(`hostedStory.${hosted.state}`, { agent, path })}</>;
  if (service.way !== 'direct') return <>{t(`service.story.${service.state}`, { agent, path })}</>;
  const { state, trouble } = standingOf(service);
  const standing = trouble ?? (state === 'online' ? 'online' : 'offline');
  return <>{t(`serviceDirect.${standing}`, { address: service.address })}</>;
}

/** Where the agent is what is in the way. */
function Advice({ service }: { service: Service }) {
  const { t } = useTranslation();
  if (!service.agent_id || service.state === 'online') return null;
  const { hosted, presence, state } = service;
  const runs = hosted?.state === 'running' || hosted?.state === 'returned';
  // What its agent is at, or what went wrong there, stands on the card of the hosted service.
  if (hosted && presence !== 'offline' && !runs) return null;
  const words = !hosted ? t(`service.advice.${state}`, { offer: service.offer }) : presence === 'offline' ? t('hostedAdvice.offline') : t('hostedAdvice.silent');
  return (
    <div className={classes.advice} role="status">
      {words}{' '}
      <Link to="/agents/$id" params={{ id: service.agent_id }} className="ew-link">{t('service.showAgent')}</Link>
    </div>
  );
}

function About({ service }: { service: Service }) {
  const { t } = useTranslation();
  const path = usePath(service.path);
  const items: [string, React.ReactNode][] = [
    [t('noun.kind'), kindName(service.kind)],
    [t('noun.description'), service.description || '–'],
    [t('noun.version'), service.check?.version || '–'],
  ];
  if (service.agent_id) {
    items.push(
      [t('noun.agent'), <Link key="a" to="/agents/$id" params={{ id: service.agent_id }} className="ew-link">{service.agent_name}</Link>],
      [t('noun.offer'), service.offer],
      [t('noun.path'), path],
    );
  }
  if (service.address) {
    items.push([t('noun.address'), <CopyText key="w" text={service.address} what={t('noun.address')} />]);
    if (isSecure(service.address)) {
      items.push([t('serviceForm.certificate'), service.pinned ? <div key="f">{t('serviceForm.trust.pinned')} <CopyText text={service.pinned} what={t('serviceForm.fingerprint')} /></div> : t('serviceForm.trust.authorities')]);
    }
  }
  items.push([t('noun.authentication'), t(`authentication.${service.authentication}`)]);
  if (service.authentication === 'token') items.push([t('service.keys'), <KeysHeld key="k" service={service} />]);
  if (service.user) items.push([t('serviceForm.user'), service.user]);
  items.push(
    [t('noun.organisation'), <Link key="o" className="ew-link" to="/services" search={{ organisation: service.organisation_id }}>{service.organisation_name}</Link>],
    [t('noun.project'), <Link key="p" className="ew-link" to="/services" search={{ organisation: service.organisation_id, project: service.project_id }}>{service.project_name}</Link>],
    [t('noun.made'), <Ago key="c" at={service.created_at} />],
    [t('noun.id'), <CopyText key="i" text={service.id} what={t('noun.id')} />],
  );
  return (
    <Card title={t('agent.facts')}>
      <Facts items={items} />
    </Card>
  );
}

/** How programs reach it. */
function Programs({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Card title={t('service.programs')}>
      <p className={classes.lead}>{t('service.programsCommand')}</p>
      <CommandLine text={`edgeward service curl ${id} /`} />
      <p className={classes.lead}>{t('service.programsRest')}</p>
      <CopyText text={`${window.location.origin}/api/v1/services/${id}/proxy/`} what={t('noun.address')} />
    </Card>
  );
}
