// The installation's settings. Each section is an address of its own; on a phone the sections stand above the page.

import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery, settingsQuery } from '../api/queries';
import type { Settings } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { AgentService } from './AgentService';
import { General } from './General';
import { Keys } from './Keys';
import { Mail } from './Mail';
import { SECTIONS, type Section } from './sections';
import classes from './Settings.module.css';
import { SignInRules } from './SignInRules';
import { Sso } from './Sso';

const route = getRouteApi('/frame/settings/$section');

export function SettingsStart() {
  return <Navigate to="/settings/$section" params={{ section: 'general' }} replace />;
}

export function SettingsPage() {
  const { t } = useTranslation();
  const { section } = route.useParams();
  const session = useQuery(sessionQuery).data;
  const known = SECTIONS.find((each) => each === section);
  // Whoever may not see settings is told what they would be told of a page that is not there.
  if (!known || (session && !session.permissions.system_admin)) return <NotFound />;
  return (
    <Page title={t(`settings.section.${known}`)} above={t('settings.title')}>
      <div className={classes.settings}>
        <nav className={classes.sections} aria-label={t('settings.title')}>
          {SECTIONS.map((each) => (
            <Link
              key={each} to="/settings/$section" params={{ section: each }} className={classes.section}
              activeOptions={{ includeSearch: false }} activeProps={{ 'data-active': true, 'aria-current': 'page' }}
            >
              {t(`settings.section.${each}`)}
            </Link>
          ))}
        </nav>
        <div className={classes.content}><Content section={known} /></div>
      </div>
    </Page>
  );
}

function Content({ section }: { section: Section }) {
  const settings = useQuery(settingsQuery);
  if (section === 'agent-service') return <AgentService />;
  if (section === 'keys') return <Keys />;
  if (!settings.data) {
    return settings.isError ? <Problem error={settings.error} retry={() => void settings.refetch()} /> : <Waiting rows={2} height={220} />;
  }
  return <FromSettings section={section} settings={settings.data} />;
}

function FromSettings({ section, settings }: { section: Exclude<Section, 'agent-service' | 'keys'>; settings: Settings }) {
  switch (section) {
    case 'general':
      return <General settings={settings} />;
    case 'mail':
      return <Mail mail={settings.mail} />;
    case 'sso':
      return <Sso settings={settings} />;
    case 'sign-in':
      return <SignInRules settings={settings} />;
  }
}
