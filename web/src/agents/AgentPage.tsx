import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { ApiError } from '../api/client';
import { agentQuery, sessionQuery } from '../api/queries';
import type { Agent } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { OpenButton } from '../services/OpenButton';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { PresenceMark, UnmanagedBadge } from '../ui/State';
import { useAgentAct } from './AgentDialogs';
import classes from './AgentPage.module.css';
import { ACTS, may, type AgentAct } from './may';
import { agentName, waitsIn } from './words';

const route = getRouteApi('/frame/agents/$id');

export function AgentPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const agent = useQuery(agentQuery(id));

  if (agent.error instanceof ApiError && agent.error.status === 404) return <NotFound />;
  if (!agent.data) {
    return (
      <Page title={t('noun.agent')}>
        {agent.isError ? <Problem error={agent.error} retry={() => void agent.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown agent={agent.data} />;
}

function Shown({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const ask = useAgentAct();
  const session = useQuery(sessionQuery).data;
  const { membership } = agent;
  const managed = agent.management === 'managed';
  const allowed = (act: AgentAct) => may(session, act, agent);
  const mayAnything = ACTS.some(allowed);
  const audit = useAuditLink(membership ? { organisation: membership.organisation_id, project: membership.project_id } : { organisation: agent.waits_in?.organisation_id });
  return (
    <Page
      title={agentName(agent)}
      above={<Link to="/agents">{t('nav.agents')}</Link>}
      beside={<><PresenceMark presence={agent.presence} /><UnmanagedBadge management={agent.management} /></>}
      lead={<Story agent={agent} />}
      actions={
        <>
          {managed && <Button variant="default" renderRoot={(props) => <Link to="/devices/$id" params={{ id: agent.id }} {...props} />}>{t('device.page')}</Button>}
          {allowed('transfer') && <Button variant="default" onClick={() => ask('transfer', agent)}>{t('transfer.verb')}…</Button>}
          {allowed('release') && <Button variant="default" onClick={() => ask('release', agent)}>{t('release.verb')}…</Button>}
          {allowed('delete') && <Button variant="default" onClick={() => ask('delete', agent)}>{t('delete.verb')}…</Button>}
          {allowed('adopt') && <Button onClick={() => ask('adopt', agent)}>{t('adopt.verb')}</Button>}
        </>
      }
    >
      {session && !mayAnything && <p className={classes.lookOnly}>{membership ? t('agent.lookOnly', { project: membership.project_name }) : t('agent.lookOnlyWaiting')}</p>}
      {agent.presence === 'offline' && (
        <Card title={t('agent.offlineTitle')}>
          <ol className={classes.steps}>
            <li>{t('agent.offlinePower')}</li>
            <li>{t('agent.offlineCheck')} <code className="ew-mono">edgeward-agent check</code></li>
            <li>{t('agent.offlineStatus')} <code className="ew-mono">edgeward-agent status</code></li>
          </ol>
        </Card>
      )}
      <Card title={t('agent.offersTitle')}>
        {agent.offers.length === 0 ? (
          <p className={classes.none}>{t('agent.noOffers')}</p>
        ) : (
          <ul className={classes.offers}>
            {agent.offers.map((offer) => (
              <li key={offer.name}>
                <div className={classes.offer}>
                  {offer.service_id ? (
                    <Link to="/services/$id" params={{ id: offer.service_id }} className="ew-link">{offer.name}</Link>
                  ) : (
                    <strong>{offer.name}</strong>
                  )}
                  <span>{[offer.kind, offer.description].filter(Boolean).join(' · ')}</span>
                </div>
                {offer.service_id && (
                  <OpenButton
                    id={offer.service_id} name={offer.name} size="compact-md" variant="light"
                    away={agent.presence === 'online' ? undefined : 'offline'}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        {!managed && agent.offers.length > 0 && <p className={classes.none}>{t('agent.adoptFirst')}</p>}
      </Card>
      <Card title={t('agent.facts')} aside={audit && <Link to="/audit" search={{ object: agent.id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
        <Facts
          items={[
            [t('noun.hostname'), agent.hostname],
            [t('noun.description'), agent.description || '–'],
            ...(membership
              ? ([
                  [t('noun.organisation'), <Link key="o" className="ew-link" to="/agents" search={{ organisation: membership.organisation_id }}>{membership.organisation_name}</Link>],
                  [t('noun.project'), <Link key="p" className="ew-link" to="/agents" search={{ organisation: membership.organisation_id, project: membership.project_id }}>{membership.project_name}</Link>],
                ] as [string, React.ReactNode][])
              : ([[t('agent.waits'), waitsIn(t, agent)]] as [string, React.ReactNode][])),
            [t('noun.address'), agent.address],
            [t('noun.path'), agent.path === 'direct' ? t('path.direct') : t('path.through', { site: agent.path })],
            [t('noun.version'), agent.version],
            [t('noun.platform'), agent.platform],
            [t('noun.lastHeard'), <Ago key="h" at={agent.last_heard_at} />],
            [t('noun.firstSeen'), <Ago key="c" at={agent.created_at} />],
            [t('noun.certificateEnds'), <Ago key="e" at={agent.certificate_expires_at} future />],
            [t('noun.id'), <CopyText key="i" text={agent.id} what={t('noun.id')} />],
          ]}
        />
      </Card>
    </Page>
  );
}

/** The state in a sentence. */
function Story({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const { membership } = agent;
  if (!membership) return <>{t('agent.storyUnmanaged')}</>;
  const belongs = t('agent.storyManaged', { organisation: membership.organisation_name, project: membership.project_name });
  return <>{membership.confirmed ? belongs : `${belongs} ${t('agent.storyUnconfirmed')}`}</>;
}
