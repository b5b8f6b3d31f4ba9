// The tools at the top right: documentation, language, theme, account.

import { ActionIcon, Menu, Tooltip, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  IconBook2, IconDeviceDesktop, IconDevices, IconLanguage, IconLogout, IconMoon, IconSun, IconUser, IconUserCircle,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeProfile } from '../api/calls';
import { sessionQuery } from '../api/queries';
import { LANGUAGES, choose, type LanguageCode } from '../i18n';
import { useProblemWords } from '../ui/problem';
import classes from './TopBar.module.css';
import { signOutAndLeave } from './leave';

const ICON = { size: 19, stroke: 1.7, 'aria-hidden': true } as const;
const SMALL = { size: 16, stroke: 1.7, 'aria-hidden': true } as const;
const PHONE = '(max-width: 760px)';

export function DocsLink() {
  const { t } = useTranslation();
  return (
    <Tooltip label={t('frame.docs')}>
      <ActionIcon
        component="a" href="/api/docs" target="_blank" rel="noopener"
        variant="subtle" color="gray" size="lg" aria-label={t('frame.docs')}
      >
        <IconBook2 {...ICON} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Shows a language; keeps it in the profile of whoever is signed in. */
function useLanguage(): (language: LanguageCode) => void {
  const queryClient = useQueryClient();
  const words = useProblemWords();
  const session = useQuery(sessionQuery).data;
  return (language) => {
    choose(language);
    if (!session?.user) return;
    queryClient.setQueryData(sessionQuery.queryKey, (before) => before?.user && { ...before, user: { ...before.user, language } });
    changeProfile({ language }).catch((error: unknown) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint });
    });
  };
}

function LanguageItems() {
  const { i18n } = useTranslation();
  const show = useLanguage();
  return LANGUAGES.map(({ code, label }) => (
    <Menu.RadioItem key={code} value={code} lang={code} closeMenuOnClick checked={i18n.language === code} onChange={() => show(code)}>
      {label}
    </Menu.RadioItem>
  ));
}

export function LanguageMenu() {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.language')}>
          <IconLanguage {...ICON} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown><LanguageItems /></Menu.Dropdown>
    </Menu>
  );
}

const THEMES: { value: MantineColorScheme; Icon: typeof IconSun }[] = [
  { value: 'light', Icon: IconSun },
  { value: 'dark', Icon: IconMoon },
  { value: 'auto', Icon: IconDeviceDesktop },
];

function ThemeItems() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return THEMES.map(({ value, Icon }) => (
    <Menu.RadioItem
      key={value} value={value} closeMenuOnClick checked={colorScheme === value} onChange={() => setColorScheme(value)}
      rightSection={<Icon size={16} stroke={1.7} aria-hidden />}
    >
      {t(`theme.${value}`)}
    </Menu.RadioItem>
  ));
}

export function ThemeMenu() {
  const { t } = useTranslation();
  const { colorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { Icon: Current } = THEMES.find(({ value }) => value === colorScheme) ?? { Icon: IconDeviceDesktop };
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.theme')}>
          <Current {...ICON} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown><ThemeItems /></Menu.Dropdown>
    </Menu>
  );
}

/** Who one is, one's own pages, and the way out; on a phone also what has no room at the top. */
export function AccountMenu() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const phone = useMediaQuery(PHONE);
  const session = useQuery(sessionQuery).data;
  const user = session?.user;

  function leave() {
    signOutAndLeave().catch((error: unknown) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint });
    });
  }

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.account')}>
          <IconUserCircle {...ICON} size={21} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        <div className={classes.who} role="presentation">
          <strong>{user?.display_name ?? session?.token?.name ?? t('frame.machine')}</strong>
          {user && <span>{user.email}</span>}
        </div>
        <Menu.Divider />
        {user && (
          <>
            <Menu.Item leftSection={<IconUser {...SMALL} />} renderRoot={(props) => <Link to="/profile" {...props} />}>{t('frame.profile')}</Menu.Item>
            <Menu.Item leftSection={<IconDevices {...SMALL} />} renderRoot={(props) => <Link to="/sessions" {...props} />}>{t('frame.sessions')}</Menu.Item>
          </>
        )}
        <Menu.Item component="a" href="/api/docs" target="_blank" rel="noopener" leftSection={<IconBook2 {...SMALL} />}>
          {t('frame.docs')}
        </Menu.Item>
        {phone && (
          <>
            <Menu.Divider />
            <div role="group" aria-label={t('frame.language')}><LanguageItems /></div>
            <Menu.Divider />
            <div role="group" aria-label={t('frame.theme')}><ThemeItems /></div>
          </>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout {...SMALL} />} onClick={leave}>{t('frame.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
