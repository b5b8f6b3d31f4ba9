// Passwords, sessions, and the links that people get: three small forms of their own.

import { Checkbox, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { setLinkRules, setPasswordRules, setSessionRules } from '../api/calls';
import type { LinkRules, PasswordRules, SessionRules, Settings } from '../api/types';
import { SettingCard, useSettingForm, type SettingForm } from './form';
import {
  IDLE_HOURS, INVITATION_HOURS, MIN_CHARS, REMEMBERED_DAYS, RESET_HOURS, rangeProblem, type Range,
} from './rules';
import classes from './Settings.module.css';

export function SignInRules({ settings }: { settings: Settings }) {
  return (
    <>
      <Passwords rules={settings.passwords} />
      <Sessions rules={settings.sessions} />
      <Links rules={settings.links} />
    </>
  );
}

function Passwords({ rules }: { rules: PasswordRules }) {
  const { t } = useTranslation();
  const setting = useSettingForm({
    values: { ...rules, min_chars: String(rules.min_chars) },
    validate: { min_chars: (value: string) => rangeProblem(t, value, MIN_CHARS) },
    save: (values) => setPasswordRules({ ...values, min_chars: Number(values.min_chars) }),
  });
  const { form } = setting;
  return (
    <SettingCard title={t('settings.passwords.title')} lead={t('settings.passwords.lead')} setting={setting}>
      <NumberInput setting={setting} path="min_chars" label={t('settings.passwords.minChars')} range={MIN_CHARS} />
      <fieldset className={classes.checks}>
        <legend>{t('settings.passwords.contains')}</legend>
        <Checkbox label={t('settings.passwords.letter')} key={form.key('letter')} {...form.getInputProps('letter', { type: 'checkbox' })} />
        <Checkbox label={t('settings.passwords.digit')} key={form.key('digit')} {...form.getInputProps('digit', { type: 'checkbox' })} />
        <Checkbox label={t('settings.passwords.symbol')} key={form.key('symbol')} {...form.getInputProps('symbol', { type: 'checkbox' })} />
      </fieldset>
    </SettingCard>
  );
}

function Sessions({ rules }: { rules: SessionRules }) {
  const { t } = useTranslation();
  const setting = useSettingForm({
    values: { idle_hours: String(rules.idle_hours), remembered_days: String(rules.remembered_days) },
    validate: {
      idle_hours: (value: string) => rangeProblem(t, value, IDLE_HOURS),
      remembered_days: (value: string) => rangeProblem(t, value, REMEMBERED_DAYS),
    },
    save: (values) =>
      setSessionRules({ idle_hours: Number(values.idle_hours), remembered_days: Number(values.remembered_days) }),
  });
  return (
    <SettingCard title={t('settings.sessions.title')} lead={t('settings.sessions.lead')} setting={setting}>
      <div className={classes.two}>
        <NumberInput setting={setting} path="idle_hours" label={t('settings.sessions.idle')} range={IDLE_HOURS} />
        <NumberInput setting={setting} path="remembered_days" label={t('settings.sessions.remembered')} range={REMEMBERED_DAYS} />
      </div>
    </SettingCard>
  );
}

function Links({ rules }: { rules: LinkRules }) {
  const { t } = useTranslation();
  const setting = useSettingForm({
    values: { invitation_hours: String(rules.invitation_hours), reset_hours: String(rules.reset_hours) },
    validate: {
      invitation_hours: (value: string) => rangeProblem(t, value, INVITATION_HOURS),
      reset_hours: (value: string) => rangeProblem(t, value, RESET_HOURS),
    },
    save: (values) =>
      setLinkRules({ invitation_hours: Number(values.invitation_hours), reset_hours: Number(values.reset_hours) }),
  });
  return (
    <SettingCard title={t('settings.links.title')} lead={t('settings.links.lead')} setting={setting}>
      <div className={classes.two}>
        <NumberInput setting={setting} path="invitation_hours" label={t('settings.links.invitation')} range={INVITATION_HOURS} />
        <NumberInput setting={setting} path="reset_hours" label={t('settings.links.reset')} range={RESET_HOURS} />
      </div>
    </SettingCard>
  );
}

interface NumberInputProps<V extends Record<string, unknown>> {
  setting: SettingForm<V>;
  path: keyof V & string;
  label: string;
  range: Range;
}

/** A whole number, with its rule below the label. */
function NumberInput<V extends Record<string, unknown>>({ setting: { form }, path, label, range: { min, max } }: NumberInputProps<V>) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={label} description={t('settings.rule.range', { min, max })} inputMode="numeric" autoComplete="off"
      key={form.key(path)} {...form.getInputProps(path)}
    />
  );
}
