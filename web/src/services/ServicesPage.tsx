import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { IconFilterOff, IconWorld } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { servicesQuery } from '../api/queries';
import type { Service } from '../api/types';
import type { ServicesSearch } from '../router';
import { Filters, type FilterGroup } from '../ui/Filters';
import { Card, Empty, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { ServiceMark } from '../ui/State';
import { Cell, Row, Table, type Column } from '../ui/Table';
import { useOrganisationFilters } from '../ui/organisations';
import rowClasses from '../agents/AgentRow.module.css';
import { OpenButton } from './OpenButton';

const route = getRouteApi('/frame/services');

export function ServicesPage() {
  const { t, i18n } = useTranslation();
  const filter = route.useSearch();
  const navigate = useNavigate({ from: '/services' });
  const services = useQuery(servicesQuery(filter));
  const belonging = useOrganisationFilters(filter.organisation);
  const filtered = Object.values(filter).some(Boolean);
  const change = (by: Partial<ServicesSearch>) => void navigate({ search: (before) => ({ ...before, ...by }), replace: true });

  const groups: FilterGroup[] = [
    {
      key: 'state',
      label: t('noun.state'),
      options: (['online', 'offline', 'not_offered'] as const).map((value) => ({ value, label: t(`serviceState.${value}`) })),
    },
    ...belonging,
  ];
  const columns: Column[] = [
    { key: 'name', label: t('noun.name'), width: 'minmax(180px, 2fr)' },
    { key: 'state', label: t('noun.state'), width: '130px' },
    { key: 'kind', label: t('noun.kind'), width: 'minmax(70px, 0.6fr)' },
    { key: 'agent', label: t('noun.agent'), width: 'minmax(110px, 1.1fr)' },
    { key: 'project', label: t('noun.project'), width: 'minmax(100px, 1.1fr)' },
    { key: 'path', label: t('noun.path'), width: 'minmax(80px, 0.8fr)' },
    { key: 'actions', label: t('noun.actions'), width: '100px', hideLabel: true },
  ];
  const names = new Intl.Collator(i18n.language, { numeric: true });

  return (
    <Page title={t('nav.services')} lead={services.data && t('services.count', { count: services.data.total })}>
      <Filters text={filter.text} textLabel={t('services.search')} groups={groups} chosen={{ ...filter }} onChange={change} />
      {services.isPending && <Waiting rows={6} />}
      {services.isError && <Problem error={services.error} retry={() => void services.refetch()} />}
      {services.data && services.data.items.length > 0 && (
        <Table
          label={t('nav.services')}
          columns={columns}
          items={[...services.data.items].sort((a, b) => names.compare(a.name, b.name) || a.id.localeCompare(b.id))}
          total={services.data.total}
          question={services.isPlaceholderData ? 'before' : JSON.stringify(filter)}
          faded={services.isPlaceholderData}
          row={(service) => <ServiceRow key={service.id} service={service} />}
        />
      )}
      {services.data?.items.length === 0 && (
        <Card>
          {filtered ? (
            <Empty
              icon={<IconFilterOff size={24} />}
              title={t('services.noneFound')}
              action={<Button variant="default" onClick={() => void navigate({ search: {} })}>{t('filter.clear')}</Button>}
            >
              {t('services.noneFoundBody')}
            </Empty>
          ) : (
            <Empty
              icon={<IconWorld size={24} />}
              title={t('services.empty')}
              action={<Button renderRoot={(props) => <Link to="/agents" search={{ management: 'unmanaged' }} {...props} />}>{t('services.showWaiting')}</Button>}
            >
              {t('services.emptyBody')}
            </Empty>
          )}
        </Card>
      )}
    </Page>
  );
}

const ServiceRow = memo(function ServiceRow({ service }: { service: Service }) {
  const { t } = useTranslation();
  return (
    <Row>
      <Cell wide>
        <Link to="/services/$id" params={{ id: service.id }} className={rowClasses.link}>{service.name}</Link>
        {service.description && <div className={rowClasses.below} title={service.description}>{service.description}</div>}
      </Cell>
      <Cell><ServiceMark state={service.state} /></Cell>
      <Cell label={t('noun.kind')}>{service.kind}</Cell>
      <Cell label={t('noun.agent')}>
        <Link to="/agents/$id" params={{ id: service.agent_id }} className="ew-link">{service.agent_name}</Link>
      </Cell>
      <Cell label={t('noun.project')}>
        <div className={rowClasses.two}>
          <span className={rowClasses.clip} title={service.project_name}>{service.project_name}</span>
          <span className={rowClasses.below}>{service.organisation_name}</span>
        </div>
      </Cell>
      <Cell label={t('noun.path')} className={rowClasses.quiet}>
        {service.path === 'direct' ? t('path.direct') : t('path.through', { site: service.path })}
      </Cell>
      <Cell wide>
        <div className={rowClasses.actions}>
          <OpenButton id={service.id} name={service.name} state={service.state} size="compact-md" variant="light" />
        </div>
      </Cell>
    </Row>
  );
});
