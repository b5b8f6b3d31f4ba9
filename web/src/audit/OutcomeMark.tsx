import { useTranslation } from 'react-i18next';
import type { Outcome } from '../api/types';
import { Mark } from '../ui/State';

export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation();
  return <Mark tone={outcome === 'done' ? 'online' : 'failed'}>{t(`audit.outcomes.${outcome}`)}</Mark>;
}
