import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../api/client';
import { useCan } from '../api/permissions';
import { agentsQuery, sessionQuery } from '../api/queries';
import type { Agent, AgentFilter, List as Answer } from '../api/types';
import type { AgentsSearch } from '../router';
import { List, asFilter, csv, download, useListSearch, type ListFilter, type ListSelection } from '../ui/list';
import { Page } from '../ui/Page';
import { useScopeFilters } from '../ui/scope';
import { agentColumns } from './AgentCells';
import { useAgentBatch } from './AgentDialogs';
import { ACTS, may } from './may';
import { agentName } from './words';

/** The most that one answer has. */
const MOST = 1000;

const born = ({ created_at }: Agent) => created_at;

export function AgentsPage() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const state = useListSearch<AgentsSearch>();
  const { page: _, size: __, before: ___, ...matching } = state.search;
  const filter: AgentFilter = { sort: 'name', ...asFilter(state.search) };
  const agents = useQuery(agentsQuery(filter));
  const scopeFilters = useScopeFilters();
  const selection = useSelection(() => everything({ sort: 'name', ...matching }));
  const mayJoin = useCan()('manage_join_tokens');
  const columns = useMemo(() => agentColumns(t), [t]);
  const filters: ListFilter[] = [
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
    ...scopeFilters,
  ];
  const join = mayJoin && <Button renderRoot={(props) => <Link to="/join" {...props} />}>{t('nav.join')}</Button>;

  async function exportAll() {
    const all = await queryClient.fetchQuery({ queryKey: ['agents', 'export', matching], queryFn: () => everything({ sort: 'name', ...matching }), staleTime: 0 });
    download('edgeward-agents.csv', csv([
      ['id', 'name', 'host name', 'management', 'presence', 'organisation', 'project', 'offers', 'address', 'path', 'version', 'platform', 'first seen', 'last heard', 'certificate ends'],
      ...all.map((agent) => [
        agent.id, agentName(agent), agent.hostname, agent.management, agent.presence, agent.membership?.organisation_name ?? agent.waits_in?.organisation_name,
        agent.membership?.project_name, agent.offers.map(({ name }) => name).join(' '), agent.address, agent.path, agent.version, agent.platform,
        agent.created_at, agent.last_heard_at, agent.certificate_expires_at,
      ]),
    ]));
  }

  return (
    <Page
      title={t('nav.agents')}
      lead={agents.data && t('agents.count', { count: agents.data.total })}
      actions={
        mayJoin && (
          <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} renderRoot={(props) => <Link to="/join" {...props} />}>
            {t('nav.join')}
          </Button>
        )
      }
    >
      <List
        name="agents" label={t('nav.agents')} state={state} query={agents} columns={columns} usualSort={{ by: 'name', direction: 'ascending' }}
        filters={filters} textLabel={t('agents.search')} selection={selection} born={born}
        exports={[{ label: 'CSV', run: exportAll }]}
        empty={{
          icon: <IconPlugConnected size={24} />, title: t('agents.empty'), body: mayJoin ? t('agents.emptyBody') : t('agents.emptyBodyViewer'), action: join,
        }}
        noMatch={{ title: t('agents.noneFound'), body: t('agents.noneFoundBody') }}
      />
    </Page>
  );
}

/** All that match, over all pages. */
async function everything(filter: AgentFilter): Promise<Agent[]> {
  const all: Agent[] = [];
  for (;;) {
    const { items, total } = await get<Answer<Agent>>('/agents', { ...filter, offset: all.length, limit: MOST });
    all.push(...items);
    if (items.length === 0 || all.length >= total) return all;
  }
}

/** Boxes for whoever may do something with one of them. */
function useSelection(all: () => Promise<Agent[]>): ListSelection<Agent> | undefined {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const mayManage = useCan()('manage_agents');
  const batch = useAgentBatch();
  if (!mayManage) return undefined;
  return {
    can: (agent) => ACTS.some((act) => may(session, act, agent)),
    label: agentName,
    everything: all,
    summary: (chosen) => {
      const offline = chosen.filter(({ presence }) => presence === 'offline').length;
      return offline > 0 && t('agents.offlineOf', { count: offline });
    },
    actions: (chosen, clear) =>
      ACTS.map((act) => {
        const count = chosen.filter((agent) => may(session, act, agent)).length;
        // Only what can be done with at least one of them.
        if (count === 0) return null;
        return (
          <Button
            key={act} size="compact-md" variant={act === 'adopt' ? 'filled' : 'default'}
            onClick={() => batch(act, chosen, clear)}
          >
            {t(`batch.action.${act}`)}…
          </Button>
        );
      }),
  };
}
