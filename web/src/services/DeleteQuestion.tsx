// Before the record of a service goes that is reached directly: what goes, and what is not touched.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deleteService } from '../api/calls';
import { serviceQuery } from '../api/queries';
import type { Service } from '../api/types';
import { useNotify } from '../ui/notify';
import { Question } from '../ui/Question';

interface DeleteQuestionProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
}

export function DeleteQuestion({ service: { id, name, authentication }, opened, onClose }: DeleteQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { say } = useNotify();
  const erase = useMutation({
    mutationFn: () => deleteService(id),
    onSuccess: async () => {
      say(t('serviceDelete.done', { name }));
      onClose();
      await navigate({ to: '/services' });
      queryClient.removeQueries({ queryKey: serviceQuery(id).queryKey });
      await Promise.all(['services', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <Question
      title={t('serviceDelete.title', { name })}
      goes={[t('serviceDelete.goes'), ...(authentication === 'basic' ? [t('serviceDelete.goesPassword')] : [])]}
      stays={[t('serviceDelete.stays'), ...(authentication === 'token' ? [t('serviceDelete.staysKey')] : [])]}
      verb={t('serviceDelete.verb')} error={erase.error} pending={erase.isPending} opened={opened} onClose={onClose} onConfirm={() => erase.mutate()}
    />
  );
}
