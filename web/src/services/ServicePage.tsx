import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { useCan } from '../api/permissions';
import { serviceQuery } from '../api/queries';
import type { Service } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Ago } from '../ui/Ago';
import { CommandLine, CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { ServiceMark } from '../ui/State';
import { OpenButton } from './OpenButton';
import classes from './ServicePage.module.css';

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
  const path = service.path === 'direct' ? t('path.direct') : t('path.through', { site: service.path });
  const address = `${window.location.origin}/api/v1/services/${service.id}/proxy/`;
  const can = useCan();
  const place = { project: service.project_id, organisation: service.organisation_id };
  const audit = useAuditLink(place);
  return (
    <Page
      title={service.name}
      above={<Link to="/services">{t('nav.services')}</Link>}
      beside={<ServiceMark state={service.state} />}
      lead={t(`service.story.${service.state}`, { agent: service.agent_name, path })}
      actions={<OpenButton id={service.id} name={service.name} state={service.state} size="sm" />}
    >
      {service.state !== 'online' && (
        <div className={classes.advice} role="status">
          {t(`service.advice.${service.state}`, { offer: service.offer })}{' '}
          <Link to="/agents/$id" params={{ id: service.agent_id }} className="ew-link">{t('service.showAgent')}</Link>
        </div>
      )}
      {!can('use_services', place) && <p className={classes.readOnly}>{t('service.readOnly')}</p>}
      <Card title={t('agent.facts')} aside={audit && <Link to="/audit" search={{ object: service.id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
        <Facts
          items={[
            [t('noun.kind'), service.kind],
            [t('noun.description'), service.description || '–'],
            [t('noun.agent'), <Link key="a" to="/agents/$id" params={{ id: service.agent_id }} className="ew-link">{service.agent_name}</Link>],
            [t('noun.offer'), service.offer],
            [t('noun.organisation'), <Link key="o" className="ew-link" to="/services" search={{ organisation: service.organisation_id }}>{service.organisation_name}</Link>],
            [t('noun.project'), <Link key="p" className="ew-link" to="/services" search={{ organisation: service.organisation_id, project: service.project_id }}>{service.project_name}</Link>],
            [t('noun.path'), path],
            [t('noun.made'), <Ago key="c" at={service.created_at} />],
            [t('noun.id'), <CopyText key="i" text={service.id} what={t('noun.id')} />],
          ]}
        />
      </Card>
      <Card title={t('service.programs')}>
        <p className={classes.lead}>{t('service.programsCommand')}</p>
        <CommandLine text={`edgeward service curl ${service.id} /`} />
        <p className={classes.lead}>{t('service.programsRest')}</p>
        <CopyText text={address} what={t('noun.address')} />
      </Card>
    </Page>
  );
}
