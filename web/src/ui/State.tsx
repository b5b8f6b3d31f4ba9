// States in words and colour; never colour alone.

import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Management, Presence, UserState } from '../api/types';
import classes from './State.module.css';

export type Tone = 'online' | 'offline' | 'warn' | 'failed' | 'busy';

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

const USER_TONE: Record<UserState, Tone> = { active: 'online', invited: 'warn', disabled: 'offline' };

export function UserMark({ state }: { state: UserState }) {
  const { t } = useTranslation();
  return <Mark tone={USER_TONE[state]}>{t(`userState.${state}`)}</Mark>;
}

/** A word that stands out beside a name. */
export function Tag({ children }: { children: React.ReactNode }) {
  return <Badge variant="outline" color="gray" size="sm" radius="sm" className={classes.badge}>{children}</Badge>;
}
