import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { sessionQuery, setupQuery } from '../api/queries';
import type { Session, SignInRequest } from '../api/types';
import { Problem } from '../ui/Problem';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { emailProblem, filledProblem } from './rules';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const setup = useQuery(setupQuery).data;
  const session = useQuery(sessionQuery).data;

  // Only a path of this page: the address is not to lead people elsewhere.
  const target = next && /^\/(?![/\\])/.test(next) ? next : '/';
  useEffect(() => {
    if (session) router.history.replace(target);
  }, [session, router, target]);

  const form = useForm<SignInRequest>({
    initialValues: { email: '', password: '', remember: false },
    validateInputOnBlur: true,
    validate: {
      email: (value) => (value ? emailProblem(t, value) : null),
      password: () => null,
    },
  });
  const signIn = useMutation({
    mutationFn: (values: SignInRequest) => post<Session>('/session', { ...values, email: values.email.trim() }),
    onSuccess: (session) => queryClient.setQueryData(sessionQuery.queryKey, session),
    onError: () => form.getInputNode('password')?.focus(),
  });

  function submit(values: SignInRequest) {
    const errors = { email: emailProblem(t, values.email), password: filledProblem(t, values.password) };
    form.setErrors(errors);
    const first = errors.email ? 'email' : errors.password ? 'password' : undefined;
    if (first) form.getInputNode(first)?.focus();
    else signIn.mutate(values);
  }

  return (
    <Gate title={t('signIn.title')} lead={setup?.needed ? undefined : t('signIn.lead')}>
      {setup?.needed && (
        <div className={classes.note} role="status">
          <strong>{t('signIn.setupTitle')}</strong>
          {t('signIn.setupBody')}
        </div>
      )}
      <form className={classes.form} noValidate onSubmit={form.onSubmit(submit, () => form.getInputNode('email')?.focus())}>
        {signIn.isError && <Problem error={signIn.error} />}
        <TextInput
          label={t('access.email')} type="email" autoComplete="username" size="md" autoFocus
          key={form.key('email')} {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('access.password')} autoComplete="current-password" size="md"
          visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
          key={form.key('password')} {...form.getInputProps('password')}
        />
        <Button type="submit" size="md" loading={signIn.isPending || !!session}>{t('signIn.submit')}</Button>
      </form>
    </Gate>
  );
}
