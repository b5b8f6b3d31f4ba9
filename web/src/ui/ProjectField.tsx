// The project that something is to belong to: of those in which one may do it.

import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { placesWhere, projectChoices } from '../agents/places';
import type { Action } from '../api/permissions';
import { organisationsQuery, sessionQuery } from '../api/queries';
import type { Organisation } from '../api/types';
import { useRemembered, useScope } from './scope';

/** Those that may be chosen, and which is chosen at first: the one at the top of the page, else the only one. */
export function useProjects(action: Action): { mine: Organisation[]; first: string | null; pending: boolean } {
  const session = useQuery(sessionQuery).data;
  const organisations = useQuery(organisationsQuery);
  const address = useScope();
  const remembered = useRemembered();
  const mine = placesWhere(organisations.data?.items ?? [], session, action).filter(({ projects }) => projects.length > 0);
  const all = mine.flatMap(({ projects }) => projects);
  const organisation = address.organisation ?? remembered.organisation;
  const inside = mine.find(({ id }) => id === organisation)?.projects ?? [];
  const wanted = all.find(({ id }) => id === (address.project ?? remembered.project));
  const first = wanted ?? (inside.length === 1 ? inside[0] : all.length === 1 ? all[0] : undefined);
  return { mine, first: first?.id ?? null, pending: organisations.isPending };
}

interface ProjectFieldProps {
  /** What the project means for it. */
  note: string;
  organisations: Organisation[];
  value: string | null;
  onChange: (id: string | null) => void;
  error?: React.ReactNode;
  inputRef?: React.Ref<HTMLInputElement>;
  /** In a form: the field that is focused where it is wrong. */
  'data-path'?: string;
}

export function ProjectField({ note, organisations, value, onChange, error, inputRef, 'data-path': path }: ProjectFieldProps) {
  const { t } = useTranslation();
  return (
    <Select
      ref={inputRef} data-path={path} label={t('noun.project')} description={note} searchable openOnFocus={false} allowDeselect={false} checkIconPosition="right"
      placeholder={t('scope.choose')} nothingFoundMessage={t('scope.none')} maxDropdownHeight={280}
      data={projectChoices(organisations)} value={value} onChange={onChange} error={error}
    />
  );
}
