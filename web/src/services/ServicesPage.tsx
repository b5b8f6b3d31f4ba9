import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconChevronDown, IconFileImport, IconPlus, IconTag, IconWorld } from '@tabler/icons-react';
import { Suspense, lazy, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from '../agents/AgentCells.module.css';
import { servicesExport } from '../api/calls';
import { useCan } from '../api/permissions';
import { serviceTagsQuery, servicesQuery } from '../api/queries';
import type { Service } from '../api/types';
import type { ServicesSearch } from '../router';
import { List, asFilter, csv, download, useListSearch, type ListFilter, type ListSelection } from '../ui/list';
import { Page } from '../ui/Page';
import { useScope, useScopeFilters } from '../ui/scope';
import { ExportChosen } from './ExportChosen';
import { serviceColumns } from './columns';
import { everything } from './everything';
import { KINDS, kindName } from './kinds';

/** Of the tags in use so many are offered. */
const OFFERED_TAGS = 30;

/** Loaded when they are wanted, with their texts. */
const later = <P,>(load: () => Promise<React.ComponentType<P>>) =>
  lazy(async () => {
    const [component] = await Promise.all([load(), import('../i18n/rest')]);
    return { default: component };
  });
const AddDrawer = later(async () => (await import('./AddDrawer')).AddDrawer);
const ImportDrawer = later(async () => (await import('./ImportDrawer')).ImportDrawer);
const HostDrawer = later(async () => (await import('../hosting/HostDrawer')).HostDrawer);
const OperateMenu = later(async () => (await import('../hosting/OperateMenu')).OperateMenu);
const TagDialog = later(async () => (await import('./TagDialog')).TagDialog);

const born = ({ created_at }: Service) => created_at;

export function ServicesPage() {
  const { t } = useTranslation();
  const state = useListSearch<ServicesSearch>();
  const { make, ...search } = state.search;
  const { page: _, size: __, before: ___, ...matching } = search;
  const services = useQuery(servicesQuery(asFilter(search)));
  const filters = useFilters();
  const can = useCan();
  const mayAdopt = can('manage_agents');
  const mayAdd = can('manage_services');
  const columns = useMemo(() => serviceColumns(t), [t]);
  // What was opened once stays, for the way out.
  const [wanted, setWanted] = useState<{ one?: boolean; list?: boolean; hosted?: boolean }>({});
  const making = make === true ? 'one' : make;
  if (making && !wanted[making]) setWanted({ ...wanted, [making]: true });
  const [tagging, setTagging] = useState<{ services: Service[]; clear: () => void }>();
  const [asking, setAsking] = useState(false);
  const close = () => state.change({ make: undefined }, { typing: true });

  const mayManage = ({ project_id, organisation_id }: Service) => can('manage_services', { project: project_id, organisation: organisation_id });
  const selection: ListSelection<Service> = {
    label: ({ name }) => name,
    everything: () => everything(matching),
    summary: (chosen) => {
      const offline = chosen.filter((service) => service.state !== 'online').length;
      return offline > 0 && t('services.offlineOf', { count: offline });
    },
    actions: (chosen, clear) => (
      <>
        <ExportChosen chosen={chosen} />
        {mayAdd && <Suspense fallback={null}><OperateMenu chosen={chosen} mayManage={mayManage} onDone={clear} /></Suspense>}
        {mayAdd && (
          <Button
            size="compact-md" leftSection={<IconTag size={15} aria-hidden />}
            onClick={() => {
              setTagging({ services: chosen, clear });
              setAsking(true);
            }}
          >
            {t('services.tags')}…
          </Button>
        )}
      </>
    ),
  };

  const buttons = mayAdd && (
    <>
      <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={() => state.change({ make: 'list' })}>{t('services.import')}</Button>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <Button leftSection={<IconPlus size={16} aria-hidden />} rightSection={<IconChevronDown size={15} aria-hidden />}>{t('services.add')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => state.change({ make: true })}>{t('services.addDirect')}</Menu.Item>
          <Menu.Item onClick={() => state.change({ make: 'hosted' })}>{t('services.addHosted')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );

  async function exportAll() {
    download('edgeward-services.csv', csv([
      ['id', 'name', 'kind', 'state', 'way', 'hosted', 'image or channel', 'finding', 'version', 'agent', 'offered as', 'address', 'authentication', 'tags', 'organisation', 'project', 'path', 'description', 'made'],
      ...(await everything(matching)).map((service) => [
        service.id, service.name, service.kind, service.state, service.way, service.hosted?.state, service.hosted?.present, service.check?.finding?.code, service.check?.version, service.agent_name, service.offer,
        service.address, service.authentication, service.tags.join(' '), service.organisation_name, service.project_name, service.path, service.description, service.created_at,
      ]),
    ]));
  }

  return (
    <Page title={t('nav.services')} lead={services.data && t('services.count', { count: services.data.total })} actions={buttons}>
      <List
        name="services" label={t('nav.services')} state={state} query={services} columns={columns} usualSort={{ by: 'name', direction: 'ascending' }}
        filters={filters} textLabel={t('services.search')} born={born} selection={selection}
        exports={[{ label: t('services.exportShown'), run: exportAll }, { label: t('services.exportAgain'), href: servicesExport(matching) }]}
        empty={{
          icon: <IconWorld size={24} />, title: t('services.empty'), body: mayAdopt ? t('services.emptyBody') : t('services.emptyBodyViewer'),
          action: (mayAdopt || mayAdd) && (
            <div className={classes.steps}>
              {mayAdopt && (
                <Button variant="default" renderRoot={(props) => <Link to="/agents" search={{ management: 'unmanaged' }} {...props} />}>{t('services.showWaiting')}</Button>
              )}
              {buttons}
            </div>
          ),
        }}
        noMatch={{ title: t('services.noneFound'), body: t('services.noneFoundBody') }}
      />
      <Suspense fallback={null}>
        {mayAdd && wanted.one && <AddDrawer opened={making === 'one'} onClose={close} />}
        {mayAdd && wanted.list && <ImportDrawer opened={making === 'list'} onClose={close} />}
        {mayAdd && wanted.hosted && <HostDrawer opened={making === 'hosted'} onClose={close} />}
        {tagging && (
          <TagDialog
            services={tagging.services.filter(mayManage)} left={tagging.services.filter((each) => !mayManage(each)).length} opened={asking}
            onClose={(done) => {
              setAsking(false);
              if (done) tagging.clear();
            }}
          />
        )}
      </Suspense>
    </Page>
  );
}

function useFilters(): ListFilter[] {
  const { t } = useTranslation();
  const { organisation, project } = useScope();
  const used = useQuery(serviceTagsQuery({ organisation, project })).data?.items ?? [];
  const tags = used.toSorted((a, b) => b.services - a.services).slice(0, OFFERED_TAGS);
  const scopeFilters = useScopeFilters();
  return [
    { key: 'state', label: t('noun.state'), options: (['online', 'offline', 'not_offered'] as const).map((value) => ({ value, label: t(`serviceState.${value}`) })) },
    { key: 'kind', label: t('noun.kind'), options: KINDS.map((value) => ({ value, label: value === 'http' ? t('services.anyHttp') : kindName(value) })), describe: String },
    { key: 'way', label: t('noun.way'), options: (['agent', 'hosted', 'direct'] as const).map((value) => ({ value, label: t(`services.way.${value}`) })) },
    { key: 'authentication', label: t('noun.authentication'), options: (['token', 'basic', 'none'] as const).map((value) => ({ value, label: t(`authentication.${value}`) })) },
    { key: 'tag', label: t('services.tag'), options: tags.map(({ tag }) => ({ value: tag, label: tag })), describe: String },
    { key: 'key_behind', label: t('services.keyBehind'), options: [], describe: String },
    ...scopeFilters,
  ];
}
