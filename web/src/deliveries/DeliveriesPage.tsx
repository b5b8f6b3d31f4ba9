// Deliveries: all that may be seen, the newest first, as they go on.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconTruckDelivery } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { deliveriesQuery, sessionQuery } from '../api/queries';
import type { Delivery, Session } from '../api/types';
import { RolloutBar, RolloutMark } from '../rollouts/RolloutMarks';
import classes from '../rollouts/Rollouts.module.css';
import { reasonText } from '../rollouts/said';
import { ROLLOUT_STATES, endedOf, totalOf } from '../rollouts/state';
import type { DeliveriesSearch } from '../router';
import { kindName } from '../services/kinds';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, linkClass, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { Page } from '../ui/Page';
import { scopeName, useScopeFilters } from '../ui/scope';

const born = ({ created_at }: Delivery) => created_at;

export function DeliveriesPage() {
  const { t } = useTranslation();
  const state = useListSearch<DeliveriesSearch>();
  const { text: _, sort: __, direction: ___, before: ____, ...filter } = asFilter(state.search);
  const deliveries = useQuery(deliveriesQuery(filter));
  const session = useQuery(sessionQuery).data;
  const scopeFilters = useScopeFilters();
  const may = useCan()('manage_services');
  const columns = useMemo(() => deliveryColumns(t, session), [t, session]);
  const filters: ListFilter[] = [
    { key: 'state', label: t('noun.state'), options: ROLLOUT_STATES.map((value) => ({ value, label: t(`rollout.state.${value}`) })) },
    ...scopeFilters,
  ];
  const choose = may && <Button variant="default" renderRoot={(props) => <Link to="/templates" {...props} />}>{t('deliveries.chooseTemplate')}</Button>;
  return (
    <Page title={t('nav.deliveries')} lead={t('deliveries.lead')} actions={choose}>
      <List
        name="deliveries" label={t('nav.deliveries')} state={state} query={deliveries} columns={columns} filters={filters} born={born}
        empty={{ icon: <IconTruckDelivery size={24} />, title: t('deliveries.empty'), body: may ? t('deliveries.emptyBody') : t('deliveries.emptyBodyViewer'), action: choose }}
        noMatch={{ title: t('deliveries.noneFound'), body: t('deliveries.noneFoundBody') }}
      />
    </Page>
  );
}

function deliveryColumns(t: TFunction, session: Session | null | undefined): ListColumn<Delivery>[] {
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(170px, 1.6fr)', always: true, wide: true,
      cell: ({ id, name, template_name, version }) => (
        <NameCell below={t('delivery.of', { template: template_name, version })}>
          <Link to="/deliveries/$id" params={{ id }} className={linkClass}>{name}</Link>
        </NameCell>
      ),
    },
    { key: 'state', label: t('noun.state'), width: 'minmax(104px, 0.7fr)', cell: ({ state, reason }) => <span title={reasonText(t, reason, 'delivery') || undefined}><RolloutMark state={state} /></span> },
    {
      key: 'progress', label: t('rollout.progress'), width: 'minmax(150px, 1.3fr)', wide: true,
      cell: ({ name, counts }) => (
        <div className={classes.progress}>
          <RolloutBar counts={counts} label={t('rollout.progressOf', { name })} />
          <Quiet>{t('delivery.ended', { ended: endedOf(counts), count: totalOf(counts) })}</Quiet>
        </div>
      ),
    },
    { key: 'waves', label: t('rollout.waves'), width: '92px', cell: ({ begun, waves }) => t('rollout.begunOf', { begun, total: waves.length }) },
    { key: 'failed', label: t('rollout.failures'), width: '84px', cell: ({ counts }) => (counts.failed > 0 ? <span className={classes.bad}>{counts.failed}</span> : <Quiet>0</Quiet>) },
    { key: 'kind', label: t('noun.kind'), width: 'minmax(80px, 0.6fr)', optional: true, cell: ({ kind }) => kindName(kind) },
    {
      key: 'place', label: t('noun.project'), width: 'minmax(110px, 1fr)',
      cell: ({ organisation_id, project_id }) => scopeName(session, { organisation: organisation_id, project: project_id ?? undefined }) ?? (project_id ?? organisation_id).slice(0, 8),
    },
    { key: 'since', label: t('rollout.since'), width: '116px', cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    { key: 'by', label: t('delivery.by'), width: 'minmax(90px, 0.8fr)', optional: true, cell: ({ created_by }) => created_by },
    { key: 'changed', label: t('actions.lastChange'), width: '116px', optional: true, cell: ({ changed_at }) => <Quiet><Ago at={changed_at} /></Quiet> },
  ];
}
