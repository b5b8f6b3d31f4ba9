// The snaps of one model: which model, and each snap with its channel.

import { ActionIcon, Button, Modal, TextInput, Tooltip } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isChannel, isSnapName } from '../actions/kinds';
import { setRequiredSnaps } from '../api/calls';
import { MAX_IDENTITY_CHARS, MAX_REQUIRED_SNAPS, type RequiredSnaps } from '../api/types';
import { identityProblem } from '../registrations/listed';
import { focusFirst, keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import classes from './Enrolment.module.css';

interface RequiredSnapsDialogProps {
  organisation: string;
  /** The one to change, or a new one; absent: closed. */
  model: RequiredSnaps | 'new' | undefined;
  /** The other models that have snaps already. */
  taken: RequiredSnaps[];
  onClose: () => void;
}

export function RequiredSnapsDialog(props: RequiredSnapsDialogProps) {
  const { model, onClose } = props;
  const { t } = useTranslation();
  return (
    <Modal
      opened={model !== undefined} onClose={onClose} size="lg" closeOnClickOutside={false} classNames={{ title: questionClasses.title }}
      title={model && model !== 'new' ? t('requiredSnaps.editWhat', { model: model.model }) : t('requiredSnaps.add')} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {model && <Form {...props} model={model} />}
    </Modal>
  );
}

interface Fields {
  brand: string;
  model: string;
  snaps: { name: string; channel: string }[];
}

function Form({ organisation, model, taken, onClose }: RequiredSnapsDialogProps & { model: RequiredSnaps | 'new' }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const had = model === 'new' ? undefined : model;
  const part = (value: string) => {
    const problem = identityProblem(value);
    return problem === 'long' || problem === 'character' ? t(`registration.wrong.${problem}`, { max: MAX_IDENTITY_CHARS }) : null;
  };
  const form = useForm<Fields>({
    initialValues: { brand: had?.brand ?? '', model: had?.model ?? '', snaps: had?.snaps.map(({ name, channel }) => ({ name, channel: channel ?? '' })) ?? [{ name: '', channel: '' }] },
    validateInputOnBlur: true,
    validate: {
      brand: part,
      model: (value, { brand }) => {
        if (!value.trim()) return t('rule.filled');
        const same = taken.some((each) => each.model === value.trim() && (each.brand ?? '') === brand.trim());
        return same ? t('requiredSnaps.taken') : part(value);
      },
      snaps: {
        name: (value, { snaps }) => {
          const name = value.trim();
          if (!name) return t('rule.filled');
          if (!isSnapName(name)) return t('ask.wrong.snapName', { max: MAX_REQUIRED_SNAPS });
          return snaps.filter((each) => each.name.trim() === name).length > 1 ? t('requiredSnaps.twice') : null;
        },
        channel: (value) => (value.trim() && !isChannel(value.trim()) ? t('ask.wrong.channel', { max: MAX_REQUIRED_SNAPS }) : null),
      },
    },
  });
  const save = useMutation({
    mutationFn: ({ brand, model: named, snaps }: Fields) =>
      setRequiredSnaps({
        organisation_id: organisation, brand: brand.trim() || null, model: named.trim(),
        snaps: snaps.map(({ name, channel }) => ({ name: name.trim(), ...(channel.trim() ? { channel: channel.trim() } : {}) })),
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['required-snaps'] });
      onClose();
    },
  });
  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
  const { snaps } = form.values;
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}>
      {!had && (
        <>
          <TextInput data-autofocus label={t('registration.model')} description={t('requiredSnaps.modelNote')} {...plain} key={form.key('model')} {...form.getInputProps('model')} />
          <TextInput label={t('registration.brand')} description={t('requiredSnaps.brandNote')} {...plain} key={form.key('brand')} {...form.getInputProps('brand')} />
        </>
      )}
      <fieldset className={classes.list}>
        <legend>{t('requiredSnaps.snaps')}</legend>
        {snaps.map((_, index) => (
          <div key={index} className={classes.snapRow}>
            <TextInput label={t('ask.snap')} {...plain} key={form.key(`snaps.${index}.name`)} {...form.getInputProps(`snaps.${index}.name`)} />
            <TextInput label={t('ask.channel')} placeholder={t('requiredSnaps.usual')} {...plain} key={form.key(`snaps.${index}.channel`)} {...form.getInputProps(`snaps.${index}.channel`)} />
            <Tooltip label={t('requiredSnaps.dropSnap')}>
              <ActionIcon variant="subtle" color="gray" size="lg" className={classes.drop} disabled={snaps.length === 1} aria-label={t('requiredSnaps.dropSnap')} onClick={() => form.removeListItem('snaps', index)}>
                <IconTrash size={17} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </div>
        ))}
        {snaps.length < MAX_REQUIRED_SNAPS && (
          <div>
            <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => form.insertListItem('snaps', { name: '', channel: '' })}>{t('requiredSnaps.addSnap')}</Button>
          </div>
        )}
      </fieldset>
      {save.isError && <Problem error={save.error} />}
      <div className={classes.buttonsEnd} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={save.isPending}>{t('requiredSnaps.save')}</Button>
      </div>
    </form>
  );
}
