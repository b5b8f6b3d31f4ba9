import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { MAX_PHONE_CHARS, displayNameProblem, lengthProblem } from '../access/rules';
import { changeUser } from '../api/calls';
import { useCan } from '../api/permissions';
import { userQuery } from '../api/queries';
import type { User } from '../api/types';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { focusFirst, keepFocus } from '../ui/form';
import classes from './People.module.css';

interface EditUserProps {
  user: User;
  opened: boolean;
  onClose: () => void;
}

export function EditUser({ user, opened, onClose }: EditUserProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} title={t('people.editTitle', { name: user.display_name })}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {opened && <Form user={user} onClose={onClose} />}
    </Modal>
  );
}

function Form({ user, onClose }: Omit<EditUserProps, 'opened'>) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const everywhere = can('manage_system', 'system');
  const form = useForm({
    initialValues: { display_name: user.display_name, phone: user.phone, system_admin: user.system_admin, sso_only: user.sso_only },
    validateInputOnBlur: true,
    validate: {
      display_name: (value) => displayNameProblem(t, value),
      phone: (value) => lengthProblem(t, value, MAX_PHONE_CHARS),
    },
  });
  const save = useMutation({
    mutationFn: ({ display_name, phone, system_admin, sso_only }: typeof form.values) =>
      changeUser(user.id, {
        display_name: display_name.trim(),
        phone: phone.trim(),
        ...(sso_only !== user.sso_only ? { sso_only } : {}),
        ...(everywhere && system_admin !== user.system_admin ? { system_admin } : {}),
      }),
    onSuccess: async (changed) => {
      queryClient.setQueryData(userQuery(user.id).queryKey, changed);
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['users'] });
    },
  });
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}>
      <TextInput data-autofocus label={t('people.name')} autoComplete="off" key={form.key('display_name')} {...form.getInputProps('display_name')} />
      <TextInput label={t('people.phone')} description={t('newUsers.optional')} type="tel" autoComplete="off" key={form.key('phone')} {...form.getInputProps('phone')} />
      <Checkbox label={t('people.ssoOnly')} description={t('people.ssoOnlyNote')} key={form.key('sso_only')} {...form.getInputProps('sso_only', { type: 'checkbox' })} />
      {everywhere && (
        <Checkbox label={t('role.system_admin')} description={t('people.systemAdminNote')} key={form.key('system_admin')} {...form.getInputProps('system_admin', { type: 'checkbox' })} />
      )}
      {save.isError && <Problem error={save.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={save.isPending}>{t('profile.save')}</Button>
      </div>
    </form>
  );
}
