// One or many new users: their addresses, how they get in, what they belong to; then what became of each.

import { ActionIcon, Button, Checkbox, Drawer, Radio, TextInput, Textarea, Tooltip } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { PasswordField } from '../access/PasswordField';
import { MAX_PHONE_CHARS, displayNameProblem, lengthProblem, passwordProblem } from '../access/rules';
import { createUsers } from '../api/calls';
import { useCan } from '../api/permissions';
import { sessionQuery, signInOptionsQuery } from '../api/queries';
import type { CreateUsers, MemberRole } from '../api/types';
import { Problem } from '../ui/Problem';
import { focusFirst, keepFocus } from '../ui/form';
import { NewUsersDone } from './NewUsersDone';
import classes from './People.module.css';
import { PlaceField } from './PlaceField';
import { MAX_AT_ONCE, addresses, badAddresses } from './addresses';
import { asMembership, giving } from './places';

interface NewUsersProps {
  opened: boolean;
  onClose: () => void;
  /** What is chosen at first: `o:<id>` or `p:<id>`. */
  place?: string;
}

export function NewUsers({ opened, onClose, place }: NewUsersProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: createUsers,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['users'] }),
  });
  const close = () => {
    onClose();
    create.reset();
  };
  return (
    <Drawer
      opened={opened} onClose={close} position="right" size={520} title={create.isSuccess ? t('newUsers.doneTitle') : t('newUsers.title')}
      // What was typed, and links that are shown once, do not go with a click beside it.
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {create.data ? (
        <NewUsersDone results={create.data.results} onAgain={() => create.reset()} onClose={close} />
      ) : (
        <Form place={place} error={create.error} pending={create.isPending} onSubmit={(request) => create.mutate(request)} />
      )}
    </Drawer>
  );
}

type Way = 'link' | 'password' | 'sso';

interface Fields {
  emails: string;
  display_name: string;
  phone: string;
  way: Way;
  password: string;
  system_admin: boolean;
  places: { place: string | null; role: MemberRole }[];
}

interface FormProps {
  place: string | undefined;
  error: unknown;
  pending: boolean;
  onSubmit: (request: CreateUsers) => void;
}

function Form({ place, error, pending, onSubmit }: FormProps) {
  const { t } = useTranslation();
  const can = useCan();
  const session = useQuery(sessionQuery).data;
  const options = useQuery(signInOptionsQuery).data;
  const everywhere = can('manage_system', 'system');
  const choices = giving(session);
  const first = choices.find(({ key }) => key === place) ?? (everywhere || choices.length > 1 ? undefined : choices[0]);
  const form = useForm<Fields>({
    initialValues: {
      emails: '', display_name: '', phone: '', way: 'link', password: '', system_admin: false,
      places: everywhere && !first ? [] : [{ place: first?.key ?? null, role: first?.roles[0] ?? 'viewer' }],
    },
    validateInputOnBlur: true,
    validate: {
      emails: (value) => {
        const all = addresses(value);
        const bad = badAddresses(all);
        if (all.length === 0) return t('rule.email');
        if (all.length > MAX_AT_ONCE) return t('newUsers.tooMany', { max: MAX_AT_ONCE, count: all.length });
        return bad.length > 0 ? t('newUsers.bad', { which: bad.slice(0, 3).join(', ') }) : null;
      },
      display_name: (value) => (value.trim() ? displayNameProblem(t, value) : null),
      phone: (value) => lengthProblem(t, value, MAX_PHONE_CHARS),
      password: (value, all) => (all.way === 'password' && options ? passwordProblem(t, options.password_rules, value) : null),
      places: { place: (value) => (value ? null : t('rule.filled')) },
    },
  });
  const { values } = form;
  const all = addresses(values.emails);
  const single = all.length <= 1;

  function send(fields: Fields) {
    onSubmit({
      emails: addresses(fields.emails),
      ...(single && fields.display_name.trim() ? { display_name: fields.display_name.trim() } : {}),
      ...(single && fields.phone.trim() ? { phone: fields.phone.trim() } : {}),
      ...(fields.way === 'password' ? { password: fields.password } : {}),
      sso_only: fields.way === 'sso',
      system_admin: everywhere && fields.system_admin,
      memberships: fields.places.flatMap(({ place, role }) => (place ? [asMembership(place, role)] : [])),
    });
  }

  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit(send, focusFirst(form))}>
      <Textarea
        data-autofocus label={t('newUsers.emails')} rows={3} autoComplete="off" spellCheck={false}
        description={all.length > 1 ? t('newUsers.count', { count: all.length }) : t('newUsers.emailsNote', { max: MAX_AT_ONCE })}
        key={form.key('emails')} {...form.getInputProps('emails')}
        // In a field of many lines Enter makes a line; with Ctrl it submits.
        onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit(); }}
      />
      {single && (
        <>
          <TextInput label={t('people.name')} description={t('newUsers.nameNote')} autoComplete="off" key={form.key('display_name')} {...form.getInputProps('display_name')} />
          <TextInput label={t('people.phone')} description={t('newUsers.optional')} type="tel" autoComplete="off" key={form.key('phone')} {...form.getInputProps('phone')} />
        </>
      )}
      <fieldset className={classes.choices}>
        <legend>{t('newUsers.way')}</legend>
        {(['link', 'password', 'sso'] as const).map((way) => (
          <Radio
            key={way} name="way" label={t(`newUsers.ways.${way}`)} description={t(`newUsers.wayNote.${way}`)}
            checked={values.way === way} onChange={() => form.setFieldValue('way', way)}
          />
        ))}
      </fieldset>
      {values.way === 'password' && options && (
        <PasswordField
          label={t('newUsers.password')} rules={options.password_rules}
          key={form.key('password')} {...form.getInputProps('password')} value={values.password}
        />
      )}
      <fieldset className={classes.places}>
        <legend>{t('newUsers.places')}</legend>
        {values.places.map((each, index) => (
          <PlaceField
            key={index} choices={choices} place={each.place} role={each.role}
            error={form.errors[`places.${index}.place`]}
            onChange={(place, role) => {
              form.setFieldValue(`places.${index}`, { place, role });
              form.clearFieldError(`places.${index}.place`);
            }}
          >
            {(everywhere || values.places.length > 1) && (
              <Tooltip label={t('newUsers.removePlace')}>
                <ActionIcon variant="subtle" color="gray" size="lg" className={classes.remove} aria-label={t('newUsers.removePlace')} onClick={() => form.removeListItem('places', index)}>
                  <IconTrash size={17} stroke={1.7} aria-hidden />
                </ActionIcon>
              </Tooltip>
            )}
          </PlaceField>
        ))}
        {values.places.length === 0 && <p className={classes.note}>{t('newUsers.noPlace')}</p>}
        <div>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => form.insertListItem('places', { place: null, role: 'viewer' })}>
            {t('newUsers.addPlace')}
          </Button>
        </div>
      </fieldset>
      {everywhere && (
        <Checkbox label={t('role.system_admin')} description={t('people.systemAdminNote')} key={form.key('system_admin')} {...form.getInputProps('system_admin', { type: 'checkbox' })} />
      )}
      {!!error && <Problem error={error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button type="submit" loading={pending}>{values.way === 'link' ? t('newUsers.invite', { count: Math.max(1, all.length) }) : t('newUsers.create', { count: Math.max(1, all.length) })}</Button>
      </div>
    </form>
  );
}
