import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconBuilding, IconPlus } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { roleAt, useCan } from '../api/permissions';
import { organisationsQuery, sessionQuery } from '../api/queries';
import type { Organisation } from '../api/types';
import { NotFound } from '../frame/Trouble';
import type { OrganisationsSearch } from '../router';
import { Ago } from '../ui/Ago';
import { Page } from '../ui/Page';
import { List, NameCell, Quiet, linkClass, useListSearch, useLocal, type ListColumn } from '../ui/list';
import { PlaceDialog } from './PlaceDialog';

export function OrganisationsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery).data;
  const state = useListSearch<OrganisationsSearch>();
  const organisations = useQuery(organisationsQuery);
  const page = useLocal<Organisation>(organisations, {
    search: state.search,
    usual: 'name',
    text: ({ name, description, projects }) => [name, description, ...projects.map((each) => each.name)].join('\n'),
    sorts: { name: ({ name }) => name, created: ({ created_at }) => Date.parse(created_at) },
  });
  const columns = useMemo((): ListColumn<Organisation>[] => [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(180px, 2fr)', sort: 'name', always: true, wide: true,
      cell: ({ id, name, description }) => (
        <NameCell below={description}><Link to="/organisations/$id" params={{ id }} className={linkClass}>{name}</Link></NameCell>
      ),
    },
    { key: 'projects', label: t('organisations.projects'), width: 'minmax(160px, 2.4fr)', cell: (each) => <Projects organisation={each} /> },
    {
      key: 'role', label: t('organisations.yourRole'), width: 'minmax(130px, 1fr)',
      cell: ({ id }) => {
        const role = roleAt(session, { organisation: id });
        return role ? t(`role.${role}`) : '–';
      },
    },
    { key: 'made', label: t('noun.made'), width: '130px', sort: 'created', first: 'descending', cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
  ], [t, session]);

  if (!can('look_at_members')) return <NotFound />;
  const add = can('create_organisation', 'system') && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => state.change({ make: true })}>{t('places.organisations.make')}</Button>
  );
  return (
    <Page title={t('nav.organisations')} lead={organisations.data && t('organisations.count', { count: organisations.data.total })} actions={add}>
      <List
        name="organisations" label={t('nav.organisations')} state={state} query={page} columns={columns} textLabel={t('organisations.search')}
        usualSort={{ by: 'name', direction: 'ascending' }}
        empty={{ icon: <IconBuilding size={24} />, title: t('organisations.empty'), body: t('organisations.emptyBody'), action: add }}
        noMatch={{ title: t('organisations.noneFound'), body: t('organisations.noneFoundBody') }}
      />
      <PlaceDialog
        kind="organisations" opened={!!state.search.make && can('create_organisation', 'system')} onClose={() => state.change({ make: undefined }, { typing: true })}
        onDone={({ id }) => void navigate({ to: '/organisations/$id', params: { id } })}
      />
    </Page>
  );
}

/** At most this many projects are named in a row. */
const NAMED = 4;

function Projects({ organisation: { projects } }: { organisation: Organisation }) {
  const { t } = useTranslation();
  if (projects.length === 0) return <span className="ew-muted">{t('organisations.noProjects')}</span>;
  return (
    <>
      {projects.slice(0, NAMED).map(({ id, name }, index) => (
        <span key={id}>{index > 0 && t('list.comma')}<Link to="/projects/$id" params={{ id }} className="ew-link">{name}</Link></span>
      ))}
      {projects.length > NAMED && <span className="ew-muted">{t('list.comma')}{t('people.morePlaces', { count: projects.length - NAMED })}</span>}
    </>
  );
}
