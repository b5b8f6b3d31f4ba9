// The project that devices are registered in: of those in which one may.

import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { placesWhere, projectChoices } from '../agents/places';
import { organisationsQuery, sessionQuery } from '../api/queries';
import type { Organisation } from '../api/types';
import { useRemembered, useScope } from '../ui/scope';

/** Those that may be chosen, and which is chosen at first: the one at the top of the page, else the only one. */
export function useProjects(): { mine: Organisation[]; first: string | null; pending: boolean } {
  const session = useQuery(sessionQuery).data;
  const organisations = useQuery(organisationsQuery);
  const address = useScope();
  const remembered = useRemembered();
  const mine = placesWhere(organisations.data?.items ?? [], session, 'manage_registrations').filter(({ projects }) => projects.length > 0);
  const all = mine.flatMap(({ projects }) => projects);
  const organisation = address.organisation ?? remembered.organisation;
  const inside = mine.find(({ id }) => id === organisation)?.projects ?? [];
  const wanted = all.find(({ id }) => id === (address.project ?? remembered.project));
  const first = wanted ?? (inside.length === 1 ? inside[0] : all.length === 1 ? all[0] : undefined);
  return { mine, first: first?.id ?? null, pending: organisations.isPending };
}

interface ProjectFieldProps {
  organisations: Organisation[];
  value: string | null;
  onChange: (id: string | null) => void;
  error?: React.ReactNode;
  inputRef?: React.Ref<HTMLInputElement>;
}

export function ProjectField({ organisations, value, onChange, error, inputRef }: ProjectFieldProps) {
  const { t } = useTranslation();
  return (
    <Select
      ref={inputRef} label={t('noun.project')} description={t('registration.projectNote')} searchable allowDeselect={false} checkIconPosition="right"
      placeholder={t('registration.projectChoose')} nothingFoundMessage={t('scope.none')} maxDropdownHeight={280}
      data={projectChoices(organisations)} value={value} onChange={onChange} error={error}
    />
  );
}
