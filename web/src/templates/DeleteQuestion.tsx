// Before a template goes with all its versions: what goes, and what is not touched.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deleteTemplate } from '../api/calls';
import { templateQuery } from '../api/queries';
import type { Template } from '../api/types';
import { useNotify } from '../ui/notify';
import { Question } from '../ui/Question';

interface DeleteQuestionProps {
  template: Template;
  opened: boolean;
  onClose: () => void;
}

export function DeleteQuestion({ template: { id, name, newest }, opened, onClose }: DeleteQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { say } = useNotify();
  const erase = useMutation({
    mutationFn: () => deleteTemplate(id),
    onSuccess: async () => {
      say(t('templateDelete.done', { name }));
      onClose();
      await navigate({ to: '/templates' });
      queryClient.removeQueries({ queryKey: templateQuery(id).queryKey });
      await Promise.all(['templates', 'deliveries'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <Question
      title={t('templateDelete.title', { name })} goes={[t('templateDelete.goes', { count: newest })]} stays={[t('templateDelete.staysServices'), t('templateDelete.staysDeliveries')]}
      verb={t('templateDelete.verb')} name={name} error={erase.error} pending={erase.isPending} opened={opened} onClose={onClose} onConfirm={() => erase.mutate()}
    />
  );
}
