// The mail server: a form whose password is never shown, and a mail to try it with.

import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { emailProblem } from '../access/rules';
import { clearMail, setMail, testMail } from '../api/calls';
import { sessionQuery, settingsQuery } from '../api/queries';
import type { MailRequest, MailSecurity, MailSettings } from '../api/types';
import { Card } from '../ui/Page';
import { Question } from '../ui/Question';
import { SettingFields, useSettingForm } from './form';
import { PORT, hostProblem, rangeProblem, senderProblem } from './rules';
import classes from './Settings.module.css';
import { TestResult } from './TestResult';

const SECURITIES: MailSecurity[] = ['starttls', 'tls', 'none'];
const USUAL_PORT: Record<MailSecurity, string> = { starttls: '587', tls: '465', none: '25' };

interface MailFields {
  host: string;
  port: string;
  security: MailSecurity;
  username: string;
  password: string;
  from: string;
}

export function Mail({ mail }: { mail: MailSettings | null }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const erase = useMutation({
    mutationFn: clearMail,
    onSuccess: (settings) => {
      setAsking(false);
      queryClient.setQueryData(settingsQuery.queryKey, settings);
    },
  });
  return (
    <Card title={t('settings.mail.title')}>
      <p className={classes.lead}>{mail ? t('settings.mail.lead') : t('settings.mail.none')}</p>
      {/* A server that is gone leaves an empty form behind. */}
      <MailForm key={mail ? 'set' : 'none'} mail={mail} onRemove={() => { erase.reset(); setAsking(true); }} />
      <Question
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('settings.mail.removeTitle')}
        goes={[t('settings.mail.removeGoes'), t('settings.mail.removeGoesLinks')]}
        stays={[t('settings.mail.removeStays')]}
        verb={t('settings.mail.remove')}
        error={erase.error}
        pending={erase.isPending}
        onConfirm={() => erase.mutate()}
      />
    </Card>
  );
}

function MailForm({ mail, onRemove }: { mail: MailSettings | null; onRemove: () => void }) {
  const { t } = useTranslation();
  const setting = useSettingForm<MailFields>({
    values: {
      host: mail?.host ?? '', port: mail ? String(mail.port) : USUAL_PORT.starttls, security: mail?.security ?? 'starttls',
      username: mail?.username ?? '', password: '', from: mail?.from ?? '',
    },
    validate: {
      host: (value) => hostProblem(t, value),
      port: (value) => rangeProblem(t, value, PORT),
      from: (value) => senderProblem(t, value),
      username: (value, { password, security, host }) => {
        if (!value.trim()) return password ? t('settings.mail.usernameMissing') : null;
        return security === 'none' && !isHere(host) ? t('settings.mail.unprotectedName') : null;
      },
      // What is kept was given for one name at one server only.
      password: (value, { username, host }) => {
        const kept = mail?.password_set && mail.username === username.trim() && mail.host === host.trim();
        return username.trim() && !value && !kept ? t('settings.mail.passwordAgain') : null;
      },
    },
    save: (values) => setMail(request(values)),
    onSaved: () => setting.form.setFieldValue('password', ''),
  });
  const { form } = setting;

  function choose(security: string | null) {
    const before = form.values.security;
    const after = (security ?? before) as MailSecurity;
    form.setFieldValue('security', after);
    if (form.values.port.trim() === USUAL_PORT[before]) form.setFieldValue('port', USUAL_PORT[after]);
  }

  return (
    <>
      <SettingFields
        label={t('settings.mail.title')}
        setting={setting}
        tools={mail && <Button variant="subtle" color="red" onClick={onRemove}>{t('settings.mail.remove')}…</Button>}
      >
        <div className={classes.two}>
          <TextInput
            label={t('settings.mail.host')} description={t('settings.rule.host')} autoComplete="off" spellCheck={false}
            key={form.key('host')} {...form.getInputProps('host')}
          />
          <TextInput
            label={t('settings.mail.port')} description={t('settings.rule.range', { ...PORT })} inputMode="numeric" autoComplete="off"
            key={form.key('port')} {...form.getInputProps('port')}
          />
        </div>
        <Select
          label={t('settings.mail.security')} description={t(`settings.mail.securityNote.${form.values.security}`)}
          allowDeselect={false} checkIconPosition="right" value={form.values.security} onChange={choose}
          data={SECURITIES.map((value) => ({ value, label: value === 'none' ? t('settings.mail.unprotected') : value.toUpperCase() }))}
        />
        <div className={classes.two}>
          <TextInput
            label={t('settings.mail.username')} description={t('settings.mail.usernameNote')} autoComplete="off" spellCheck={false}
            key={form.key('username')} {...form.getInputProps('username')}
          />
          <PasswordInput
            label={t('access.password')} autoComplete="new-password"
            description={mail?.password_set ? t('settings.mail.passwordSet') : t('settings.mail.passwordNone')}
            visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
            key={form.key('password')} {...form.getInputProps('password')}
          />
        </div>
        <TextInput
          label={t('settings.mail.from')} description={t('settings.rule.sender')} autoComplete="off" spellCheck={false}
          key={form.key('from')} {...form.getInputProps('from')}
        />
      </SettingFields>
      <Try
        isSet={!!mail}
        changed={form.isDirty()}
        read={() => {
          const { hasErrors, errors } = form.validate();
          const first = ['host', 'port', 'username', 'password', 'from'].find((path) => errors[path]);
          if (first) form.getInputNode(first)?.focus();
          return hasErrors ? undefined : request(form.getValues());
        }}
      />
    </>
  );
}

/** Sends a mail with what stands in the form, saved or not. */
function Try({ isSet, changed, read }: { isSet: boolean; changed: boolean; read: () => MailRequest | undefined }) {
  const { t } = useTranslation();
  const own = useQuery(sessionQuery).data?.user?.email ?? '';
  const [to, setTo] = useState<string>();
  const [left, setLeft] = useState(false);
  const address = (to ?? own).trim();
  const problem = emailProblem(t, address);
  const test = useMutation({
    mutationFn: testMail,
  });

  function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setLeft(true);
    if (problem) {
      event.currentTarget.querySelector('input')?.focus();
      return;
    }
    if (isSet && !changed) return test.mutate({ to: address });
    const settings = read();
    if (settings) test.mutate({ to: address, settings });
  }

  const sentTo = test.variables?.to ?? '';
  return (
    <form className={classes.try} noValidate onSubmit={submit} aria-label={t('settings.mail.test')}>
      <div className={classes.tryLine}>
        <TextInput
          label={t('settings.mail.to')} description={changed ? t('settings.mail.toNoteUnsaved') : t('settings.mail.toNote')}
          type="email" value={to ?? own} onChange={(event) => setTo(event.currentTarget.value)} onBlur={() => setLeft(true)}
          error={left ? problem : undefined}
        />
        <Button type="submit" variant="default" loading={test.isPending}>{t('settings.mail.test')}</Button>
      </div>
      <TestResult
        pending={test.isPending ? t('settings.mail.testing') : undefined}
        error={test.error}
        good={test.data?.sent ? t('settings.mail.sent', { to: sentTo }) : undefined}
        bad={test.data && !test.data.sent ? t('settings.mail.notSent') : undefined}
        words={test.data?.problem}
      />
    </form>
  );
}

/** On the control plane's own machine. */
const isHere = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host.trim());

/** Without a password it stays as it is. */
function request({ host, port, security, username, password, from }: MailFields): MailRequest {
  return {
    host: host.trim(), port: Number(port), security, from: from.trim(),
    ...(username.trim() ? { username: username.trim() } : {}),
    ...(password ? { password } : {}),
  };
}
