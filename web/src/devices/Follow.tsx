// An action where it belongs on the page, for as long as somebody watches it.

import { ActionIcon, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ActionProgress } from '../actions/ActionState';
import { useCancel } from '../actions/ask';
import { isOpen } from '../actions/kinds';
import { actionDetail, actionText } from '../actions/words';
import type { DeviceAction } from '../api/types';
import classes from './Devices.module.css';

interface FollowProps {
  action: DeviceAction;
  operate: boolean;
  onPutAway: (id: string) => void;
}

export function Follow({ action, operate, onPutAway }: FollowProps) {
  const { t } = useTranslation();
  const cancel = useCancel();
  const what = actionText(t, action.action);
  const detail = actionDetail(action.action);
  return (
    <li className={classes.follow} data-state={action.state}>
      <span className={classes.followWhat}>
        <Link to="." search={{ tab: 'actions' } as never} hash={action.id} className="ew-link">{what}</Link>
        {detail && <span className="ew-muted" data-verbatim> {detail}</span>}
      </span>
      <div role="status" className={classes.followState}><ActionProgress action={action} what={what} whole /></div>
      {isOpen(action) ? (
        operate && (
          <Button
            size="compact-sm" variant="subtle" color="gray" loading={cancel.isPending} disabled={action.cancelling} onClick={() => cancel.mutate(action.id)}
            aria-label={t('actions.cancelWhat', { what, name: action.device_name })}
          >
            {t('actions.cancel')}
          </Button>
        )
      ) : (
        <ActionIcon variant="subtle" color="gray" aria-label={t('actions.putAway', { what })} onClick={() => onPutAway(action.id)}><IconX size={15} aria-hidden /></ActionIcon>
      )}
    </li>
  );
}
