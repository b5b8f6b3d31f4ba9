// One's own account: name, phone, language, password.

import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changePassword, changeProfile } from '../api/calls';
import { sessionQuery, signInOptionsQuery } from '../api/queries';
import type { Language, PasswordRules, Profile } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { LANGUAGES, choose } from '../i18n';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { focusFirst, keepFocus } from '../ui/form';
import classes from './Profile.module.css';
import { PasswordField } from './PasswordField';
import { MAX_PHONE_CHARS, displayNameProblem, filledProblem, lengthProblem, passwordProblem } from './rules';

export function ProfilePage() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const options = useQuery(signInOptionsQuery);
  if (!session) return <Page title={t('frame.profile')} narrow><Waiting /></Page>;
  // A token and the operator of the machine have none.
  if (!session.user) return <NotFound />;
  return (
    <Page title={t('frame.profile')} lead={session.user.email} narrow>
      <About profile={session.user} />
      {session.user.has_password ? (
        options.data ? <NewPassword rules={options.data.password_rules} email={session.user.email} /> : options.isError ? <Problem error={options.error} retry={() => void options.refetch()} /> : <Waiting rows={1} height={220} />
      ) : (
        <Card title={t('access.password')}><p className={classes.lead}>{t('profile.ssoOnly')}</p></Card>
      )}
      <Rights />
    </Page>
  );
}

function About({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { display_name: profile.display_name, phone: profile.phone, language: profile.language },
    validateInputOnBlur: true,
    validate: {
      display_name: (value) => displayNameProblem(t, value),
      phone: (value) => lengthProblem(t, value, MAX_PHONE_CHARS),
    },
  });
  const save = useMutation({
    mutationFn: ({ display_name, phone, language }: typeof form.values) =>
      changeProfile({ display_name: display_name.trim(), phone: phone.trim(), ...(language ? { language } : {}) }),
    onSuccess: (user, values) => {
      queryClient.setQueryData(sessionQuery.queryKey, (before) => before && { ...before, user });
      form.resetDirty(values);
      if (user.language) choose(user.language);
      notifications.show({ message: t('profile.saved') });
    },
  });
  return (
    <Card title={t('profile.about')}>
      <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}>
        {save.isError && <Problem error={save.error} />}
        <TextInput
          label={t('setup.displayName')} description={t('setup.displayNameNote')} autoComplete="name"
          key={form.key('display_name')} {...form.getInputProps('display_name')}
        />
        <TextInput
          label={t('people.phone')} description={t('profile.phoneNote', { max: MAX_PHONE_CHARS })} type="tel" autoComplete="tel"
          key={form.key('phone')} {...form.getInputProps('phone')}
        />
        <Select
          label={t('frame.language')} description={t('profile.languageNote')} allowDeselect={false} checkIconPosition="right"
          placeholder={t('profile.installations')} data={LANGUAGES.map(({ code, label }) => ({ value: code, label }))}
          value={form.values.language} onChange={(value) => form.setFieldValue('language', value as Language | null)}
        />
        <div><Button type="submit" {...keepFocus} loading={save.isPending} disabled={!form.isDirty()}>{t('profile.save')}</Button></div>
      </form>
    </Card>
  );
}

function NewPassword({ rules, email }: { rules: PasswordRules; email: string }) {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: { current_password: '', new_password: '' },
    validateInputOnBlur: ['new_password'],
    validate: {
      current_password: (value) => filledProblem(t, value),
      new_password: (value) => passwordProblem(t, rules, value),
    },
  });
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.reset();
      notifications.show({ message: t('profile.passwordChanged') });
    },
    onError: () => form.getInputNode('current_password')?.focus(),
  });
  return (
    <Card title={t('profile.passwordTitle')}>
      <p className={classes.lead}>{t('profile.passwordLead')}</p>
      <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => change.mutate(values), focusFirst(form))}>
        {change.isError && <Problem error={change.error} />}
        <input type="email" name="email" autoComplete="username" value={email} readOnly className="ew-hidden" tabIndex={-1} aria-hidden />
        <PasswordInput
          label={t('profile.currentPassword')} autoComplete="current-password" visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
          key={form.key('current_password')} {...form.getInputProps('current_password')}
        />
        <PasswordField label={t('access.newPassword')} rules={rules} key={form.key('new_password')} {...form.getInputProps('new_password')} value={form.values.new_password} />
        <div><Button type="submit" {...keepFocus} loading={change.isPending}>{t('profile.changePassword')}</Button></div>
      </form>
    </Card>
  );
}

/** What one may do, in words. */
function Rights() {
  const { t } = useTranslation();
  const permissions = useQuery(sessionQuery).data?.permissions;
  if (!permissions) return null;
  if (permissions.system_admin) return <Card title={t('profile.rights')}><p className={classes.lead}>{t('profile.everything')}</p></Card>;
  return (
    <Card title={t('profile.rights')}>
      {permissions.organisations.length === 0 ? (
        <p className={classes.lead}>{t('profile.nothing')}</p>
      ) : (
        <Facts
          items={permissions.organisations.flatMap((each): [string, React.ReactNode][] =>
            each.projects.length === 0 || each.role === 'organisation_admin'
              ? [[each.name, t(`role.${each.role}`)]]
              : each.projects.map((project) => [`${each.name} / ${project.name}`, t(`role.${project.role}`)]),
          )}
        />
      )}
    </Card>
  );
}
