// Pausing, resuming, aborting and undoing a rollout: what each means, with the numbers, before it is done.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changeRollout, type RolloutChange } from '../api/calls';
import { rolloutQuery } from '../api/queries';
import type { Rollout } from '../api/types';
import { Question } from '../ui/Question';

interface ChangeQuestionProps {
  rollout: Rollout;
  change: RolloutChange | undefined;
  onClose: () => void;
}

export function ChangeQuestion({ rollout, change, onClose }: ChangeQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { id, name, counts, undo, state } = rollout;
  const run = useMutation({
    mutationFn: (what: RolloutChange) => changeRollout(id, what),
    onSuccess: async (changed) => {
      queryClient.setQueryData(rolloutQuery(id).queryKey, changed);
      onClose();
      await Promise.all(['rollouts', 'actions'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  const act = change ?? 'pause';
  const undoing = state === 'undoing';
  const left = undoing ? undo.waiting + undo.queued : counts.waiting + counts.queued;
  const atIt = undoing ? undo.under_way : counts.under_way;
  const goes = {
    pause: [t('change.pause.goes', { count: left })],
    resume: [],
    abort: [undoing ? t('change.abort.goesUndo', { count: left }) : t('change.abort.goes', { count: left })],
    undo: [t('change.undo.goes', { count: counts.done }), ...(left > 0 ? [t('change.undo.goesWaiting', { count: left })] : [])],
  }[act];
  const stays = {
    pause: [...(atIt > 0 ? [t('change.atIt', { count: atIt })] : []), t('change.pause.stays')],
    resume: [t('change.resume.stays', { count: left }), ...(counts.failed > 0 ? [t('change.resume.forgiven', { count: counts.failed })] : [])],
    abort: [...(atIt > 0 ? [t('change.atIt', { count: atIt })] : []), t('change.abort.stays')],
    undo: [t('change.undo.stays')],
  }[act];
  return (
    <Question
      opened={change !== undefined} title={t(`change.${act}.title`, { name })} goes={goes} stays={stays} verb={t(`change.${act}.verb`)} calm={act === 'pause' || act === 'resume'}
      error={run.error} pending={run.isPending} onConfirm={() => run.mutate(act)}
      onClose={() => {
        onClose();
        run.reset();
      }}
    />
  );
}
