// Why a service was not taken: what was found, and what to put right where.

import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../api/client';
import { Coded } from '../ui/Coded';
import problemClasses from '../ui/Problem.module.css';
import { useFindingWords } from './findings';

export function NotProven({ error }: { error: ApiError }) {
  const { t } = useTranslation();
  const { message, fix } = useFindingWords()({ message: error.message, fix: error.hint });
  return (
    <div className={problemClasses.problem} role="alert">
      <IconAlertTriangle size={18} className={problemClasses.icon} aria-hidden />
      <div className={problemClasses.words}>
        <strong>{message}</strong>
        {fix && <span><Coded text={fix} /></span>}
        <span>{t('serviceForm.notProven')}</span>
      </div>
    </div>
  );
}
