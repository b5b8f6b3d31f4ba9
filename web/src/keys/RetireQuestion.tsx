// Before the older key pair goes: whom it leaves behind. With any such, only by force, with its name typed.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { retireKey } from '../api/calls';
import { ApiError } from '../api/client';
import { servicesQuery } from '../api/queries';
import type { KeyPair } from '../api/types';
import { useNotify } from '../ui/notify';
import { Question } from '../ui/Question';
import classes from './Keys.module.css';

/** Of those left behind so many are named. */
const NAMED = 20;

const LEFT = 'services_left';

interface RetireQuestionProps {
  pair: KeyPair;
  next: KeyPair;
  opened: boolean;
  onClose: () => void;
}

export function RetireQuestion({ pair, next, opened, onClose }: RetireQuestionProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const left = useQuery({ ...servicesQuery({ key_behind: String(next.number), limit: NAMED }), enabled: opened, staleTime: 0 }).data;
  const retire = useMutation({
    mutationFn: (force: boolean) => retireKey(pair.number, force),
    onSuccess: async () => {
      say(t('keys.retired', { file: pair.file_name }));
      onClose();
      await Promise.all(['key-pairs', 'keys', 'services'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  const refused = retire.error instanceof ApiError && retire.error.code === LEFT;
  const total = Math.max(left?.total ?? 0, next.behind);
  const forced = refused || total > 0;
  const named = left?.items ?? [];
  return (
    <Question
      title={t('keys.retireTitle', { file: pair.file_name })} verb={forced ? t('keys.retireAll') : t('keys.retire')} name={forced ? pair.file_name : undefined}
      goes={[t('keys.retireGoes'), ...(forced ? [t('keys.retireLeft', { count: total, next: next.file_name })] : [])]} stays={[t('keys.retireStays')]}
      error={retire.error} pending={retire.isPending} opened={opened} onConfirm={() => retire.mutate(forced)}
      onClose={() => {
        retire.reset();
        onClose();
      }}
    >
      {named.length > 0 && (
        <ul className={classes.left} tabIndex={0} aria-label={t('keys.leftBehind')}>
          {named.map(({ id, name, project_name }) => <li key={id}>{name} <span className="ew-muted">{project_name}</span></li>)}
          {total > named.length && <li className="ew-muted">{t('keys.leftMore', { count: total - named.length })}</li>}
        </ul>
      )}
    </Question>
  );
}
