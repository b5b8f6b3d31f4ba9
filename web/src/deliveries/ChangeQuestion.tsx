// Pausing, resuming, aborting and undoing a delivery: what each means, with the numbers, before it is done.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changeDelivery, type RolloutChange } from '../api/calls';
import { deliveryQuery } from '../api/queries';
import type { Delivery } from '../api/types';
import { Question } from '../ui/Question';

interface ChangeQuestionProps {
  delivery: Delivery;
  change: RolloutChange | undefined;
  onClose: () => void;
}

export function ChangeQuestion({ delivery: { id, name, counts, undo, state }, change, onClose }: ChangeQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const run = useMutation({
    mutationFn: (what: RolloutChange) => changeDelivery(id, what),
    onSuccess: async (changed) => {
      queryClient.setQueryData(deliveryQuery(id).queryKey, changed);
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  const act = change ?? 'pause';
  const undoing = state === 'undoing';
  const { waiting: left, under_way: atIt } = undoing ? undo : counts;
  const goesOn = atIt > 0 ? [t('deliveryChange.atIt', { count: atIt })] : [];
  const goes = {
    pause: [t('deliveryChange.pauseGoes', { count: left })],
    resume: [],
    abort: [undoing ? t('deliveryChange.abortGoesUndo', { count: left }) : t('deliveryChange.abortGoes', { count: left })],
    undo: [t('deliveryChange.undoGoes', { count: counts.done }), t('deliveryChange.undoGoesChanged'), ...(left > 0 ? [t('deliveryChange.undoGoesWaiting', { count: left })] : [])],
  }[act];
  const stays = {
    pause: [...goesOn, t('change.pause.stays')],
    resume: [t('deliveryChange.resumeStays', { count: left }), ...(counts.failed > 0 ? [t('change.resume.forgiven', { count: counts.failed })] : [])],
    abort: [...goesOn, undoing ? t('deliveryChange.abortStaysUndo') : t('change.abort.stays')],
    undo: [...goesOn, t('deliveryChange.undoStaysSecrets'), t('deliveryChange.undoStays')],
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
