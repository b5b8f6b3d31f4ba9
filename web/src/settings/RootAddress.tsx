// The address by which people and devices know the console: tried from here before it is saved.

import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { clearRootAddress, setRootAddress, testRootAddress } from '../api/calls';
import { settingsQuery } from '../api/queries';
import type { RootAddress } from '../api/types';
import { CopyText } from '../ui/Copy';
import { Card, Facts } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { SettingFields, useSettingForm } from './form';
import { rootAddressProblem } from './rules';
import classes from './Settings.module.css';
import { TestResult } from './TestResult';

export function RootAddressCard({ address }: { address: RootAddress }) {
  const { t } = useTranslation();
  const fixed = address.source === 'configuration';
  return (
    <Card title={t('settings.root.title')}>
      <p className={classes.lead}>{t('settings.root.lead')}</p>
      <Facts
        items={[
          [t('settings.root.inUse'), <CopyText key="u" text={address.url} what={t('settings.root.title')} />],
          [t('settings.root.source'), t(`settings.root.sources.${address.source}`)],
          [t('settings.root.servicesDomain'), <span key="d" className="ew-mono">{address.services_domain}</span>],
        ]}
      />
      <div className={classes.below}>
        {fixed ? <Fixed url={address.url} /> : <RootAddressForm address={address} />}
      </div>
    </Card>
  );
}

/** Set in the configuration file: it can be tried, not changed. */
export function Fixed({ url }: { url: string }) {
  const { t } = useTranslation();
  const test = useRootAddressTest();
  return (
    <>
      <p className={classes.note}>{t('settings.root.fixed')}</p>
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate(url)}>{t('settings.root.test')}</Button>
      <RootAddressResult test={test} />
    </>
  );
}

interface RootAddressFormProps {
  address: RootAddress;
  onSaved?: () => void;
  verb?: string;
}

/** The field, a try, and saving. */
export function RootAddressForm({ address, onSaved, verb }: RootAddressFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const test = useRootAddressTest();
  const setting = useSettingForm({
    // What only says where the control plane listens is no answer; where this page was reached is a better guess.
    values: { url: address.source === 'listening' ? window.location.origin : address.url },
    validate: { url: (value: string) => rootAddressProblem(t, value) },
    save: (fields) => setRootAddress(trimmed(fields.url)),
    onSaved,
  });
  const forget = useMutation({
    mutationFn: clearRootAddress,
    onSuccess: (settings) => {
      setting.form.resetDirty();
      queryClient.setQueryData(settingsQuery.queryKey, settings);
    },
  });
  const { url } = setting.form.values;

  function tryIt() {
    if (setting.form.validateField('url').hasError) setting.form.getInputNode('url')?.focus();
    else test.mutate(trimmed(url));
  }

  return (
    <SettingFields
      label={t('settings.root.title')}
      setting={setting}
      verb={verb}
      tools={
        <>
          <Button variant="default" loading={test.isPending} onClick={tryIt}>{t('settings.root.test')}</Button>
          {address.source === 'setting' && (
            <Button variant="subtle" color="gray" loading={forget.isPending} onClick={() => forget.mutate()}>{t('settings.root.forget')}</Button>
          )}
        </>
      }
    >
      {forget.isError && <Problem error={forget.error} />}
      <TextInput
        label={t('settings.root.field')} description={t('settings.rule.rootAddress')} inputMode="url" autoComplete="off" spellCheck={false}
        key={setting.form.key('url')} {...setting.form.getInputProps('url')}
      />
      <RootAddressResult test={test} now={trimmed(url)} />
    </SettingFields>
  );
}

const trimmed = (url: string) => url.trim().replace(/\/$/, '');

function useRootAddressTest() {
  return useMutation({ mutationFn: testRootAddress });
}

/** Of the address that stands in the field; a change makes the answer one of another. */
function RootAddressResult({ test, now }: { test: ReturnType<typeof useRootAddressTest>; now?: string }) {
  const { t } = useTranslation();
  const url = test.variables ?? '';
  if (now !== undefined && url !== now) return <TestResult />;
  return (
    <TestResult
      pending={test.isPending ? t('settings.root.testing', { url }) : undefined}
      error={test.error}
      good={test.data?.reached ? t('settings.root.reached', { url }) : undefined}
      bad={test.data && !test.data.reached ? t('settings.root.notReached', { url }) : undefined}
      words={test.data?.problem}
    />
  );
}
