// One provider of single sign-on: tried by its discovery document before it is saved.

import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { filledProblem, nameProblem } from '../access/rules';
import { deleteProvider, setProvider, testProvider } from '../api/calls';
import { API } from '../api/client';
import { settingsQuery } from '../api/queries';
import type { Provider, Settings } from '../api/types';
import { CopyText } from '../ui/Copy';
import { Card } from '../ui/Page';
import { Question } from '../ui/Question';
import { ClaimRules } from './ClaimRules';
import { SettingFields, useSettingForm } from './form';
import { fieldsOf, requestOf, type ProviderFields } from './providerFields';
import { issuerProblem, providerIdProblem } from './rules';
import classes from './Settings.module.css';
import { TestResult } from './TestResult';

interface ProviderFormProps {
  /** Absent for a new one. */
  provider: Provider | undefined;
  settings: Settings;
}

export function ProviderForm({ provider, settings }: ProviderFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const setting = useSettingForm<ProviderFields>({
    values: fieldsOf(provider),
    validate: {
      id: (value) => (provider ? null : (providerIdProblem(t, value) ?? (taken(settings, value) ? t('settings.sso.idTaken') : null))),
      name: (value) => nameProblem(t, value),
      issuer: (value) => issuerProblem(t, value),
      client_id: (value) => filledProblem(t, value),
      // What is kept was given for one issuer only.
      client_secret: (value, { issuer }) =>
        provider?.client_secret_set && !value && issuer.trim() !== provider.issuer ? t('settings.sso.secretAgain') : null,
      rules: {
        claim: (value: string) => filledProblem(t, value),
        value: (value: string) => filledProblem(t, value),
        place: (value: string) => filledProblem(t, value),
      },
    },
    save: (fields) => setProvider(fields.id.trim(), requestOf(fields)),
    onSaved: (fields) => {
      if (provider) return setting.form.setFieldValue('client_secret', '');
      notifications.show({ message: t('settings.sso.added', { name: fields.name.trim() }) });
      void navigate({ to: '/settings/$section', params: { section: 'sso' }, search: { provider: fields.id.trim() }, replace: true });
    },
  });
  const { form } = setting;
  const id = form.values.id.trim();
  const redirect = provider?.redirect_url ?? (providerIdProblem(t, id) ? undefined : `${settings.root_address.url}${API}/sso/${id}/callback`);

  return (
    <Card
      title={provider ? provider.name : t('settings.sso.addTitle')}
      aside={<Link to="/settings/$section" params={{ section: 'sso' }} className="ew-link">{t('settings.sso.back')}</Link>}
    >
      <SettingFields
        label={provider ? provider.name : t('settings.sso.addTitle')}
        setting={setting}
        verb={provider ? undefined : t('settings.sso.add')}
        tools={provider && <Remove provider={provider} />}
      >
        <div className={classes.two}>
          <TextInput
            label={t('noun.name')} description={t('settings.sso.nameNote')} autoComplete="off"
            key={form.key('name')} {...form.getInputProps('name')}
          />
          <TextInput
            label={t('settings.sso.id')} description={provider ? t('settings.sso.idFixed') : t('settings.rule.providerId', { max: 32 })}
            disabled={!!provider} autoComplete="off" spellCheck={false} key={form.key('id')} {...form.getInputProps('id')}
          />
        </div>
        <div className={classes.copied}>
          <span className={classes.copiedLabel}>{t('settings.sso.redirect')}</span>
          <span className={classes.copiedNote}>{t('settings.sso.redirectNote')}</span>
          {redirect ? <CopyText text={redirect} what={t('settings.sso.redirect')} /> : <span className="ew-muted">{t('settings.sso.redirectLater')}</span>}
        </div>
        <Issuer form={form} />
        <div className={classes.two}>
          <TextInput
            label={t('settings.sso.clientId')} description={t('settings.sso.clientIdNote')} autoComplete="off" spellCheck={false}
            key={form.key('client_id')} {...form.getInputProps('client_id')}
          />
          <PasswordInput
            label={t('settings.sso.clientSecret')} autoComplete="new-password"
            description={provider?.client_secret_set ? t('settings.sso.secretSet') : t('settings.sso.secretNone')}
            visibilityToggleButtonProps={{ 'aria-label': t('settings.sso.showSecret') }}
            key={form.key('client_secret')} {...form.getInputProps('client_secret')}
          />
        </div>
        <Checkbox
          label={t('settings.sso.enabledLabel')} description={t('settings.sso.enabledNote')}
          key={form.key('enabled')} {...form.getInputProps('enabled', { type: 'checkbox' })}
        />
        <Checkbox
          label={t('settings.sso.createUsers')} description={t('settings.sso.createUsersNote')}
          key={form.key('create_users')} {...form.getInputProps('create_users', { type: 'checkbox' })}
        />
        <ClaimRules form={form} />
      </SettingFields>
    </Card>
  );
}

function taken({ providers }: Settings, id: string): boolean {
  return id.trim() === 'new' || providers.some((each) => each.id === id.trim());
}

type Form = ReturnType<typeof useSettingForm<ProviderFields>>['form'];

/** The issuer, and what its discovery document says. */
function Issuer({ form }: { form: Form }) {
  const { t } = useTranslation();
  const issuer = form.values.issuer.trim();
  const test = useMutation({ mutationFn: testProvider });
  const current = test.variables === issuer;

  function tryIt() {
    if (form.validateField('issuer').hasError) form.getInputNode('issuer')?.focus();
    else test.mutate(issuer);
  }

  return (
    <div>
      <div className={classes.tryLine}>
        <TextInput
          label={t('settings.sso.issuer')} description={t('settings.rule.issuer')} inputMode="url" autoComplete="off" spellCheck={false}
          key={form.key('issuer')} {...form.getInputProps('issuer')}
        />
        <Button variant="default" loading={test.isPending} onClick={tryIt}>{t('settings.sso.test')}</Button>
      </div>
      {current && (
        <TestResult
          pending={test.isPending ? t('settings.sso.testing') : undefined}
          error={test.error}
          good={test.data?.usable ? t('settings.sso.usable') : undefined}
          bad={test.data && !test.data.usable ? t('settings.sso.notUsable') : undefined}
          words={test.data?.problem}
        />
      )}
    </div>
  );
}

function Remove({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const erase = useMutation({
    mutationFn: () => deleteProvider(provider.id),
    onSuccess: (settings) => {
      queryClient.setQueryData(settingsQuery.queryKey, settings);
      notifications.show({ message: t('settings.sso.removed', { name: provider.name }) });
      void navigate({ to: '/settings/$section', params: { section: 'sso' }, replace: true });
    },
  });
  return (
    <>
      <Button variant="subtle" color="red" onClick={() => { erase.reset(); setAsking(true); }}>{t('settings.sso.remove')}…</Button>
      <Question
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('settings.sso.removeTitle', { name: provider.name })}
        goes={[t('settings.sso.removeGoes'), t('settings.sso.removeGoesOnly'), t('settings.sso.removeGoesRules')]}
        stays={[t('settings.sso.removeStays')]}
        name={provider.name}
        verb={t('settings.sso.remove')}
        error={erase.error}
        pending={erase.isPending}
        onConfirm={() => erase.mutate()}
      />
    </>
  );
}
