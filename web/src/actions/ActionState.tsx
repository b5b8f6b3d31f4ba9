// How far an action is: a word, and while it runs a bar with what is being done.

import { useTranslation } from 'react-i18next';
import type { ActionState, DeviceAction } from '../api/types';
import { Mark, type Tone } from '../ui/State';
import classes from './Actions.module.css';

export const STATE_TONE: Record<ActionState, Tone> = {
  queued: 'offline', sent: 'offline', running: 'busy', done: 'online', failed: 'failed', expired: 'warn', cancelled: 'warn',
};

export function ActionMark({ action: { state, cancelling } }: { action: DeviceAction }) {
  const { t } = useTranslation();
  return <Mark tone={STATE_TONE[state]}>{cancelling && state === 'running' ? t('actions.cancelling') : t(`actions.state.${state}`)}</Mark>;
}

/** The mark, and below it the bar or why it failed. */
export function ActionProgress({ action, what, whole = false }: { action: DeviceAction; what: string; whole?: boolean }) {
  const { i18n } = useTranslation();
  const { state, label, done, total, message } = action;
  const known = state === 'running' && total > 0;
  const percent = known ? new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(Math.min(done / total, 1)) : '';
  return (
    <div className={classes.progressing}>
      <span className={classes.stateLine}>
        <ActionMark action={action} />
        {percent && <span className={classes.percent}>{percent}</span>}
      </span>
      {state === 'running' && <progress className={classes.bar} {...(known ? { max: total, value: done } : {})} aria-label={what} />}
      {state === 'running' && label && <span className={whole ? classes.label : classes.below} data-verbatim>{label}</span>}
      {state === 'failed' && message && <span className={whole ? classes.reason : classes.below} title={whole ? undefined : message} data-verbatim>{message}</span>}
    </div>
  );
}
