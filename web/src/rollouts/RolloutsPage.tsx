// Rollouts: all that may be seen, the newest first, as they go on.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlus, IconRocket } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { actionDetail, actionText } from '../actions/words';
import { useCan } from '../api/permissions';
import { rolloutsQuery, sessionQuery } from '../api/queries';
import type { Rollout, Session } from '../api/types';
import type { RolloutsSearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, linkClass, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { Page } from '../ui/Page';
import { scopeName, useScopeFilters } from '../ui/scope';
import { RolloutBar, RolloutMark } from './RolloutMarks';
import classes from './Rollouts.module.css';
import { reasonText } from './said';
import { ROLLOUT_STATES, endedOf, totalOf } from './state';

const born = ({ created_at }: Rollout) => created_at;

export function RolloutsPage() {
  const { t } = useTranslation();
  const state = useListSearch<RolloutsSearch>();
  const { text: _, sort: __, direction: ___, before: ____, ...filter } = asFilter(state.search);
  const rollouts = useQuery(rolloutsQuery(filter));
  const session = useQuery(sessionQuery).data;
  const scopeFilters = useScopeFilters();
  const may = useCan()('operate_devices');
  const columns = useMemo(() => rolloutColumns(t, session), [t, session]);
  const filters: ListFilter[] = [
    { key: 'state', label: t('noun.state'), options: ROLLOUT_STATES.map((value) => ({ value, label: t(`rollout.state.${value}`) })) },
    ...scopeFilters,
  ];
  const make = may && <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/rollouts/new" {...props} />}>{t('rollouts.make')}</Button>;
  return (
    <Page title={t('nav.rollouts')} lead={t('rollouts.lead')} actions={make}>
      <List
        name="rollouts" label={t('nav.rollouts')} state={state} query={rollouts} columns={columns} filters={filters} born={born}
        empty={{ icon: <IconRocket size={24} />, title: t('rollouts.empty'), body: may ? t('rollouts.emptyBody') : t('rollouts.emptyBodyViewer'), action: make }}
        noMatch={{ title: t('rollouts.noneFound'), body: t('rollouts.noneFoundBody') }}
      />
    </Page>
  );
}

function rolloutColumns(t: TFunction, session: Session | null | undefined): ListColumn<Rollout>[] {
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(170px, 1.6fr)', always: true, wide: true,
      cell: ({ id, name, action }) => (
        <NameCell below={[actionText(t, action), actionDetail(action)].filter(Boolean).join(' · ')}>
          <Link to="/rollouts/$id" params={{ id }} className={linkClass}>{name}</Link>
        </NameCell>
      ),
    },
    { key: 'state', label: t('noun.state'), width: 'minmax(104px, 0.7fr)', cell: ({ state, reason }) => <span title={reasonText(t, reason) || undefined}><RolloutMark state={state} /></span> },
    {
      key: 'progress', label: t('rollout.progress'), width: 'minmax(150px, 1.3fr)', wide: true,
      cell: ({ name, counts }) => (
        <div className={classes.progress}>
          <RolloutBar counts={counts} label={t('rollout.progressOf', { name })} />
          <Quiet>{t('rollout.ended', { ended: endedOf(counts), count: totalOf(counts) })}</Quiet>
        </div>
      ),
    },
    { key: 'waves', label: t('rollout.waves'), width: '92px', cell: ({ begun, waves }) => t('rollout.begunOf', { begun, total: waves.length }) },
    { key: 'failed', label: t('rollout.failures'), width: '84px', cell: ({ counts }) => (counts.failed > 0 ? <span className={classes.bad}>{counts.failed}</span> : <Quiet>0</Quiet>) },
    {
      key: 'place', label: t('rollout.place'), width: 'minmax(110px, 1fr)',
      cell: ({ organisation_id, project_id }) => scopeName(session, { organisation: organisation_id, project: project_id ?? undefined }) ?? (project_id ?? organisation_id).slice(0, 8),
    },
    { key: 'since', label: t('rollout.since'), width: '116px', cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    { key: 'by', label: t('actions.askedBy'), width: 'minmax(90px, 0.8fr)', optional: true, cell: ({ created_by }) => created_by },
    { key: 'changed', label: t('actions.lastChange'), width: '116px', optional: true, cell: ({ changed_at }) => <Quiet><Ago at={changed_at} /></Quiet> },
  ];
}
