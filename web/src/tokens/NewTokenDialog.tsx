// A new API token: what it is for, what it may do where, how long; then its text, this once.

import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { lengthProblem, filledProblem } from '../access/rules';
import { createApiToken } from '../api/calls';
import { useCan } from '../api/permissions';
import { sessionQuery } from '../api/queries';
import { MAX_TOKEN_DAYS, MAX_TOKEN_NAME_CHARS, type MemberRole, type NewApiToken } from '../api/types';
import { PlaceField } from '../people/PlaceField';
import classes from '../people/People.module.css';
import { asMembership, having } from '../people/places';
import { CommandLine } from '../ui/Copy';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { focusFirst, keepFocus } from '../ui/form';

const DAY_S = 24 * 3600;
const LIVES = [30, 90, 365, MAX_TOKEN_DAYS] as const;
const NEVER = 'never';

export function NewTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: createApiToken,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['api-tokens'] }),
  });
  const close = () => {
    onClose();
    make.reset();
  };
  return (
    <Modal
      opened={opened} onClose={close} size="lg" title={make.data ? t('apiTokens.madeTitle') : t('apiTokens.make')}
      // What is shown once does not go with a click beside it.
      closeOnClickOutside={!make.data} classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {make.data ? <Made token={make.data} onClose={close} /> : opened && <Form make={make} onClose={close} />}
    </Modal>
  );
}

interface FormProps {
  make: { mutate: (request: Parameters<typeof createApiToken>[0]) => void; error: unknown; isError: boolean; isPending: boolean };
  onClose: () => void;
}

function Form({ make, onClose }: FormProps) {
  const { t } = useTranslation();
  const can = useCan();
  const session = useQuery(sessionQuery).data;
  const everything = can('manage_system', 'system');
  const choices = having(session);
  const form = useForm({
    initialValues: { name: '', reach: 'place', place: null as string | null, role: 'viewer' as MemberRole, life: '90' },
    validateInputOnBlur: ['name'],
    validate: {
      name: (value) => filledProblem(t, value) ?? lengthProblem(t, value, MAX_TOKEN_NAME_CHARS),
      place: (value, all) => (all.reach === 'place' && !value ? t('rule.filled') : null),
    },
  });
  const { values } = form;
  return (
    <form
      className={classes.form} noValidate
      onSubmit={form.onSubmit(({ name, reach, place, role, life }) => make.mutate({
        name: name.trim(),
        ...(reach === 'everything' ? { system_admin: true } : place ? { membership: asMembership(place, role) } : {}),
        ...(life === NEVER ? {} : { expires_in_s: Number(life) * DAY_S }),
      }), focusFirst(form))}
    >
      <TextInput data-autofocus label={t('noun.name')} description={t('apiTokens.nameNote', { max: MAX_TOKEN_NAME_CHARS })} autoComplete="off" key={form.key('name')} {...form.getInputProps('name')} />
      {everything && (
        <Select
          label={t('apiTokens.may')} allowDeselect={false} checkIconPosition="right" value={values.reach}
          data={[{ value: 'place', label: t('apiTokens.reachPlace') }, { value: 'everything', label: t('apiTokens.reachEverything') }]}
          onChange={(value) => form.setFieldValue('reach', value ?? 'place')}
        />
      )}
      {values.reach === 'place' && (
        <PlaceField
          choices={choices} place={values.place} role={values.role} error={form.errors.place}
          onChange={(place, role) => { form.setValues({ place, role }); form.clearFieldError('place'); }}
        />
      )}
      <Select
        label={t('apiTokens.life')} description={values.life === NEVER ? t('apiTokens.neverNote') : t('apiTokens.lifeNote')} allowDeselect={false} checkIconPosition="right"
        data={[...LIVES.map((days) => ({ value: String(days), label: t('apiTokens.days', { count: days }) })), { value: NEVER, label: t('apiTokens.never') }]}
        value={values.life} onChange={(value) => form.setFieldValue('life', value ?? '90')}
      />
      <p className={classes.note}>{t('apiTokens.yours')}</p>
      {make.isError && <Problem error={make.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={make.isPending}>{t('apiTokens.makeVerb')}</Button>
      </div>
    </form>
  );
}

function Made({ token, onClose }: { token: NewApiToken; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.form}>
      <div className={classes.result} role="status">
        <IconAlertTriangle size={17} className={classes.warn} aria-hidden />
        <span>{t('apiTokens.once', { name: token.name })}</span>
      </div>
      <CommandLine text={token.text} prompt={false} autoFocus />
      <p className={classes.note}>{t('apiTokens.how')}</p>
      <CommandLine text={`curl -H "Authorization: Bearer ${token.text}" ${window.location.origin}/api/v1/session`} />
      <div className={classes.buttons}><Button onClick={onClose}>{t('dialog.done')}</Button></div>
    </div>
  );
}
