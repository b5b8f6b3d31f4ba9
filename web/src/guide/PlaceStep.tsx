// The first organisation and project: those of the first start under names of one's own, or new ones.

import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, nameProblem } from '../access/rules';
import { changePlace, createOrganisation, createProject } from '../api/calls';
import { organisationsQuery, sessionQuery } from '../api/queries';
import type { Organisation } from '../api/types';
import { focusFirst, keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import classes from './Guide.module.css';

/** What the first start calls both. */
const FIRST_NAME = 'Default';

/** Whether there is nothing but what the first start made. */
export function isUntouched(organisations: Organisation[]): boolean {
  return organisations.every(({ name, projects }) => name === FIRST_NAME && projects.every((project) => project.name === FIRST_NAME));
}

interface PlaceStepProps {
  organisations: Organisation[];
  onNext: () => void;
}

export function PlaceStep({ organisations, onNext }: PlaceStepProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const organisation = organisations[0];
  const project = organisation?.projects[0];
  const form = useForm({
    initialValues: { organisation: organisation?.name ?? '', project: project?.name ?? '' },
    validateInputOnBlur: true,
    validate: { organisation: (value) => nameProblem(t, value), project: (value) => nameProblem(t, value) },
  });
  const save = useMutation({
    mutationFn: async (wanted: { organisation: string; project: string }) => {
      const names = { organisation: wanted.organisation.trim(), project: wanted.project.trim() };
      const id = organisation?.id ?? (await createOrganisation({ name: names.organisation })).id;
      if (organisation && organisation.name !== names.organisation) await changePlace('organisations', id, { name: names.organisation });
      if (!project) await createProject(id, { name: names.project });
      else if (project.name !== names.project) await changePlace('projects', project.id, { name: names.project });
    },
    onSuccess: onNext,
    // Also after an error: the first of the two may have been done.
    onSettled: () => Promise.all([organisationsQuery, sessionQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey }))),
  });

  return (
    <form
      className={classes.form} noValidate aria-label={t('guide.step.place')}
      onSubmit={form.onSubmit((values) => save.mutate(values), focusFirst(form))}
    >
      <p className={classes.lead}>{t('guide.placeLead')}</p>
      {save.isError && <Problem error={save.error} />}
      <div className={classes.two}>
        <TextInput
          label={t('guide.organisation')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off"
          key={form.key('organisation')} {...form.getInputProps('organisation')}
        />
        <TextInput
          label={t('guide.project')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off"
          key={form.key('project')} {...form.getInputProps('project')}
        />
      </div>
      <div {...keepFocus}><Button type="submit" loading={save.isPending}>{t('guide.saveAndNext')}</Button></div>
    </form>
  );
}
