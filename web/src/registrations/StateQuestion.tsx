// What can be done with a registered device, each with the question that names what goes and what stays.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { deleteRegistration, disableRegistration, enableRegistration } from '../api/calls';
import type { Registration } from '../api/types';
import { useNotify } from '../ui/notify';
import { Question } from '../ui/Question';
import { identityText } from './marks';

export type RegistrationVerb = 'enable' | 'disable' | 'delete';

const CALLS = { enable: enableRegistration, disable: disableRegistration, delete: deleteRegistration } as const;

/** What can be done with one in this status. */
export function verbsFor({ status }: Registration): RegistrationVerb[] {
  return status === 'disabled' ? ['enable', 'delete'] : status === 'enrolled' ? ['enable', 'disable', 'delete'] : ['disable', 'delete'];
}

interface StateQuestionProps {
  registration: Registration;
  verb: RegistrationVerb | undefined;
  onClose: () => void;
  onDeleted?: () => void;
}

export function StateQuestion({ registration, verb, onClose, onDeleted }: StateQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const { id, status, serial, enrolled_at } = registration;
  const act = verb ?? 'disable';
  const change = useMutation({
    mutationFn: async () => {
      await CALLS[act](id);
    },
    onSuccess: async () => {
      say(t(`registration.${act}.done`, { name: identityText(registration) }));
      onClose();
      if (act === 'delete') onDeleted?.();
      await Promise.all(['registrations', 'agents', 'services', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  const was = enrolled_at ? 'enrolled' : 'waiting';
  const goes = act === 'enable' ? [] : act === 'disable' ? [t(`registration.disable.goes.${was}`)] : [t('registration.delete.goes'), ...(enrolled_at ? [t('registration.delete.goesAgent')] : []), t('registration.delete.goesData')];
  const stays = act === 'enable' ? [status === 'enrolled' ? t('registration.enable.again') : t('registration.enable.stays')] : [t(`registration.${act}.stays`)];
  return (
    <Question
      opened={verb !== undefined} title={t(`registration.${act}.title`, { name: serial })} goes={goes} stays={stays}
      verb={t(`registration.${act}.verb`)} name={act === 'delete' ? serial : undefined} calm={act === 'enable'}
      error={change.error} pending={change.isPending} onConfirm={() => change.mutate()}
      onClose={() => {
        onClose();
        change.reset();
      }}
    />
  );
}
