// Where the link of an invitation or a password reset leads: a first or another password, and one is signed in.

import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { acceptInvitation, lookUpInvitation } from '../api/calls';
import { sessionQuery } from '../api/queries';
import type { Invitation } from '../api/types';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { focusFirst, keepFocus } from '../ui/form';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { PasswordField } from './PasswordField';
import { useLinkKey } from './linkKey';
import { displayNameProblem, passwordProblem } from './rules';

export function InvitationPage() {
  const { t } = useTranslation();
  const key = useLinkKey();
  const invitation = useQuery({
    queryKey: ['invitation', key],
    queryFn: () => lookUpInvitation(key ?? ''),
    enabled: !!key,
    staleTime: Infinity,
  });

  if (!key) return <Gate title={t('invitation.title')} lead={t('invitation.noKey')}><ToSignIn /></Gate>;
  if (invitation.isPending) return <Gate title={t('invitation.title')}><Waiting rows={3} /></Gate>;
  if (invitation.isError) {
    return (
      <Gate title={t('invitation.notValid')} lead={t('invitation.askAgain')}>
        <div className={classes.form}><Problem error={invitation.error} retry={() => void invitation.refetch()} /></div>
        <ToSignIn />
      </Gate>
    );
  }
  return <Accept key={key} token={key} invitation={invitation.data} />;
}

function ToSignIn() {
  const { t } = useTranslation();
  return <div className={classes.form}><Link to="/sign-in" className="ew-link">{t('forgotten.back')}</Link></div>;
}

function Accept({ token, invitation: { email, display_name, purpose, password_rules } }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const router = useRouter();
  const invited = purpose === 'invite';
  const form = useForm({
    initialValues: { display_name, password: '' },
    validateInputOnBlur: true,
    validate: {
      display_name: (value) => (invited ? displayNameProblem(t, value) : null),
      password: (value) => passwordProblem(t, password_rules, value),
    },
  });
  const accept = useMutation({
    mutationFn: (values: typeof form.values) =>
      acceptInvitation({ token, password: values.password, ...(invited ? { display_name: values.display_name.trim() } : {}) }),
    onSuccess: (session) => {
      // Whoever was signed in before may have been somebody else.
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      void router.navigate({ to: '/' });
    },
  });
  return (
    <Gate title={invited ? t('invitation.welcome', { name: display_name }) : t('invitation.resetTitle')} lead={t(`invitation.lead.${purpose}`, { email })}>
      <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => accept.mutate(values), focusFirst(form))}>
        {accept.isError && <Problem error={accept.error} />}
        {/* For password managers: whose password it is. */}
        <input type="email" name="email" autoComplete="username" value={email} readOnly className="ew-hidden" tabIndex={-1} aria-hidden />
        {invited && (
          <TextInput
            label={t('setup.displayName')} description={t('setup.displayNameNote')} autoComplete="name" size="md"
            key={form.key('display_name')} {...form.getInputProps('display_name')}
          />
        )}
        <PasswordField
          label={t('access.newPassword')} size="md" autoFocus rules={password_rules}
          key={form.key('password')} {...form.getInputProps('password')} value={form.values.password}
        />
        <Button type="submit" {...keepFocus} size="md" loading={accept.isPending}>{t('invitation.submit')}</Button>
      </form>
    </Gate>
  );
}
