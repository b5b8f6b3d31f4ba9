import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { setUp } from '../api/calls';
import { sessionQuery, signInOptionsQuery } from '../api/queries';
import type { PasswordRules, SetupRequest } from '../api/types';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { focusFirst, keepFocus } from '../ui/form';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { PasswordField } from './PasswordField';
import { useLinkKey } from './linkKey';
import { displayNameProblem, emailProblem, passwordProblem } from './rules';

export function SetupPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const key = useLinkKey();
  // An administrator may have been made since.
  const options = useQuery({ ...signInOptionsQuery, staleTime: 0 });

  if (options.isPending) return <Gate title={t('setup.title')}><Waiting rows={3} /></Gate>;
  if (options.isError) {
    return <Gate title={t('setup.title')}><Problem error={options.error} retry={() => void options.refetch()} /></Gate>;
  }
  if (!options.data.setup_needed) {
    return (
      <Gate title={t('setup.doneTitle')} lead={t('setup.doneBody')}>
        <div className={classes.form}>
          <Button size="md" renderRoot={(props) => <Link to="/sign-in" {...props} />}>{t('signIn.submit')}</Button>
        </div>
      </Gate>
    );
  }
  if (!key) return <Gate title={t('setup.title')} lead={t('setup.noKey')}>{null}</Gate>;
  return <SetupForm linkKey={key} rules={options.data.password_rules} onDone={() => void router.navigate({ to: '/' })} />;
}

function SetupForm({ linkKey, rules, onDone }: { linkKey: string; rules: PasswordRules; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm<Omit<SetupRequest, 'key'>>({
    initialValues: { email: '', display_name: '', password: '' },
    validateInputOnBlur: true,
    validate: {
      email: (value) => emailProblem(t, value),
      display_name: (value) => displayNameProblem(t, value),
      password: (value) => passwordProblem(t, rules, value),
    },
  });
  const create = useMutation({
    mutationFn: (values: Omit<SetupRequest, 'key'>) =>
      setUp({ ...values, email: values.email.trim(), display_name: values.display_name.trim(), key: linkKey }),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onDone();
    },
    // Somebody else may have been first.
    onError: () => queryClient.invalidateQueries({ queryKey: signInOptionsQuery.queryKey }),
  });

  return (
    <Gate title={t('setup.title')} lead={t('setup.lead')}>
      <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => create.mutate(values), focusFirst(form))}>
        {create.isError && <Problem error={create.error} />}
        <TextInput
          label={t('access.email')} description={t('setup.emailNote')} type="email" autoComplete="username" size="md" autoFocus
          key={form.key('email')} {...form.getInputProps('email')}
        />
        <TextInput
          label={t('setup.displayName')} description={t('setup.displayNameNote')} autoComplete="name" size="md"
          key={form.key('display_name')} {...form.getInputProps('display_name')}
        />
        <PasswordField label={t('access.password')} size="md" rules={rules} key={form.key('password')} {...form.getInputProps('password')} value={form.values.password} />
        <Button type="submit" {...keepFocus} size="md" loading={create.isPending}>{t('setup.submit')}</Button>
      </form>
    </Gate>
  );
}
