// Managed devices: what is there, what is not as it is wished, and asking many of them at once.

import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconDevices, IconPlugConnected, IconRocket } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../actions/AskDialog';
import { asAsked } from '../actions/ask';
import { agentName } from '../agents/words';
import { get } from '../api/client';
import { can, useCan } from '../api/permissions';
import { agentsQuery, differingQuery, sessionQuery } from '../api/queries';
import type { Agent, AgentFilter, Differing, List as Answer, Session } from '../api/types';
import type { DevicesSearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, csv, download, linkClass, useListSearch, type ListColumn, type ListFilter, type ListSelection } from '../ui/list';
import { Page } from '../ui/Page';
import { useScope, useScopeFilters } from '../ui/scope';
import { Mark, PresenceMark } from '../ui/State';
import classes from './Devices.module.css';
import { mayOperate } from './may';

/** The most that one answer has. */
const MOST = 1000;

const born = ({ created_at }: Agent) => created_at;

/** What the list asks for whatever the address says. */
const MANAGED = { management: 'managed', sort: 'name' } as const;

export function DevicesPage() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const state = useListSearch<DevicesSearch>();
  const { page: _, size: __, before: ___, ...matching } = state.search;
  const devices = useQuery(agentsQuery({ ...MANAGED, ...asFilter(state.search) }));
  const { organisation, project } = useScope();
  const differing = useQuery(differingQuery({ organisation, project })).data;
  const scopeFilters = useScopeFilters();
  const may = useCan();
  const [chosen, setChosen] = useState<{ agents: Agent[]; clear: () => void }>();
  const [asking, setAsking] = useState(false);
  const everything = () => all({ ...MANAGED, ...matching });
  const selection = useSelection(everything, (agents, clear) => {
    setChosen({ agents, clear });
    setAsking(true);
  });
  const columns = useMemo(() => deviceColumns(t, differing), [t, differing]);
  const filters: ListFilter[] = [
    { key: 'presence', label: t('noun.presence'), options: (['online', 'offline'] as const).map((value) => ({ value, label: t(`presence.${value}`) })) },
    ...scopeFilters,
  ];
  const session = useQuery(sessionQuery).data;
  const askable = chosen?.agents.filter((agent) => mayOperate(session, agent)) ?? [];

  async function exportAll() {
    const found = await queryClient.fetchQuery({ queryKey: ['agents', 'export', 'devices', matching], queryFn: everything, staleTime: 0 });
    const differ = new Map((differing?.items ?? []).map((each) => [each.device_id, each.since]));
    download('edgeward-devices.csv', csv([
      ['id', 'name', 'host name', 'presence', 'organisation', 'project', 'platform', 'version', 'last heard', 'differs since'],
      ...found.map((agent) => [
        agent.id, agentName(agent), agent.hostname, agent.presence, agent.membership?.organisation_name, agent.membership?.project_name,
        agent.platform, agent.version, agent.last_heard_at, differ.get(agent.id),
      ]),
    ]));
  }

  return (
    <Page
      title={t('nav.devices')} lead={devices.data && t('devices.count', { count: devices.data.total })}
      actions={may('operate_devices') && !!devices.data?.total && <Button variant="default" leftSection={<IconRocket size={16} aria-hidden />} renderRoot={(props) => <Link to="/rollouts/new" search={{ organisation, project }} {...props} />}>{t('devices.rollOut')}…</Button>}
    >
      <List
        name="devices" label={t('nav.devices')} state={state} query={devices} columns={columns} usualSort={{ by: 'name', direction: 'ascending' }}
        filters={filters} textLabel={t('devices.search')} selection={selection} born={born} exports={[{ label: 'CSV', run: exportAll }]}
        empty={{
          icon: <IconDevices size={24} />, title: t('devices.empty'), body: may('manage_agents') ? t('devices.emptyBody') : t('devices.emptyBodyViewer'),
          action: (
            <div className={classes.steps}>
              {may('manage_agents') && <Button renderRoot={(props) => <Link to="/agents" search={{ management: 'unmanaged' }} {...props} />}>{t('devices.adopt')}</Button>}
              {may('manage_join_tokens') && (
                <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} renderRoot={(props) => <Link to="/join" {...props} />}>{t('nav.join')}</Button>
              )}
            </div>
          ),
        }}
        noMatch={{ title: t('devices.noneFound'), body: t('devices.noneFoundBody') }}
      />
      <AskDialog
        devices={askable.map(asAsked)} left={(chosen?.agents.length ?? 0) - askable.length} opened={asking}
        onClose={(asked) => {
          setAsking(false);
          if (asked) chosen?.clear();
        }}
      />
    </Page>
  );
}

/** Boxes for whoever may ask one of them. */
function useSelection(everything: () => Promise<Agent[]>, ask: (agents: Agent[], clear: () => void) => void): ListSelection<Agent> | undefined {
  const { t } = useTranslation();
  const session: Session | null | undefined = useQuery(sessionQuery).data;
  if (!can(session, 'operate_devices')) return undefined;
  return {
    can: (agent) => mayOperate(session, agent),
    label: agentName,
    everything,
    summary: (chosen) => {
      const offline = chosen.filter(({ presence }) => presence === 'offline').length;
      return offline > 0 && t('devices.offlineOf', { count: offline });
    },
    actions: (chosen, clear) => <Button size="compact-md" onClick={() => ask(chosen, clear)}>{t('ask.start')}…</Button>,
  };
}

function deviceColumns(t: TFunction, answer: Answer<Differing> | undefined): ListColumn<Agent>[] {
  const differing = new Map((answer?.items ?? []).map((each) => [each.device_id, each]));
  // Of very many only those that differ the longest are named.
  const all = !!answer && answer.items.length === answer.total;
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(170px, 2fr)', sort: 'name', always: true, wide: true,
      cell: (agent) => {
        const name = agentName(agent);
        return (
          <NameCell below={[agent.hostname === name ? '' : agent.hostname, agent.description].filter(Boolean).join(' · ')}>
            <Link to="/devices/$id" params={{ id: agent.id }} className={linkClass}>{name}</Link>
          </NameCell>
        );
      },
    },
    { key: 'state', label: t('noun.presence'), width: '92px', cell: ({ presence }) => <PresenceMark presence={presence} /> },
    {
      key: 'twin', label: t('twin.one'), width: 'minmax(120px, 1fr)',
      cell: ({ id }) => {
        const found = differing.get(id);
        if (!found) return <span className="ew-muted">{all ? t('twin.fits') : '–'}</span>;
        return (
          <Link to="/devices/$id" params={{ id }} search={{ tab: 'twin' }} className={classes.differs}>
            <Mark tone="warn">{t('twin.differs')}</Mark> <Quiet><Ago at={found.since} /></Quiet>
          </Link>
        );
      },
    },
    {
      key: 'project', label: t('noun.project'), width: 'minmax(110px, 1.1fr)',
      cell: ({ membership }) => <div className={classes.two}><span>{membership?.project_name}</span><Quiet>{membership?.organisation_name}</Quiet></div>,
    },
    { key: 'platform', label: t('noun.platform'), width: 'minmax(90px, 0.8fr)', cell: ({ platform }) => platform },
    { key: 'version', label: t('noun.version'), width: '80px', sort: 'version', cell: ({ version }) => <Quiet>{version}</Quiet> },
    { key: 'heard', label: t('noun.lastHeard'), width: '116px', sort: 'last_heard', first: 'descending', cell: ({ last_heard_at }) => <Quiet><Ago at={last_heard_at} /></Quiet> },
    { key: 'address', label: t('noun.address'), width: 'minmax(100px, 0.9fr)', optional: true, cell: ({ address }) => address },
    { key: 'created', label: t('noun.firstSeen'), width: '116px', sort: 'created', first: 'descending', optional: true, cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    { key: 'id', label: t('noun.id'), width: '84px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 8)}</span> },
  ];
}

/** All that match, over all pages. */
async function all(filter: AgentFilter): Promise<Agent[]> {
  const found: Agent[] = [];
  for (;;) {
    const { items, total } = await get<Answer<Agent>>('/agents', { ...filter, offset: found.length, limit: MOST });
    found.push(...items);
    if (items.length === 0 || found.length >= total) return found;
  }
}
