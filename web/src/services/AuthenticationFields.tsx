// What a service wants to see, and what has to be given for it: a user and password, or the key file there.

import { PasswordInput, Radio, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import classes from '../people/People.module.css';
import { KeyGuide } from './KeyGuide';
import type { ServiceFields } from './fields';

interface AuthenticationFieldsProps {
  form: UseFormReturnType<ServiceFields>;
  kind: string;
  /** There is a password already, which stays unless another is typed. */
  kept: boolean;
}

export function AuthenticationFields({ form, kind, kept }: AuthenticationFieldsProps) {
  const { t } = useTranslation();
  const { authentication } = form.values;
  return (
    <fieldset className={classes.choices}>
      <legend>{t('noun.authentication')}</legend>
      {(['token', 'basic', 'none'] as const).map((each) => (
        <Radio
          key={each} name="authentication" label={t(`authentication.${each}`)} description={t(`serviceForm.authenticationNote.${each}`)}
          checked={authentication === each} onChange={() => form.setFieldValue('authentication', each)}
        />
      ))}
      {authentication === 'token' && <KeyGuide kind={kind} />}
      {authentication === 'basic' && (
        <>
          <TextInput label={t('serviceForm.user')} autoComplete="off" autoCapitalize="off" spellCheck={false} key={form.key('user')} {...form.getInputProps('user')} />
          <PasswordInput
            label={t('serviceForm.password')} description={kept ? t('serviceForm.passwordKept') : undefined} autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('serviceForm.showPassword') }} key={form.key('password')} {...form.getInputProps('password')}
          />
        </>
      )}
    </fieldset>
  );
}
