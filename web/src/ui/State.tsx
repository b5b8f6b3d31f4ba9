// States in words and colour; never colour alone.

import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Management, Presence, ServiceState } from '../api/types';
import classes from './State.module.css';

type Tone = 'online' | 'offline' | 'warn' | 'failed';

export function Mark({ tone, children }: { tone: Tone; children: React.ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <span className={classes.dot} aria-hidden />
      {children}
    </span>
  );
}

export function PresenceMark({ presence }: { presence: Presence }) {
  const { t } = useTranslation();
  return <Mark tone={presence}>{t(`presence.${presence}`)}</Mark>;
}

const SERVICE_TONE: Record<ServiceState, Tone> = { online: 'online', offline: 'offline', not_offered: 'warn' };

export function ServiceMark({ state }: { state: ServiceState }) {
  const { t } = useTranslation();
  return <Mark tone={SERVICE_TONE[state]}>{t(`serviceState.${state}`)}</Mark>;
}

/** Only what stands out is marked: an agent nobody has adopted. */
export function UnmanagedBadge({ management }: { management: Management }) {
  const { t } = useTranslation();
  if (management === 'managed') return null;
  return (
    <Badge variant="outline" color="gray" size="sm" radius="sm" className={classes.badge}>
      {t('management.unmanaged')}
    </Badge>
  );
}
