// Templates of configurations: all that may be seen, by name.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlus, IconTemplate } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { sessionQuery, templatesQuery } from '../api/queries';
import type { Session, Template } from '../api/types';
import type { TemplatesSearch } from '../router';
import { kindName } from '../services/kinds';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, linkClass, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { Page } from '../ui/Page';
import { scopeName, useScopeFilters } from '../ui/scope';
import { AddDrawer } from './AddDrawer';
import { TEMPLATE_KINDS } from './services';

const born = ({ created_at }: Template) => created_at;

export function TemplatesPage() {
  const { t } = useTranslation();
  const state = useListSearch<TemplatesSearch>();
  const { make, sort: _, direction: __, before: ___, ...filter } = asFilter(state.search);
  const templates = useQuery(templatesQuery(filter));
  const session = useQuery(sessionQuery).data;
  const scopeFilters = useScopeFilters();
  const may = useCan()('manage_services');
  const columns = useMemo(() => templateColumns(t, session), [t, session]);
  const filters: ListFilter[] = [
    { key: 'kind', label: t('noun.kind'), options: TEMPLATE_KINDS.map((value) => ({ value, label: kindName(value) })), describe: (value) => kindName(String(value)) },
    ...scopeFilters,
  ];
  const add = may && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => state.change({ make: true })}>{t('templates.add')}</Button>;
  return (
    <Page title={t('nav.templates')} lead={t('templates.lead')} actions={add}>
      <List
        name="templates" label={t('nav.templates')} state={state} query={templates} columns={columns} filters={filters} textLabel={t('templates.search')} born={born}
        empty={{ icon: <IconTemplate size={24} />, title: t('templates.empty'), body: may ? t('templates.emptyBody') : t('templates.emptyBodyViewer'), action: add }}
        noMatch={{ title: t('templates.noneFound'), body: t('templates.noneFoundBody') }}
      />
      {may && <AddDrawer opened={make === true} onClose={() => state.change({ make: undefined }, { typing: true })} />}
    </Page>
  );
}

function templateColumns(t: TFunction, session: Session | null | undefined): ListColumn<Template>[] {
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(190px, 2fr)', always: true, wide: true,
      cell: ({ id, name, description }) => <NameCell below={description}><Link to="/templates/$id" params={{ id }} className={linkClass}>{name}</Link></NameCell>,
    },
    { key: 'kind', label: t('noun.kind'), width: 'minmax(90px, 0.6fr)', cell: ({ kind }) => kindName(kind) },
    { key: 'newest', label: t('templates.newest'), width: 'minmax(90px, 0.6fr)', cell: ({ newest }) => newest },
    { key: 'changed', label: t('templates.changed'), width: '128px', cell: ({ changed_at }) => <Quiet><Ago at={changed_at} /></Quiet> },
    {
      key: 'place', label: t('noun.project'), width: 'minmax(130px, 1.1fr)',
      cell: ({ organisation_id: organisation, project_id: project }) => scopeName(session, { organisation, project }) ?? project.slice(0, 8),
    },
    { key: 'made', label: t('noun.made'), width: '116px', optional: true, cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    { key: 'by', label: t('templates.by'), width: 'minmax(90px, 0.8fr)', optional: true, cell: ({ created_by }) => created_by },
  ];
}
