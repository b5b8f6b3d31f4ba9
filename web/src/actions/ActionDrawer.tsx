// One action in full: how far it is, why it failed, what came of it, who asked for it and when.

import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { actionQuery } from '../api/queries';
import type { DeviceAction } from '../api/types';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { JsonText } from '../ui/JsonTree';
import { Facts, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { ActionProgress } from './ActionState';
import classes from './Actions.module.css';
import { useCancel } from './ask';
import { isOpen } from './kinds';
import { actionText } from './words';

interface ActionDrawerProps {
  id: string | undefined;
  /** Those that are shown; another is asked for. */
  shown: DeviceAction[];
  onClose: () => void;
}

export function ActionDrawer({ id, shown, onClose }: ActionDrawerProps) {
  const { t } = useTranslation();
  const here = shown.find((action) => action.id === id);
  const asked = useQuery({ ...actionQuery(id ?? ''), enabled: !!id && !here });
  const action = here ?? (id && asked.data?.id === id ? asked.data : undefined);
  return (
    <Drawer
      opened={!!id} onClose={onClose} position="right" size={620} title={action ? actionText(t, action.action) : t('actions.one')}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {action ? <Shown action={action} /> : asked.isError ? <Problem error={asked.error} retry={() => void asked.refetch()} /> : <Waiting rows={5} height={40} />}
    </Drawer>
  );
}

function Shown({ action }: { action: DeviceAction }) {
  const { t } = useTranslation();
  const can = useCan();
  const cancel = useCancel();
  const open = isOpen(action);
  const { action: todo, message, result } = action;
  const items: [string, React.ReactNode][] = [
    [t('actions.device'), <Link key="d" to="/devices/$id" params={{ id: action.device_id }} className="ew-link">{action.device_name}</Link>],
    [t('actions.nameOf'), <span key="n" className="ew-mono" data-verbatim>{todo.name}</span>],
  ];
  if (todo.snap) items.push([t('ask.snap'), <span key="s" data-verbatim>{todo.snap}</span>]);
  if (todo.data) items.push([t('actions.data'), <span key="da" className="ew-mono" data-verbatim>{todo.data}</span>]);
  items.push([t('actions.askedBy'), action.created_by], [t('actions.askedAt'), <Ago key="c" at={action.created_at} />]);
  items.push([open ? t('actions.lastHeard') : t('actions.endedAt'), <Ago key="h" at={action.changed_at} />]);
  if (action.state === 'queued' || action.state === 'sent') items.push([t('actions.until'), <Ago key="u" at={action.expires_at} future />]);
  if (action.rollout_id) items.push([t('rollout.one'), <Link key="r" to="/rollouts/$id" params={{ id: action.rollout_id }} className="ew-link">{t('actions.ofRollout')}</Link>]);
  if (action.change) items.push([t('actions.change'), <CopyText key="ch" text={action.change} what={t('actions.change')} />]);
  items.push([t('noun.id'), <CopyText key="i" text={action.id} what={t('noun.id')} />]);
  return (
    <div className={classes.form}>
      <ActionProgress action={{ ...action, message: '' }} what={actionText(t, todo)} whole />
      <p className="ew-muted">{t(`actions.story.${action.state}`)}</p>
      {message && <p className={classes.message} role="note" data-verbatim>{message}</p>}
      {open && can('operate_devices', { project: action.project_id, organisation: action.organisation_id }) && (
        <div><Button variant="default" loading={cancel.isPending} disabled={action.cancelling} onClick={() => cancel.mutate(action.id)}>{t('actions.cancel')}</Button></div>
      )}
      {result !== null && result !== undefined && (
        <section aria-label={t('actions.result')}>
          <h3>{t('actions.result')}</h3>
          <JsonText value={result} what={t('actions.result')} />
        </section>
      )}
      <Facts items={items} />
    </div>
  );
}
