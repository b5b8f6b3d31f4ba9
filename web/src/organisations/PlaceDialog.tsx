// The name and description of an organisation or project: a new one, or another name for one that is there.

import { Button, Modal, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, lengthProblem, nameProblem } from '../access/rules';
import { changePlace, createOrganisation, createProject } from '../api/calls';
import type { PlaceKind } from '../api/queries';
import { MAX_DESCRIPTION_CHARS, type Organisation, type Project } from '../api/types';
import classes from '../people/People.module.css';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { focusFirst, keepFocus } from '../ui/form';

interface PlaceDialogProps {
  kind: PlaceKind;
  /** The one to change; absent for a new one. */
  place?: Organisation | Project;
  /** Where a new project is made. */
  organisation?: string;
  opened: boolean;
  onClose: () => void;
  onDone?: (place: Organisation | Project) => void;
}

export function PlaceDialog(props: PlaceDialogProps) {
  const { kind, place, opened, onClose } = props;
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} title={place ? t(`places.${kind}.edit`, { name: place.name }) : t(`places.${kind}.make`)}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {opened && <Form {...props} />}
    </Modal>
  );
}

function Form({ kind, place, organisation, onClose, onDone }: PlaceDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { name: place?.name ?? '', description: place?.description ?? '' },
    validateInputOnBlur: true,
    validate: {
      name: (value) => nameProblem(t, value),
      description: (value) => lengthProblem(t, value, MAX_DESCRIPTION_CHARS),
    },
  });
  const save = useMutation({
    mutationFn: (values: { name: string; description: string }): Promise<Organisation | Project> => {
      const fields = { name: values.name.trim(), description: values.description.trim() };
      if (place) return changePlace(kind, place.id, fields);
      return kind === 'projects' ? createProject(organisation ?? '', fields) : createOrganisation(fields);
    },
    onSuccess: async (saved) => {
      await Promise.all(['organisations', 'projects', 'session'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
      onClose();
      onDone?.(saved);
    },
    onError: () => form.getInputNode('name')?.focus(),
  });
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}>
      <TextInput data-autofocus label={t('noun.name')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off" key={form.key('name')} {...form.getInputProps('name')} />
      <TextInput label={t('noun.description')} description={t('places.descriptionNote', { max: MAX_DESCRIPTION_CHARS })} autoComplete="off" key={form.key('description')} {...form.getInputProps('description')} />
      {!place && <p className={classes.note}>{t('places.admin')}</p>}
      {save.isError && <Problem error={save.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={save.isPending}>{place ? t('profile.save') : t(`places.${kind}.makeVerb`)}</Button>
      </div>
    </form>
  );
}
