// One delivery: how far it is and why, its waves, its services, and what can become of it.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import type { RolloutChange } from '../api/calls';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { deliveryQuery, sessionQuery } from '../api/queries';
import type { Delivery } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { RolloutMark } from '../rollouts/RolloutMarks';
import classes from '../rollouts/Rollouts.module.css';
import { Progress, Waves } from '../rollouts/Waves';
import { reasonText } from '../rollouts/said';
import { changesFor } from '../rollouts/state';
import { durationText } from '../rollouts/words';
import { kindName } from '../services/kinds';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { ChangeQuestion } from './ChangeQuestion';
import { DeliveredServices } from './DeliveredServices';

const route = getRouteApi('/frame/deliveries/$id');

export function DeliveryPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const delivery = useQuery(deliveryQuery(id));
  if (delivery.error instanceof ApiError && delivery.error.status === 404) return <NotFound />;
  if (!delivery.data) {
    return (
      <Page title={t('delivery.one')} above={<Link to="/deliveries">{t('nav.deliveries')}</Link>}>
        {delivery.isError ? <Problem error={delivery.error} retry={() => void delivery.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} delivery={delivery.data} />;
}

function Shown({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation();
  const can = useCan();
  const [change, setChange] = useState<RolloutChange>();
  const { name, state, reason, counts, template_name, version, kind, organisation_id: organisation, project_id: project } = delivery;
  const may = project ? can('manage_services', { project, organisation }) : can('edit_organisation', { organisation });
  // There is nothing to undo where nothing was done or is being done.
  const changes = may ? changesFor(state).filter((each) => each !== 'undo' || counts.done + counts.under_way > 0) : [];
  return (
    <Page
      title={name} above={<Link to="/deliveries">{t('nav.deliveries')}</Link>} beside={<RolloutMark state={state} />} lead={`${t('delivery.of', { template: template_name, version })} · ${kindName(kind)}`}
      actions={changes.map((each) => (
        <Button key={each} variant={each === 'resume' ? 'filled' : 'default'} onClick={() => setChange(each)}>{t(`change.${each}.verb`)}…</Button>
      ))}
    >
      {reason && <p className={classes.reason} role="status" data-state={state}>{reasonText(t, reason, 'delivery')}</p>}
      <Progress course={delivery} of="delivery" />
      <Waves course={delivery} of="delivery" />
      <DeliveredServices delivery={delivery} />
      <About delivery={delivery} />
      <ChangeQuestion delivery={delivery} change={change} onClose={() => setChange(undefined)} />
    </Page>
  );
}

function About({ delivery }: { delivery: Delivery }) {
  const { t, i18n } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const { id, plan, defaults, template_id, template_name, version, extent, kind, organisation_id: organisation } = delivery;
  const project = delivery.project_id ?? undefined;
  const audit = useAuditLink({ organisation, project });
  const of = t('delivery.of', { template: template_name, version });
  const given = Object.entries(defaults);
  const items: [string, React.ReactNode][] = [
    [t('template.one'), template_id ? <Link key="t" to="/templates/$id" params={{ id: template_id }} search={{ version }} className="ew-link">{of}</Link> : t('delivery.templateGone', { template: of })],
    [t('noun.kind'), kindName(kind)],
    [t('templateForm.extent'), t(`template.extent.${extent}`)],
    [t('noun.project'), scopeName(session, { organisation, project }) ?? (project ?? organisation).slice(0, 8)],
  ];
  if (given.length > 0) items.push([t('delivery.defaults'), <span key="d" className={classes.values} data-verbatim>{given.map(([name, value]) => <span key={name}>{name} = {value}</span>)}</span>]);
  items.push(
    [t('plan.waves'), plan.waves?.length ? t('delivery.wavesThenRest', { sizes: plan.waves.join(t('list.comma')) }) : t('plan.allAtOnce')],
    [t('plan.failures'), plan.failure_limit ?? '0'],
    [t('plan.watch'), plan.watch_s ? durationText(plan.watch_s, i18n.language) : t('plan.noWatch')],
    [t('delivery.by'), delivery.created_by],
    [t('rollout.since'), <Ago key="a" at={delivery.created_at} />],
    [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />],
  );
  return (
    <Card title={t('delivery.about')} aside={audit && <Link to="/audit" search={{ object: id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
      <Facts items={items} />
    </Card>
  );
}
