import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { organisationsQuery } from '../api/queries';
import type { FilterGroup } from './Filters';

/** The filters by organisation, and by project of the chosen one (or of all). */
export function useOrganisationFilters(organisation: string | undefined): FilterGroup[] {
  const { t } = useTranslation();
  const all = useQuery(organisationsQuery).data?.items ?? [];
  const within = all.filter(({ id }) => !organisation || id === organisation);
  return [
    { key: 'organisation', label: t('noun.organisation'), options: all.map(({ id, name }) => ({ value: id, label: name })) },
    {
      key: 'project',
      label: t('noun.project'),
      options: within.flatMap(({ name: owner, projects }) =>
        projects.map(({ id, name }) => ({ value: id, label: within.length > 1 ? `${owner} / ${name}` : name })),
      ),
    },
  ];
}
