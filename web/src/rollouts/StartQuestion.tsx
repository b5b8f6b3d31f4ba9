// The question before a rollout starts, with its numbers.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { isActionName, isDestroying } from '../actions/kinds';
import { actionDetail, actionText } from '../actions/words';
import { startRollout } from '../api/calls';
import type { Rollout, RolloutPreview, RolloutRequest } from '../api/types';
import { Question } from '../ui/Question';

interface StartQuestionProps {
  asked: { request: RolloutRequest; preview: RolloutPreview } | undefined;
  /** What the organisation or project is called. */
  place: string;
  onClose: () => void;
  onStarted: (rollout: Rollout) => void;
}

export function StartQuestion({ asked, place, onClose, onStarted }: StartQuestionProps) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const start = useMutation({
    mutationFn: (request: RolloutRequest) => startRollout(request),
    onSuccess: async (rollout) => {
      onStarted(rollout);
      await Promise.all(['rollouts', 'actions'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  const close = () => {
    onClose();
    start.reset();
  };
  if (!asked) return null;
  const { request, preview: { total, offline, waves } } = asked;
  const { action, plan } = request;
  const destroys = isActionName(action.name) && isDestroying(action.name) ? action.name : undefined;
  const number = new Intl.NumberFormat(i18n.language);
  const what = [actionText(t, action), actionDetail(action)].filter(Boolean).join(' · ');
  const failures = plan.failure_limit ?? '0';
  const goes = destroys ? [t(`ask.goes.${destroys}`, { snap: action.snap ?? '…' })] : [];
  const stays = [
    t('start.where', { count: total, place, what }),
    ...(waves.length > 1 ? [t('start.waves', { count: waves.length, sizes: waves.map((size) => number.format(size)).join(t('list.comma')) })] : [t('start.atOnce')]),
    ...(offline > 0 ? [plan.wait_for_away ? t('start.offlineWait', { count: offline }) : t('start.offline', { count: offline })] : []),
    failures === '0' ? t('start.noFailure') : t('start.failures', { limit: failures }),
    ...(plan.include_later ? [t('start.later')] : []),
  ];
  return (
    <Question
      opened title={t('start.title', { name: request.name })} goes={goes} stays={stays} verb={t('rollouts.startOn', { count: total })} calm={!destroys}
      name={action.name === 'unregister' ? request.name : undefined} error={start.error} pending={start.isPending} onClose={close} onConfirm={() => start.mutate(request)}
    />
  );
}
