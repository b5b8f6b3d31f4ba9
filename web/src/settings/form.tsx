// What all forms of the settings have in common: what was typed is kept after an error, the first
// field that is wrong gets the focus, and a change made elsewhere shows only where nothing is being typed.

import { Button } from '@mantine/core';
import { useForm, type FormValidateInput, type UseFormReturnType } from '@mantine/form';
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { IconCircleCheck } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { settingsQuery } from '../api/queries';
import type { Settings } from '../api/types';
import { focusFirst, keepFocus } from '../ui/form';
import { Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './Settings.module.css';

type Fields = object;

export interface SettingForm<V extends Fields> {
  form: UseFormReturnType<V>;
  save: UseMutationResult<Settings, Error, V>;
}

interface SettingOptions<V extends Fields> {
  /** As the control plane has them now. */
  values: V;
  validate: FormValidateInput<V>;
  save: (values: V) => Promise<Settings>;
  onSaved?: (values: V) => void;
}

/** The fields of one setting, and saving them. */
export function useSettingForm<V extends Fields>({ values, validate, save, onSaved }: SettingOptions<V>): SettingForm<V> {
  const queryClient = useQueryClient();
  const form = useForm<V>({ initialValues: values, validateInputOnBlur: true, validate });
  const mutation = useMutation({
    mutationFn: save,
    onSuccess: (settings, sent) => {
      form.resetDirty(sent);
      queryClient.setQueryData(settingsQuery.queryKey, settings);
      onSaved?.(sent);
    },
  });
  const theirs = JSON.stringify(values);
  useEffect(() => {
    if (form.isDirty()) return;
    form.setInitialValues(values);
    form.setValues(values);
    form.resetDirty(values);
    // Only when what the control plane has is different.
  }, [theirs]);
  return { form, save: mutation };
}

interface SettingCardProps<V extends Fields> {
  title: string;
  lead?: React.ReactNode;
  setting: SettingForm<V>;
  /** Beside the button that saves. */
  tools?: React.ReactNode;
  children: React.ReactNode;
}

/** A card with the form of one setting. */
export function SettingCard<V extends Fields>({ title, lead, setting, tools, children }: SettingCardProps<V>) {
  return (
    <Card title={title}>
      {lead && <p className={classes.lead}>{lead}</p>}
      <SettingFields label={title} setting={setting} tools={tools}>{children}</SettingFields>
    </Card>
  );
}

interface SettingFieldsProps<V extends Fields> {
  label: string;
  setting: SettingForm<V>;
  verb?: string;
  tools?: React.ReactNode;
  children: React.ReactNode;
}

/** The form itself, with its button and what came of it. */
export function SettingFields<V extends Fields>({ label, setting: { form, save }, verb, tools, children }: SettingFieldsProps<V>) {
  const { t } = useTranslation();
  const dirty = form.isDirty();
  function discard() {
    form.reset();
    save.reset();
  }
  return (
    <form
      className={classes.form}
      aria-label={label}
      noValidate
      onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}
    >
      {save.isError && <Problem error={save.error} />}
      {children}
      <div className={classes.footer} {...keepFocus}>
        <Button type="submit" loading={save.isPending}>{verb ?? t('settings.save')}</Button>
        {tools}
        {dirty && <Button variant="subtle" color="gray" onClick={discard}>{t('settings.discard')}</Button>}
        <span role="status" className={classes.outcome}>
          {dirty && !save.isPending && <span className="ew-muted">{t('settings.unsaved')}</span>}
          {!dirty && save.isSuccess && (
            <span className={classes.saved}><IconCircleCheck size={17} aria-hidden />{t('settings.saved')}</span>
          )}
        </span>
      </div>
    </form>
  );
}
