// A forgotten password: asks for a link by e-mail. The answer is the same whether there is such an account or not.

import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { askForReset } from '../api/calls';
import { signInOptionsQuery } from '../api/queries';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { focusFirst, keepFocus } from '../ui/form';
import { Gate } from './Gate';
import classes from './Gate.module.css';
import { emailProblem } from './rules';

export function ForgottenPage() {
  const { t } = useTranslation();
  const options = useQuery(signInOptionsQuery);
  const ask = useMutation({ mutationFn: (email: string) => askForReset(email.trim()) });
  const form = useForm({
    initialValues: { email: '' },
    validateInputOnBlur: true,
    validate: { email: (value) => emailProblem(t, value) },
  });
  const back = <Link to="/sign-in" className="ew-link">{t('forgotten.back')}</Link>;

  if (options.isPending) return <Gate title={t('forgotten.title')}><Waiting rows={2} /></Gate>;
  if (options.data && !options.data.password_reset) {
    return <Gate title={t('forgotten.title')} lead={t('forgotten.noMail')}><div className={classes.form}>{back}</div></Gate>;
  }
  if (ask.isSuccess) {
    return (
      <Gate title={t('forgotten.sentTitle')}>
        <div className={classes.form}>
          <span role="status">{t('forgotten.sent', { email: ask.variables.trim() })}</span>
          {back}
        </div>
      </Gate>
    );
  }
  return (
    <Gate title={t('forgotten.title')} lead={t('forgotten.lead')}>
      <form className={classes.form} noValidate onSubmit={form.onSubmit(({ email }) => ask.mutate(email), focusFirst(form))}>
        {ask.isError && <Problem error={ask.error} />}
        <TextInput
          label={t('access.email')} type="email" autoComplete="username" size="md" autoFocus
          key={form.key('email')} {...form.getInputProps('email')}
        />
        <Button type="submit" {...keepFocus} size="md" loading={ask.isPending}>{t('forgotten.submit')}</Button>
        {back}
      </form>
    </Gate>
  );
}
