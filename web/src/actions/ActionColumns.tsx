// The columns of lists of actions, of all devices and of one.

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import type { DeviceAction } from '../api/types';
import { Ago } from '../ui/Ago';
import { NameCell, Quiet, linkClass, type ListColumn, type ListFilter } from '../ui/list';
import { ActionProgress } from './ActionState';
import { useCancel } from './ask';
import { ACTION_NAMES, isOpen } from './kinds';
import { actionDetail, actionText } from './words';

export const ACTION_STATES = ['queued', 'sent', 'running', 'done', 'failed', 'expired', 'cancelled'] as const;

export const bornAction = ({ created_at }: DeviceAction) => created_at;

export function actionFilters(t: TFunction): ListFilter[] {
  return [
    { key: 'open', label: t('actions.ending'), options: [{ value: true, label: t('actions.open') }, { value: false, label: t('actions.ended') }] },
    { key: 'state', label: t('noun.state'), options: ACTION_STATES.map((value) => ({ value, label: t(`actions.state.${value}`) })) },
    { key: 'name', label: t('actions.nameOf'), options: ACTION_NAMES.map((value) => ({ value, label: t(`actions.name.${value}`) })) },
  ];
}

export function actionColumns(t: TFunction, ofOneDevice: boolean): ListColumn<DeviceAction>[] {
  return [
    {
      key: 'what', label: t('actions.nameOf'), width: 'minmax(170px, 1.5fr)', always: true, wide: true,
      cell: ({ id, action }) => (
        <NameCell below={actionDetail(action)}>
          <Link to="." search={true} hash={id} resetScroll={false} hashScrollIntoView={false} className={linkClass}>{actionText(t, action)}</Link>
        </NameCell>
      ),
    },
    ...(ofOneDevice ? [] : [{
      key: 'device', label: t('actions.device'), width: 'minmax(110px, 1fr)',
      cell: ({ device_id, device_name }: DeviceAction) => <Link to="/devices/$id" params={{ id: device_id }} className="ew-link">{device_name}</Link>,
    }]),
    {
      key: 'state', label: t('noun.state'), width: 'minmax(180px, 1.8fr)', always: true, wide: true,
      cell: (action) => <ActionProgress action={action} what={actionText(t, action.action)} />,
    },
    { key: 'created', label: t('actions.askedAt'), width: '116px', cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    { key: 'by', label: t('actions.askedBy'), width: 'minmax(90px, 0.8fr)', cell: ({ created_by }) => created_by },
    { key: 'changed', label: t('actions.lastChange'), width: '116px', optional: true, cell: ({ changed_at }) => <Quiet><Ago at={changed_at} /></Quiet> },
    { key: 'until', label: t('actions.until'), width: '116px', optional: true, cell: ({ expires_at }) => <Quiet><Ago at={expires_at} future /></Quiet> },
    { key: 'id', label: t('noun.id'), width: '120px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 13)}</span> },
    { key: 'actions', label: t('noun.actions'), width: '96px', always: true, wide: true, quietLabel: true, cell: (action) => <Cancel action={action} /> },
  ];
}

function Cancel({ action }: { action: DeviceAction }) {
  const { t } = useTranslation();
  const can = useCan();
  const cancel = useCancel();
  if (!isOpen(action) || !can('operate_devices', { project: action.project_id, organisation: action.organisation_id })) return null;
  return (
    <Button
      size="compact-md" variant="default" loading={cancel.isPending} disabled={action.cancelling} onClick={() => cancel.mutate(action.id)}
      aria-label={t('actions.cancelWhat', { what: actionText(t, action.action), name: action.device_name })}
    >
      {t('actions.cancel')}
    </Button>
  );
}
