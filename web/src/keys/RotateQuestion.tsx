// Before a change of keys begins: what happens, and that nothing stops working by it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { makeKeyPair } from '../api/calls';
import { useNotify } from '../ui/notify';
import { Question } from '../ui/Question';

interface RotateQuestionProps {
  opened: boolean;
  onClose: () => void;
}

export function RotateQuestion({ opened, onClose }: RotateQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const make = useMutation({
    mutationFn: makeKeyPair,
    onSuccess: async ({ file_name }) => {
      say(t('keys.made', { file: file_name }));
      onClose();
      await Promise.all(['key-pairs', 'keys', 'services'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <Question
      title={t('keys.rotateTitle')} verb={t('keys.rotateVerb')} calm goes={[]} stays={[t('keys.rotateMakes'), t('keys.rotateStays'), t('keys.rotateAsks'), t('keys.rotateBackup')]}
      error={make.error} pending={make.isPending} opened={opened} onClose={onClose} onConfirm={() => make.mutate()}
    />
  );
}
