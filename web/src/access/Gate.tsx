import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { signInOptionsQuery } from '../api/queries';
import { Logo } from '../frame/Logo';
import { LanguageMenu, ThemeMenu } from '../frame/TopBar';
import { suggest } from '../i18n';
import classes from './Gate.module.css';

/** The page for those who are not signed in: one card in the middle, in the installation's language unless this browser has chosen one. */
export function Gate({ title, lead, children }: { title: string; lead?: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  const language = useQuery(signInOptionsQuery).data?.language;
  useEffect(() => {
    if (language) suggest(language);
  }, [language]);
  useEffect(() => {
    document.title = `${title} · Edgeward`;
  }, [title]);
  return (
    <div className={classes.gate}>
      <div className={classes.tools}>
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main className={classes.main}>
        <div className={classes.brand}>
          <Logo size={34} />
          <span>Edgeward</span>
        </div>
        <div className={classes.card}>
          <h1>{title}</h1>
          {lead && <p>{lead}</p>}
          {children}
        </div>
        <p className={classes.foot}>{t('access.foot')}</p>
      </main>
    </div>
  );
}
