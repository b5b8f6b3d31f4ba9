// The tools at the top right: documentation, language, theme, account.

import { ActionIcon, Menu, Tooltip, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import {
  IconBook2, IconCheck, IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconSun, IconUserCircle,
} from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { remove } from '../api/client';
import { sessionQuery } from '../api/queries';
import { LANGUAGES, choose } from '../i18n';
import { useProblemWords } from '../ui/problem';
import classes from './TopBar.module.css';

const ICON = { size: 19, stroke: 1.7, 'aria-hidden': true } as const;

export function DocsLink() {
  const { t } = useTranslation();
  return (
    <Tooltip label={t('frame.docs')}>
      <ActionIcon
        component="a" href="/api/docs" target="_blank" rel="noopener"
        variant="subtle" color="gray" size="lg" aria-label={t('frame.docs')} className={classes.docs}
      >
        <IconBook2 {...ICON} />
      </ActionIcon>
    </Tooltip>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.language')}>
          <IconLanguage {...ICON} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {LANGUAGES.map(({ code, label }) => (
          <Menu.Item
            key={code}
            lang={code}
            role="menuitemradio"
            aria-checked={i18n.language === code}
            rightSection={i18n.language === code && <IconCheck size={15} aria-hidden />}
            onClick={() => choose(code)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const THEMES: { value: MantineColorScheme; Icon: typeof IconSun }[] = [
  { value: 'light', Icon: IconSun },
  { value: 'dark', Icon: IconMoon },
  { value: 'auto', Icon: IconDeviceDesktop },
];

export function ThemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { Icon: Current } = THEMES.find(({ value }) => value === colorScheme) ?? { Icon: IconDeviceDesktop };
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.theme')}>
          <Current {...ICON} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map(({ value, Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
            rightSection={colorScheme === value && <IconCheck size={15} aria-hidden />}
            onClick={() => setColorScheme(value)}
          >
            {t(`theme.${value}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function AccountMenu() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const user = useQuery(sessionQuery).data?.user;

  async function signOut() {
    try {
      await remove('/session');
    } catch (error) {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint });
      return;
    }
    // A fresh page: nothing that was shown stays in memory.
    window.location.assign('/sign-in');
  }

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('frame.account')}>
          <IconUserCircle {...ICON} size={21} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who} role="presentation">
          <strong>{user?.display_name ?? t('frame.machine')}</strong>
          {user && <span>{user.email}</span>}
        </div>
        <Menu.Divider />
        <Menu.Item component="a" href="/api/docs" target="_blank" rel="noopener" leftSection={<IconBook2 size={16} stroke={1.7} aria-hidden />}>
          {t('frame.docs')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} aria-hidden />} onClick={() => void signOut()}>
          {t('frame.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
