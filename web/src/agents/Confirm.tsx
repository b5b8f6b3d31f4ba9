// Release and delete: each says what goes and what stays before it happens.

import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deleteAgent, releaseAgent } from '../api/calls';
import type { Agent } from '../api/types';
import { Question } from '../ui/Question';
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
