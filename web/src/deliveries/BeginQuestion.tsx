// The question before a delivery begins, with its numbers.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { beginDelivery } from '../api/calls';
import type { Delivery, DeliveryPreview, DeliveryRequest, Extent } from '../api/types';
import { Question } from '../ui/Question';

interface BeginQuestionProps {
  asked: { request: DeliveryRequest; preview: DeliveryPreview; extent: Extent } | undefined;
  kind: string;
  onClose: () => void;
  onBegun: (delivery: Delivery) => void;
}

export function BeginQuestion({ asked, kind, onClose, onBegun }: BeginQuestionProps) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const begin = useMutation({
    mutationFn: (request: DeliveryRequest) => beginDelivery(request),
    onSuccess: async (delivery) => {
      onBegun(delivery);
      await queryClient.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  if (!asked) return null;
  const { request, preview: { total, waves, services }, extent } = asked;
  const number = new Intl.NumberFormat(i18n.language);
  const failures = request.plan.failure_limit ?? '0';
  const problems = services.filter(({ problem }) => problem).length;
  const goes = [
    ...(extent === 'whole' ? [t('begin.whole')] : []), ...(kind === 'nanomq' ? [t('begin.restart')] : []), ...(problems > 0 ? [t('begin.problems', { count: problems })] : []),
  ];
  const stays = [
    t('begin.where', { count: total }),
    waves.length > 1 ? t('start.waves', { count: waves.length, sizes: waves.map((size) => number.format(size)).join(t('list.comma')) }) : t('start.atOnce'),
    failures === '0' ? t('start.noFailure') : t('start.failures', { limit: failures }),
    t('begin.back'),
  ];
  return (
    <Question
      opened title={t('begin.title', { name: request.name })} goes={goes} stays={stays} verb={t('begin.verb', { count: total })} calm={extent === 'part'}
      error={begin.error} pending={begin.isPending} onConfirm={() => begin.mutate(request)}
      onClose={() => {
        onClose();
        begin.reset();
      }}
    />
  );
}
