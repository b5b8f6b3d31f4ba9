import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconWorld } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from '../agents/AgentCells.module.css';
import { get } from '../api/client';
import { useCan } from '../api/permissions';
import { servicesQuery } from '../api/queries';
import type { List as Answer, Service, ServiceFilter } from '../api/types';
import type { ServicesSearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, asFilter, csv, download, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { Page } from '../ui/Page';
import { useScopeFilters } from '../ui/scope';
import { ServiceMark } from '../ui/State';
import { OpenButton } from './OpenButton';

/** The most that one answer has. */
const MOST = 1000;

const born = ({ created_at }: Service) => created_at;

export function ServicesPage() {
  const { t } = useTranslation();
  const state = useListSearch<ServicesSearch>();
  const { page: _, size: __, before: ___, ...matching } = state.search;
  const services = useQuery(servicesQuery(asFilter(state.search)));
  const scopeFilters = useScopeFilters();
  const mayAdopt = useCan()('manage_agents');
  const columns = useMemo(() => serviceColumns(t), [t]);
  const filters: ListFilter[] = [
    {
      key: 'state',
      label: t('noun.state'),
      options: (['online', 'offline', 'not_offered'] as const).map((value) => ({ value, label: t(`serviceState.${value}`) })),
    },
    ...scopeFilters,
  ];

  async function exportAll() {
    download('edgeward-services.csv', csv([
      ['id', 'name', 'kind', 'state', 'agent', 'offered as', 'organisation', 'project', 'path', 'description', 'made'],
      ...(await everything(matching)).map((service) => [
        service.id, service.name, service.kind, service.state, service.agent_name, service.offer, service.organisation_name, service.project_name,
        service.path, service.description, service.created_at,
      ]),
    ]));
  }

  return (
    <Page title={t('nav.services')} lead={services.data && t('services.count', { count: services.data.total })}>
      <List
        name="services" label={t('nav.services')} state={state} query={services} columns={columns} usualSort={{ by: 'name', direction: 'ascending' }}
        filters={filters} textLabel={t('services.search')} born={born} exports={[{ label: 'CSV', run: exportAll }]}
        empty={{
          icon: <IconWorld size={24} />, title: t('services.empty'), body: mayAdopt ? t('services.emptyBody') : t('services.emptyBodyViewer'),
          action: mayAdopt && (
            <Button renderRoot={(props) => <Link to="/agents" search={{ management: 'unmanaged' }} {...props} />}>{t('services.showWaiting')}</Button>
          ),
        }}
        noMatch={{ title: t('services.noneFound'), body: t('services.noneFoundBody') }}
      />
    </Page>
  );
}

function serviceColumns(t: TFunction): ListColumn<Service>[] {
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(180px, 2fr)', sort: 'name', always: true, wide: true,
      cell: ({ id, name, description }) => (
        <>
          <Link to="/services/$id" params={{ id }} className={classes.link}>{name}</Link>
          {description && <div className={classes.below} title={description}>{description}</div>}
        </>
      ),
    },
    { key: 'state', label: t('noun.state'), width: '130px', cell: ({ state }) => <ServiceMark state={state} /> },
    { key: 'kind', label: t('noun.kind'), width: 'minmax(70px, 0.6fr)', sort: 'kind', cell: ({ kind }) => kind },
    {
      key: 'agent', label: t('noun.agent'), width: 'minmax(110px, 1.1fr)', sort: 'agent',
      cell: ({ agent_id, agent_name }) => <Link to="/agents/$id" params={{ id: agent_id }} className="ew-link">{agent_name}</Link>,
    },
    {
      key: 'project', label: t('noun.project'), width: 'minmax(100px, 1.1fr)',
      cell: ({ project_name, organisation_name }) => (
        <div className={classes.two}>
          <span className={classes.clip} title={project_name}>{project_name}</span>
          <span className={classes.below}>{organisation_name}</span>
        </div>
      ),
    },
    {
      key: 'path', label: t('noun.path'), width: 'minmax(80px, 0.8fr)',
      cell: ({ path }) => <span className={classes.quiet}>{path === 'direct' ? t('path.direct') : t('path.through', { site: path })}</span>,
    },
    {
      key: 'created', label: t('noun.made'), width: '112px', sort: 'created', first: 'descending', optional: true,
      cell: ({ created_at }) => <span className={classes.quiet}><Ago at={created_at} /></span>,
    },
    { key: 'offer', label: t('noun.offer'), width: 'minmax(80px, 0.8fr)', optional: true, cell: ({ offer }) => offer },
    { key: 'id', label: t('noun.id'), width: '84px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 8)}</span> },
    {
      key: 'actions', label: t('noun.actions'), width: '100px', always: true, wide: true, quietLabel: true,
      cell: ({ id, name, state }) => (
        <div className={classes.actions}><OpenButton id={id} name={name} state={state} size="compact-md" variant="light" /></div>
      ),
    },
  ];
}

/** All that match, over all pages. */
async function everything(filter: ServiceFilter): Promise<Service[]> {
  const all: Service[] = [];
  for (;;) {
    const { items, total } = await get<Answer<Service>>('/services', { ...filter, offset: all.length, limit: MOST });
    all.push(...items);
    if (items.length === 0 || all.length >= total) return all;
  }
}
