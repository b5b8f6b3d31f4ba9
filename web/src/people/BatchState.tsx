// Enabling or disabling many accounts: what it means, then one after another with progress, then what was refused and why.

import { Button, Modal, Progress } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle, IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { disableUser, enableUser } from '../api/calls';
import type { User } from '../api/types';
import { useProblemWords } from '../ui/problem';
import questionClasses from '../ui/Question.module.css';
import classes from './People.module.css';

export type BatchVerb = 'enable' | 'disable';

/** Requests under way at once. */
const AT_ONCE = 4;
/** Refusals that are listed one by one. */
const SHOWN = 50;

interface BatchStateProps {
  verb: BatchVerb | undefined;
  users: User[];
  onClose: () => void;
  onDone: () => void;
}

interface Run {
  done: number;
  total: number;
  refused: { user: User; why: string }[];
  over: boolean;
}

export function BatchState({ verb, users, onClose, onDone }: BatchStateProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const words = useProblemWords();
  const [run, setRun] = useState<Run>();
  const stopped = useRef(false);
  const act = verb ?? 'disable';
  const concerned = users.filter(({ state }) => (act === 'disable' ? state !== 'disabled' : state === 'disabled'));

  async function start() {
    stopped.current = false;
    const state: Run = { done: 0, total: concerned.length, refused: [], over: false };
    const waiting = [...concerned];
    setRun({ ...state });
    async function worker() {
      for (let user = waiting.shift(); user && !stopped.current; user = waiting.shift()) {
        try {
          await (act === 'disable' ? disableUser(user.id) : enableUser(user.id));
        } catch (error) {
          const { message, hint } = words(error);
          state.refused.push({ user, why: [message, hint].filter(Boolean).join('. ') });
        }
        state.done += 1;
        setRun({ ...state });
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    setRun({ ...state, over: true });
    await queryClient.invalidateQueries({ queryKey: ['users'] });
  }

  function close() {
    stopped.current = true;
    if (run) onDone();
    onClose();
    setRun(undefined);
  }

  return (
    <Modal
      opened={verb !== undefined} onClose={close} title={t(`userBatch.${act}.title`, { count: run?.total ?? concerned.length })}
      classNames={{ title: questionClasses.title }} closeOnClickOutside={!run || run.over} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {!run && (
        <>
          <ul className={questionClasses.list}>
            <li><IconCircleMinus size={17} className={act === 'disable' ? questionClasses.goes : questionClasses.stays} aria-hidden />{t(`userBatch.${act}.goes`)}</li>
            <li><IconCircleCheck size={17} className={questionClasses.stays} aria-hidden />{t(`userBatch.${act}.stays`)}</li>
            {users.length > concerned.length && (
              <li><IconCircleCheck size={17} className={questionClasses.stays} aria-hidden />{t(`userBatch.${act}.already`, { count: users.length - concerned.length })}</li>
            )}
          </ul>
          <div className={questionClasses.actions}>
            <Button variant="default" onClick={close} data-autofocus>{t('dialog.cancel')}</Button>
            <Button color={act === 'disable' ? 'red' : undefined} disabled={concerned.length === 0} onClick={() => void start()}>
              {t(`userBatch.${act}.verb`, { count: concerned.length })}
            </Button>
          </div>
        </>
      )}
      {run && (
        <>
          <Progress value={run.total ? (100 * run.done) / run.total : 100} aria-label={t('userBatch.progress')} />
          <p role="status">{run.over ? t(`userBatch.${act}.done`, { count: run.total - run.refused.length }) : t('userBatch.running', { done: run.done, total: run.total })}</p>
          {run.refused.length > 0 && (
            <ul className={classes.results}>
              {run.refused.slice(0, SHOWN).map(({ user, why }) => (
                <li key={user.id}>
                  <div className={classes.result}><IconAlertTriangle size={17} className={classes.bad} aria-hidden /><strong>{user.email}</strong></div>
                  <span>{why}</span>
                </li>
              ))}
            </ul>
          )}
          <div className={questionClasses.actions}>
            <Button variant={run.over ? 'filled' : 'default'} onClick={close}>{run.over ? t('dialog.done') : t('userBatch.stop')}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}
