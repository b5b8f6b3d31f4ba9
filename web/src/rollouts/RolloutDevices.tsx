// The devices of a rollout, in the order of their waves: how far each is, why it failed, and how its undoing went.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconDevices } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import actionClasses from '../actions/Actions.module.css';
import { STATE_TONE } from '../actions/ActionState';
import { actionText } from '../actions/words';
import { rolloutDevicesQuery } from '../api/queries';
import type { ActionState, Rollout, RolloutDevice } from '../api/types';
import { List, NameCell, Quiet, asFilter, linkClass, useListSearch, type ListColumn, type ListSearch } from '../ui/list';
import { Mark } from '../ui/State';
import classes from './Rollouts.module.css';
import { totalOf } from './state';

type Row = RolloutDevice & { id: string };

export function RolloutDevices({ rollout }: { rollout: Rollout }) {
  const { t } = useTranslation();
  const state = useListSearch<ListSearch>();
  const { offset, limit } = asFilter(state.search);
  const query = useQuery(rolloutDevicesQuery(rollout.id, { offset, limit }));
  const { data } = query;
  const rows = useMemo(() => data && { total: data.total, items: data.items.map((each): Row => ({ ...each, id: each.device_id })) }, [data]);
  const undone = totalOf(rollout.undo) > 0 || rollout.state === 'undoing' || rollout.state === 'undone';
  const columns = useMemo(() => deviceColumns(t, undone), [t, undone]);
  return (
    <section className={classes.devices} aria-label={t('nav.devices')}>
      <h2>{t('nav.devices')}</h2>
      <List
        name="rollout-devices" label={t('nav.devices')} state={state} query={{ ...query, data: rows }} columns={columns}
        empty={{ icon: <IconDevices size={24} />, title: t('rollout.noDevices'), body: rollout.plan.include_later ? t('rollout.noDevicesYet') : t('rollout.noDevicesBody') }}
        noMatch={{ title: t('rollout.noDevices'), body: t('rollout.noDevicesBody') }}
      />
    </section>
  );
}

function deviceColumns(t: TFunction, undone: boolean): ListColumn<Row>[] {
  return [
    {
      key: 'device', label: t('actions.device'), width: 'minmax(150px, 1.1fr)', always: true, wide: true,
      cell: ({ device_id, device_name }) => <NameCell><Link to="/devices/$id" params={{ id: device_id }} className={linkClass}>{device_name}</Link></NameCell>,
    },
    { key: 'wave', label: t('rollout.waveOf'), width: '70px', cell: ({ wave }) => wave },
    {
      key: 'state', label: t('noun.state'), width: 'minmax(220px, 2.2fr)', always: true, wide: true,
      cell: ({ state, message }) => <State state={state} message={message} />,
    },
    { key: 'action', label: t('rollout.action'), width: '110px', cell: ({ device_id, action_id }) => <ActionLink device={device_id} action={action_id} /> },
    {
      key: 'undo', label: undone ? t('rollout.undoing') : t('preview.undo'), width: 'minmax(150px, 1.2fr)',
      cell: ({ device_id, undo, undo_state, undo_message, undo_action_id }) => (
        <div className={actionClasses.progressing}>
          {undo_state ? <State state={undo_state} message={undo_message} /> : <Quiet>{undo ? actionText(t, undo) : t('rollout.noWayBack')}</Quiet>}
          {undo_action_id && <ActionLink device={device_id} action={undo_action_id} />}
        </div>
      ),
    },
  ];
}

function State({ state, message }: { state: ActionState | null; message: string }) {
  const { t } = useTranslation();
  if (!state) return <Quiet>{t('rollout.notBegun')}</Quiet>;
  return (
    <div className={actionClasses.progressing}>
      <Mark tone={STATE_TONE[state]}>{t(`actions.state.${state}`)}</Mark>
      {message && <span className={actionClasses.reason} data-verbatim>{message}</span>}
    </div>
  );
}

function ActionLink({ device, action }: { device: string; action: string | null }) {
  const { t } = useTranslation();
  if (!action) return <Quiet>–</Quiet>;
  return <Link to="/devices/$id" params={{ id: device }} search={{ tab: 'actions' }} hash={action} className="ew-link">{t('rollout.showAction')}</Link>;
}
