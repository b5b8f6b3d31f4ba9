import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { sessionQuery, setupQuery } from '../api/queries';
import type { Session, SetupRequest } from '../api/types';
import { Problem } from '../ui/Problem';
import { Waiting } from '../ui/Page';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { MIN_PASSWORD_CHARS, emailProblem, filledProblem, passwordProblem } from './rules';
import { setupKey, takeSetupKey } from './setupKey';

type Fields = Omit<SetupRequest, 'key'>;

export function SetupPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const key = useSetupKey();
  const setup = useQuery(setupQuery);

  if (setup.isPending) return <Gate title={t('setup.title')}><Waiting rows={3} /></Gate>;
  if (setup.isError) {
    return <Gate title={t('setup.title')}><Problem error={setup.error} retry={() => void setup.refetch()} /></Gate>;
  }
  if (!setup.data.needed) {
    return (
      <Gate title={t('setup.doneTitle')} lead={t('setup.doneBody')}>
        <div className={classes.form}>
          <Button size="md" renderRoot={(props) => <Link to="/sign-in" {...props} />}>{t('signIn.submit')}</Button>
        </div>
      </Gate>
    );
  }
  if (!key) {
    return <Gate title={t('setup.title')} lead={t('setup.noKey')}><div /></Gate>;
  }
  return <SetupForm linkKey={key} onDone={() => void router.navigate({ to: '/' })} />;
}

function SetupForm({ linkKey, onDone }: { linkKey: string; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm<Fields>({
    initialValues: { email: '', display_name: '', password: '' },
    validateInputOnBlur: true,
    validate: {
      email: (value) => emailProblem(t, value),
      display_name: (value) => filledProblem(t, value),
      password: (value) => passwordProblem(t, value),
    },
  });
  const create = useMutation({
    mutationFn: (values: Fields) => {
      const request: SetupRequest = {
        ...values, email: values.email.trim(), display_name: values.display_name.trim(), key: linkKey,
      };
      return post<Session>('/setup', request);
    },
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onDone();
    },
    // Somebody else may have been first.
    onError: () => queryClient.invalidateQueries({ queryKey: setupQuery.queryKey }),
  });

  return (
    <Gate title={t('setup.title')} lead={t('setup.lead')}>
      <form
        className={classes.form}
        noValidate
        onSubmit={form.onSubmit((values) => create.mutate(values), (errors) => {
          const first = (['email', 'display_name', 'password'] as const).find((field) => errors[field]);
          if (first) form.getInputNode(first)?.focus();
        })}
      >
        {create.isError && <Problem error={create.error} />}
        <TextInput
          label={t('access.email')} description={t('setup.emailNote')} type="email" autoComplete="username" size="md" autoFocus
          key={form.key('email')} {...form.getInputProps('email')}
        />
        <TextInput
          label={t('setup.displayName')} description={t('setup.displayNameNote')} autoComplete="name" size="md"
          key={form.key('display_name')} {...form.getInputProps('display_name')}
        />
        <PasswordInput
          label={t('access.password')} description={t('rule.password', { min: MIN_PASSWORD_CHARS })}
          autoComplete="new-password" size="md"
          visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
          key={form.key('password')} {...form.getInputProps('password')}
        />
        <Button type="submit" size="md" loading={create.isPending}>{t('setup.submit')}</Button>
      </form>
    </Gate>
  );
}

/** The key of the one-time link, read once; also when the link is pasted into an open page. */
function useSetupKey(): string | undefined {
  const [key, setKey] = useState(setupKey);
  useEffect(() => {
    const take = () => setKey((before) => takeSetupKey() ?? before);
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return key;
}
