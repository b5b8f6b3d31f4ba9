// Release and delete: each says what goes and what stays before it happens.

import { Button, Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteAgent, releaseAgent } from '../api/calls';
import type { Agent } from '../api/types';
import { Problem } from '../ui/Problem';
import classes from './Confirm.module.css';
import { agentName } from './words';

interface DialogProps {
  agent: Agent;
  opened: boolean;
  onClose: () => void;
}

export function ReleaseDialog({ agent, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const name = agentName(agent);
  const services = agent.offers.filter(({ service_id }) => service_id).map((offer) => offer.name);
  const release = useMutation({
    mutationFn: () => releaseAgent(agent.id),
    onSuccess: async () => {
      notifications.show({ message: t('release.done', { name }) });
      onClose();
      await Promise.all(['agents', 'services', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <Question
      title={t('release.title', { name })}
      goes={[
        services.length > 0 ? t('release.goesServices', { count: services.length, names: services.join(', ') }) : t('release.goesNoServices'),
        t('release.goesOpen'),
      ]}
      stays={[
        agent.membership ? t('release.staysAgentIn', { organisation: agent.membership.organisation_name }) : t('release.staysAgent'),
        t('release.staysService'),
      ]}
      verb={t('release.verb')}
      error={release.error}
      pending={release.isPending}
      opened={opened}
      onClose={onClose}
      onConfirm={() => release.mutate()}
    />
  );
}

export function DeleteDialog({ agent, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const name = agentName(agent);
  const erase = useMutation({
    mutationFn: () => deleteAgent(agent.id),
    onSuccess: async () => {
      notifications.show({ message: t('delete.done', { name }) });
      onClose();
      if (pathname.startsWith('/agents/')) await navigate({ to: '/agents' });
      queryClient.removeQueries({ queryKey: ['agents', 'one', agent.id] });
      await Promise.all(['agents', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <Question
      title={t('delete.title', { name })}
      goes={[t('delete.goes')]}
      stays={[t('delete.stays')]}
      verb={t('delete.verb')}
      error={erase.error}
      pending={erase.isPending}
      opened={opened}
      onClose={onClose}
      onConfirm={() => erase.mutate()}
    />
  );
}

interface QuestionProps {
  title: string;
  goes: string[];
  stays: string[];
  /** What is to be typed first, where it cannot be undone: the name of what goes. */
  typed?: string;
  verb: string;
  error: unknown;
  pending: boolean;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

/** Also used for things other than agents. */
export function Question({ title, goes, stays, typed, verb, error, pending, opened, onClose, onConfirm }: QuestionProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setText('');
    setWrong(false);
  }, [opened]);

  function submit(event: React.FormEvent) {
    event.preventDefault();
    const differs = typed !== undefined && text.trim() !== typed;
    setWrong(differs);
    if (differs) field.current?.focus();
    else onConfirm();
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      classNames={{ title: classes.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <ul className={classes.list}>
        {goes.map((each) => (
          <li key={each}><IconCircleMinus size={17} className={classes.goes} aria-hidden />{each}</li>
        ))}
        {stays.map((each) => (
          <li key={each}><IconCircleCheck size={17} className={classes.stays} aria-hidden />{each}</li>
        ))}
      </ul>
      <form noValidate onSubmit={submit}>
        {!!error && <Problem error={error} />}
        {typed !== undefined && (
          <TextInput
            ref={field} className={classes.typed} label={t('confirm.type', { name: typed })} autoComplete="off" spellCheck={false} data-autofocus
            value={text} onChange={(event) => { setText(event.currentTarget.value); setWrong(false); }}
            error={wrong ? t('confirm.differs') : undefined}
          />
        )}
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose} data-autofocus={typed === undefined || undefined}>{t('dialog.cancel')}</Button>
          <Button type="submit" color="red" loading={pending}>{verb}</Button>
        </div>
      </form>
    </Modal>
  );
}
