// Single sign-on: the providers there are; one of them, or a new one, is open when the address says so.

import { Button } from '@mantine/core';
import { Link, getRouteApi } from '@tanstack/react-router';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Provider, Settings } from '../api/types';
import { Card, Empty } from '../ui/Page';
import { Mark } from '../ui/State';
import { ProviderForm } from './ProviderForm';
import classes from './Settings.module.css';

const route = getRouteApi('/frame/settings/$section');

/** In the address in place of an id. */
export const NEW_PROVIDER = 'new';

export function Sso({ settings }: { settings: Settings }) {
  const { provider } = route.useSearch();
  const open = settings.providers.find(({ id }) => id === provider);
  return open || provider === NEW_PROVIDER ? (
    <ProviderForm key={open?.id ?? NEW_PROVIDER} provider={open} settings={settings} />
  ) : (
    <Providers providers={settings.providers} />
  );
}

function Providers({ providers }: { providers: Provider[] }) {
  const { t } = useTranslation();
  const add = (
    <Button
      size="compact-md" leftSection={<IconPlus size={16} aria-hidden />}
      renderRoot={(props) => <Link to="/settings/$section" params={{ section: 'sso' }} search={{ provider: NEW_PROVIDER }} {...props} />}
    >
      {t('settings.sso.add')}
    </Button>
  );
  return (
    <Card title={t('settings.sso.title')} aside={providers.length > 0 && add}>
      {providers.length === 0 ? (
        <Empty icon={<IconKey size={24} />} title={t('settings.sso.empty')} action={add}>{t('settings.sso.lead')}</Empty>
      ) : (
        <>
          <p className={classes.lead}>{t('settings.sso.lead')}</p>
          <ul className={classes.providers}>
            {providers.map((provider) => (
              <li key={provider.id}>
                <div>
                  <Link to="/settings/$section" params={{ section: 'sso' }} search={{ provider: provider.id }} className="ew-link">{provider.name}</Link>
                  <span>{provider.issuer}</span>
                </div>
                <span className={classes.providerState}>
                  <Mark tone={provider.enabled ? 'online' : 'offline'}>
                    {provider.enabled ? t('settings.sso.enabled') : t('settings.sso.disabled')}
                  </Mark>
                  <span className="ew-muted">{t('settings.sso.ruleCount', { count: provider.rules.length })}</span>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
