import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAgentAct } from '../agents/AgentDialogs';
import { agentName, waitsIn } from '../agents/words';
import { useCan } from '../api/permissions';
import { agentsQuery } from '../api/queries';
import { Ago } from '../ui/Ago';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { PresenceMark } from '../ui/State';
import { useScope } from '../ui/scope';
import classes from './OverviewPage.module.css';

/** How many are shown here; the list of agents has all. */
const SHOWN = 5;

/** Among how many of the newest those are looked for that are online. */
const CONSIDERED = 100;

/** Agents that nobody has adopted yet: those that are there first, then the latest to come. */
export function WaitingAgents() {
  const { t } = useTranslation();
  const ask = useAgentAct();
  const mayAdopt = useCan()('manage_agents');
  const { organisation, project } = useScope();
  const agents = useQuery(agentsQuery({ management: 'unmanaged', organisation: project ? undefined : organisation, project, limit: CONSIDERED }));
  const items = [...(agents.data?.items ?? [])].sort(
    (a, b) => Number(b.presence === 'online') - Number(a.presence === 'online') || b.created_at.localeCompare(a.created_at),
  );
  const total = agents.data?.total ?? 0;
  // A project has none; they wait in its organisation.
  if (agents.isSuccess && total === 0) return null;
  return (
    <Card
      title={t('overview.waitingTitle')}
      aside={total > SHOWN && <Link to="/agents" search={{ management: 'unmanaged' }} className="ew-link">{t('overview.showAll', { count: total })}</Link>}
    >
      {agents.isPending && <Waiting rows={2} />}
      {agents.isError && <Problem error={agents.error} retry={() => void agents.refetch()} />}
      <ul className={classes.waiting}>
        {items.slice(0, SHOWN).map((agent) => (
          <li key={agent.id}>
            <div className={classes.who}>
              <Link to="/agents/$id" params={{ id: agent.id }}>{agentName(agent)}</Link>
              <span>{[waitsIn(t, agent), agent.description, agent.address].filter(Boolean).join(' · ')}</span>
            </div>
            <div className={classes.since}>
              <PresenceMark presence={agent.presence} />
              <span><Ago at={agent.last_heard_at} /></span>
            </div>
            {mayAdopt && (
              <Button size="compact-md" variant="light" onClick={() => ask('adopt', agent)} aria-label={t('adopt.what', { name: agentName(agent) })}>
                {t('adopt.short')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
