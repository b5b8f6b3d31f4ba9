// Where somebody is signed in: their own sessions, or those of a user, for whoever manages the account.

import { Badge } from '@mantine/core';
import { IconBrowser, IconTerminal2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { SessionInfo } from '../api/types';
import { Ago } from '../ui/Ago';
import stateClasses from '../ui/State.module.css';
import classes from './Profile.module.css';
import { programName } from './program';

interface SessionListProps {
  sessions: SessionInfo[];
  /** Beside each. */
  action?: (session: SessionInfo, name: string) => React.ReactNode;
}

export function SessionList({ sessions, action }: SessionListProps) {
  const { t } = useTranslation();
  return (
    <ul className={classes.sessions}>
      {sessions.map((session) => {
        const { id, current, kind, remembered, address, program, created_at, last_used_at, expires_at } = session;
        const name = programName(program) || t(`sessions.kind.${kind}`);
        const Icon = kind === 'browser' ? IconBrowser : IconTerminal2;
        return (
          <li key={id}>
            <div className={classes.session}>
              <Icon size={20} stroke={1.6} aria-hidden />
              <div className={classes.words}>
                <span className={classes.name} title={program}>
                  {name}
                  {current && <Badge variant="outline" color="gray" size="sm" radius="sm" className={stateClasses.badge}>{t('sessions.current')}</Badge>}
                </span>
                <span className={classes.small}>
                  {t('sessions.from', { address })} · {t('sessions.used')} <Ago at={last_used_at} />
                </span>
                <span className={classes.small}>
                  {t('sessions.began')} <Ago at={created_at} /> · {kind === 'browser' && remembered ? t('sessions.remembered') : t('sessions.ends')} <Ago at={expires_at} future />
                </span>
              </div>
            </div>
            {action?.(session, name)}
          </li>
        );
      })}
    </ul>
  );
}
