// The services of a delivery, in the order of their waves: how far each is, why it failed, and how its undoing went.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconWorld } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import actionClasses from '../actions/Actions.module.css';
import { deliveredServicesQuery } from '../api/queries';
import type { DeliveredService, Delivery, DeliveryStep } from '../api/types';
import classes from '../rollouts/Rollouts.module.css';
import { totalOf } from '../rollouts/state';
import type { DeliverySearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, linkClass, useListSearch, type ListColumn } from '../ui/list';
import { Mark } from '../ui/State';
import { STEPS, STEP_TONE } from './steps';

type Row = DeliveredService & { id: string };

export function DeliveredServices({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation();
  const list = useListSearch<DeliverySearch>();
  const { offset, limit, state } = asFilter(list.search);
  const query = useQuery(deliveredServicesQuery(delivery.id, { offset, limit, state }));
  const { data } = query;
  const rows = useMemo(() => data && { total: data.total, items: data.items.map((each): Row => ({ ...each, id: each.service_id })) }, [data]);
  const undone = totalOf(delivery.undo) > 0 || delivery.state === 'undoing' || delivery.state === 'undone';
  const columns = useMemo(() => serviceColumns(t, undone), [t, undone]);
  return (
    <section className={classes.devices} aria-label={t('nav.services')}>
      <h2>{t('nav.services')}</h2>
      <List
        name="delivered-services" label={t('nav.services')} state={list} query={{ ...query, data: rows }} columns={columns}
        filters={[{ key: 'state', label: t('noun.state'), options: STEPS.map((value) => ({ value, label: t(`delivery.step.${value}`) })) }]}
        empty={{ icon: <IconWorld size={24} />, title: t('delivery.nobody'), body: t('delivery.nobodyBody') }}
        noMatch={{ title: t('delivery.noneFound'), body: t('deliveries.noneFoundBody') }}
      />
    </section>
  );
}

function serviceColumns(t: TFunction, undone: boolean): ListColumn<Row>[] {
  return [
    {
      key: 'service', label: t('noun.service'), width: 'minmax(150px, 1.1fr)', always: true, wide: true,
      cell: ({ service_id, name }) => <NameCell><Link to="/services/$id" params={{ id: service_id }} className={linkClass}>{name}</Link></NameCell>,
    },
    { key: 'wave', label: t('rollout.waveOf'), width: '70px', cell: ({ wave }) => wave },
    { key: 'state', label: t('noun.state'), width: 'minmax(220px, 2.2fr)', always: true, wide: true, cell: ({ state, message }) => <Step step={state} message={message} /> },
    ...(undone ? [{
      key: 'undo', label: t('rollout.undoing'), width: 'minmax(150px, 1.4fr)',
      cell: ({ undo_state, undo_message }: Row) => (undo_state ? <Step step={undo_state} message={undo_message} undo /> : <Quiet>–</Quiet>),
    }] : []),
    {
      key: 'values', label: t('delivery.ownValues'), width: 'minmax(120px, 1fr)',
      cell: ({ values }) => {
        const own = Object.entries(values);
        return own.length > 0 ? <span className={classes.values} data-verbatim>{own.map(([name, value]) => <span key={name} title={value}>{name} = {value}</span>)}</span> : <Quiet>–</Quiet>;
      },
    },
    { key: 'changed', label: t('actions.lastChange'), width: '116px', optional: true, cell: ({ changed_at }) => (changed_at ? <Quiet><Ago at={changed_at} /></Quiet> : <Quiet>–</Quiet>) },
  ];
}

function Step({ step, message, undo = false }: { step: DeliveryStep; message: string; undo?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={actionClasses.progressing}>
      <Mark tone={STEP_TONE[step]}>{undo ? t(`delivery.undoStep.${step}`) : t(`delivery.step.${step}`)}</Mark>
      {message && <span className={actionClasses.reason} data-verbatim>{message}</span>}
    </div>
  );
}
