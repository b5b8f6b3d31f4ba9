// What becomes of an action on many devices: counted and listed, live, for as long as the dialog stays open.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { actionsQuery } from '../api/queries';
import type { ActionState, ActionToDo, Asked } from '../api/types';
import batchClasses from '../agents/batch/Batch.module.css';
import { Problem } from '../ui/Problem';
import { ActionProgress } from './ActionState';
import classes from './Actions.module.css';
import type { AskedDevice } from './ask';
import { isOpen } from './kinds';
import { actionText } from './words';

/** The most that can be followed here; the list of actions has all. */
const FOLLOWED = 1000;

const ORDER: ActionState[] = ['failed', 'expired', 'cancelled', 'running', 'sent', 'queued', 'done'];

interface AskResultsProps {
  devices: AskedDevice[];
  action: ActionToDo;
  asked: Asked;
  onClose: () => void;
}

export function AskResults({ devices, action, asked, onClose }: AskResultsProps) {
  const { t } = useTranslation();
  // Those that were just asked are the newest of this name.
  const query = useQuery(actionsQuery({ name: action.name, limit: FOLLOWED }));
  const ids = new Set(asked.actions.map(({ id }) => id));
  const found = (query.data?.items ?? []).filter(({ id }) => ids.has(id));
  const rows = found.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.device_name.localeCompare(b.device_name));
  const counts = ORDER.map((state) => ({ state, count: found.filter((each) => each.state === state).length })).filter(({ count }) => count > 0);
  const ended = found.filter((each) => !isOpen(each)).length;
  const what = actionText(t, action);
  return (
    <>
      <progress className={classes.bar} max={asked.actions.length} value={ended} aria-label={what} />
      <p className={classes.counts} role="status">
        <strong>{t('ask.ended', { count: asked.actions.length, ended })}</strong>
        {counts.map(({ state, count }) => <span key={state} className="ew-muted">{t('ask.counted', { state: t(`actions.state.${state}`), number: count })}</span>)}
      </p>
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {rows.length > 0 && (
        <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('ask.results')}>
          <table className={batchClasses.table}>
            <thead><tr><th scope="col">{t('noun.name')}</th><th scope="col">{t('noun.state')}</th></tr></thead>
            <tbody>
              {rows.map((each) => (
                <tr key={each.id}>
                  <td><Link to="/devices/$id" params={{ id: each.device_id }} search={{ tab: 'actions' }} className="ew-link" onClick={onClose}>{each.device_name}</Link></td>
                  <td><ActionProgress action={each} what={what} whole /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="ew-muted">{asked.actions.length > FOLLOWED ? t('ask.tooManyToFollow', { max: FOLLOWED }) : devices.some(({ online }) => !online) ? t('ask.mayClose') : t('ask.mayCloseOnline')}</p>
      <div className={classes.buttons}>
        <Button variant="default" renderRoot={(props) => <Link to="/actions" search={{ name: action.name } as never} onClick={onClose} {...props} />}>{t('ask.showAll')}</Button>
        <Button onClick={onClose} data-autofocus>{t('dialog.close')}</Button>
      </div>
    </>
  );
}
