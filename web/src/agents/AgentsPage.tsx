import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { IconFilterOff, IconPlugConnected } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { agentsQuery } from '../api/queries';
import type { Agent } from '../api/types';
import type { AgentsSearch } from '../router';
import { Filters, type FilterGroup } from '../ui/Filters';
import { Empty, Page, Waiting, Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Table, type Column } from '../ui/Table';
import { useOrganisationFilters } from '../ui/organisations';
import { AgentRow } from './AgentRow';
import { agentName } from './words';

const route = getRouteApi('/frame/agents');

export function AgentsPage() {
  const { t, i18n } = useTranslation();
  const { sort, ...filter } = route.useSearch();
  const navigate = useNavigate({ from: '/agents' });
  const agents = useQuery(agentsQuery(filter));
  const belonging = useOrganisationFilters(filter.organisation);
  const filtered = Object.values(filter).some(Boolean);
  const change = (by: Partial<AgentsSearch>) => void navigate({ search: (before) => ({ ...before, ...by }), replace: true });

  const groups: FilterGroup[] = [
    {
      key: 'management',
      label: t('noun.management'),
      options: (['managed', 'unmanaged'] as const).map((value) => ({ value, label: t(`management.${value}`) })),
    },
    {
      key: 'presence',
      label: t('noun.presence'),
      options: (['online', 'offline'] as const).map((value) => ({ value, label: t(`presence.${value}`) })),
    },
    ...belonging,
  ];
  const by = (value: AgentsSearch['sort']) => ({ active: sort === value, choose: () => change({ sort: value }) });
  const columns: Column[] = [
    { key: 'name', label: t('noun.name'), width: 'minmax(170px, 2.7fr)', sort: by(undefined) },
    { key: 'state', label: t('noun.state'), width: '86px', sort: by('state') },
    { key: 'heard', label: t('noun.lastHeard'), width: '112px', sort: by('heard') },
    { key: 'project', label: t('noun.project'), width: 'minmax(90px, 1.1fr)' },
    { key: 'offers', label: t('noun.offers'), width: 'minmax(80px, 1fr)' },
    { key: 'address', label: t('noun.address'), width: 'minmax(96px, 1.1fr)' },
    { key: 'version', label: t('noun.version'), width: '62px' },
    { key: 'actions', label: t('noun.actions'), width: '116px', hideLabel: true },
  ];

  return (
    <Page
      title={t('nav.agents')}
      lead={agents.data && t('agents.count', { count: agents.data.total })}
      actions={
        <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} renderRoot={(props) => <Link to="/join" {...props} />}>
          {t('nav.join')}
        </Button>
      }
    >
      <Filters text={filter.text} textLabel={t('agents.search')} groups={groups} chosen={{ ...filter }} onChange={change} />
      {agents.isPending && <Waiting rows={6} />}
      {agents.isError && <Problem error={agents.error} retry={() => void agents.refetch()} />}
      {agents.data && agents.data.items.length > 0 && (
        <Table
          label={t('nav.agents')}
          columns={columns}
          items={sorted(agents.data.items, sort, i18n.language)}
          total={agents.data.total}
          question={agents.isPlaceholderData ? 'before' : JSON.stringify(filter)}
          faded={agents.isPlaceholderData}
          row={(agent) => <AgentRow key={agent.id} agent={agent} />}
        />
      )}
      {agents.data?.items.length === 0 && (
        <Card>
          {filtered ? (
            <Empty
              icon={<IconFilterOff size={24} />}
              title={t('agents.noneFound')}
              action={<Button variant="default" onClick={() => void navigate({ search: {} })}>{t('filter.clear')}</Button>}
            >
              {t('agents.noneFoundBody')}
            </Empty>
          ) : (
            <Empty
              icon={<IconPlugConnected size={24} />}
              title={t('agents.empty')}
              action={<Button renderRoot={(props) => <Link to="/join" {...props} />}>{t('nav.join')}</Button>}
            >
              {t('agents.emptyBody')}
            </Empty>
          )}
        </Card>
      )}
    </Page>
  );
}

/** Online ones count as heard now, so that rows do not change places with every heartbeat. */
function sorted(agents: Agent[], sort: AgentsSearch['sort'], language: string): Agent[] {
  const names = new Intl.Collator(language, { numeric: true });
  const byName = (a: Agent, b: Agent) => names.compare(agentName(a), agentName(b)) || a.id.localeCompare(b.id);
  const away = (agent: Agent) => (agent.presence === 'online' ? 0 : 1);
  const heard = (agent: Agent) => (agent.presence === 'online' ? Infinity : Date.parse(agent.last_heard_at ?? '') || 0);
  switch (sort) {
    case 'state':
      return [...agents].sort((a, b) => away(a) - away(b) || byName(a, b));
    case 'heard':
      return [...agents].sort((a, b) => (heard(a) === heard(b) ? byName(a, b) : heard(b) - heard(a)));
    default:
      return [...agents].sort(byName);
  }
}
