import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, getRouteApi, useRouter } from '@tanstack/react-router';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn, ssoStart } from '../api/calls';
import { sessionQuery, signInOptionsQuery } from '../api/queries';
import type { ProviderName, SignInRequest } from '../api/types';
import { Problem } from '../ui/Problem';
import problemClasses from '../ui/Problem.module.css';
import { focusFirst, keepFocus } from '../ui/form';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { emailProblem, filledProblem } from './rules';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const { next, sso_error } = route.useSearch();
  const router = useRouter();
  const options = useQuery(signInOptionsQuery).data;
  const session = useQuery(sessionQuery).data;

  // Only a path of this page: the address is not to lead people elsewhere.
  const target = next && /^\/(?![/\\])/.test(next) ? next : '/';
  useEffect(() => {
    if (session) router.history.replace(target);
  }, [session, router, target]);

  return (
    <Gate title={t('signIn.title')} lead={options?.setup_needed ? undefined : t('signIn.lead')}>
      {options?.setup_needed && (
        <div className={classes.note} role="status">
          <strong>{t('signIn.setupTitle')}</strong>
          {t('signIn.setupBody')}
        </div>
      )}
      <SignInForm ssoError={sso_error} reset={!!options?.password_reset} />
      {options && options.providers.length > 0 && <Providers providers={options.providers} target={target} />}
    </Gate>
  );
}

function SignInForm({ ssoError, reset }: { ssoError: string | undefined; reset: boolean }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const form = useForm({
    initialValues: { email: '', password: '', remember: false },
    validateInputOnBlur: ['email'],
    validate: {
      email: (value) => emailProblem(t, value),
      password: (value) => filledProblem(t, value),
    },
  });
  const begin = useMutation({
    mutationFn: (values: SignInRequest) => signIn({ ...values, email: values.email.trim() }),
    onSuccess: (session) => queryClient.setQueryData(sessionQuery.queryKey, session),
    onError: () => form.getInputNode('password')?.focus(),
  });
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => begin.mutate(values), focusFirst(form))}>
      {begin.isError ? <Problem error={begin.error} /> : ssoError && <SsoProblem code={ssoError} />}
      <TextInput
        label={t('access.email')} type="email" autoComplete="username" size="md" autoFocus
        key={form.key('email')} {...form.getInputProps('email')}
      />
      <PasswordInput
        label={t('access.password')} autoComplete="current-password" size="md"
        visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
        key={form.key('password')} {...form.getInputProps('password')}
      />
      <div className={classes.row}>
        <Checkbox label={t('signIn.remember')} key={form.key('remember')} {...form.getInputProps('remember', { type: 'checkbox' })} />
        {reset && <Link to="/forgotten" className="ew-link">{t('signIn.forgotten')}</Link>}
      </div>
      <Button type="submit" {...keepFocus} size="md" loading={begin.isPending || !!session}>{t('signIn.submit')}</Button>
    </form>
  );
}

function Providers({ providers, target }: { providers: ProviderName[]; target: string }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.or}>{t('signIn.or')}</div>
      <div className={classes.providers}>
        {providers.map(({ id, name }) => (
          <Button key={id} component="a" href={ssoStart(id, target)} variant="default" size="md">{t('signIn.with', { name })}</Button>
        ))}
      </div>
    </>
  );
}

/** Why single sign-on led back here. */
function SsoProblem({ code }: { code: string }) {
  const { t } = useTranslation();
  const known = SSO_ERRORS.find((each) => each === (code === 'too_many' ? 'throttled' : code));
  return (
    <div className={problemClasses.problem} role="alert">
      <IconAlertTriangle size={18} className={problemClasses.icon} aria-hidden />
      <div className={problemClasses.words}>
        <strong>{t('signIn.ssoFailed')}</strong>
        <span>{known ? t(`signIn.sso.${known}`) : t('signIn.ssoOther', { code: code.slice(0, 60) })}</span>
      </div>
    </div>
  );
}

const SSO_ERRORS = ['provider_unavailable', 'denied', 'state', 'answer', 'no_email', 'disabled', 'unknown_user', 'unverified_email', 'throttled'] as const;
