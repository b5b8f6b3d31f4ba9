// One device: what it is, its snaps, what it was asked for, and its twin.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../actions/AskDialog';
import { asAsked } from '../actions/ask';
import { agentName } from '../agents/words';
import { ApiError } from '../api/client';
import { actionsQuery, agentQuery, sessionQuery, twinQuery } from '../api/queries';
import type { Agent, Twin } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Card, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Mark, PresenceMark } from '../ui/State';
import { Tabs } from '../ui/Tabs';
import { ActionsTab } from './ActionsTab';
import classes from './Devices.module.css';
import { OverviewTab } from './OverviewTab';
import { SnapsTab } from './SnapsTab';
import { TwinTab } from './TwinTab';
import { mayOperate } from './may';
import { readReported } from './reported';

const route = getRouteApi('/frame/devices/$id');

export function DevicePage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const agent = useQuery(agentQuery(id));
  const twin = useQuery({ ...twinQuery(id), enabled: agent.isSuccess });

  if (agent.error instanceof ApiError && agent.error.status === 404) return <NotFound />;
  if (!agent.data || !twin.data) {
    const failed = agent.isError ? agent : twin.isError ? twin : undefined;
    return (
      <Page title={agent.data ? agentName(agent.data) : t('device.one')} above={<Link to="/devices">{t('nav.devices')}</Link>}>
        {failed ? <Problem error={failed.error} retry={() => void failed.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} agent={agent.data} twin={twin.data} />;
}

/** What every tab is given. */
export interface DeviceProps {
  agent: Agent;
  twin: Twin;
  /** Whether whoever looks may ask it for actions and say what it is wished to be. */
  operate: boolean;
}

function Shown({ agent, twin }: { agent: Agent; twin: Twin }) {
  const { t } = useTranslation();
  const { tab = 'overview' } = route.useSearch();
  const session = useQuery(sessionQuery).data;
  const operate = mayOperate(session, agent);
  const waiting = useQuery(actionsQuery({ device: agent.id, open: true, limit: 1 })).data?.total;
  const [asking, setAsking] = useState(false);
  const name = agentName(agent);
  const props: DeviceProps = { agent, twin, operate };
  const { snaps } = readReported(twin.reported.value);
  const differs = twin.difference.length;
  return (
    <Page
      title={name}
      above={<Link to="/devices">{t('nav.devices')}</Link>}
      beside={<><PresenceMark presence={agent.presence} />{differs > 0 && <Mark tone="warn">{t('twin.differs')}</Mark>}</>}
      lead={agent.membership ? t('agent.storyManaged', { organisation: agent.membership.organisation_name, project: agent.membership.project_name }) : t('agent.storyUnmanaged')}
      actions={operate && <Button onClick={() => setAsking(true)}>{t('ask.start')}…</Button>}
    >
      {session && agent.membership && !operate && <p className={classes.lookOnly}>{t('device.lookOnly', { project: agent.membership.project_name })}</p>}
      {!agent.membership ? (
        <Card>
          <p className={classes.text}>{t('device.unmanaged')}</p>
          <Button renderRoot={(props) => <Link to="/agents/$id" params={{ id: agent.id }} {...props} />}>{t('device.toAgent')}</Button>
        </Card>
      ) : (
        <>
          <Tabs
            label={t('device.parts')} active={tab}
            tabs={[
              { key: 'overview', label: t('device.tab.overview') },
              { key: 'snaps', label: t('device.tab.snaps') },
              { key: 'actions', label: t('device.tab.actions'), count: waiting },
              { key: 'twin', label: t('device.tab.twin'), count: differs },
            ]}
          />
          {tab === 'overview' && <OverviewTab {...props} />}
          {tab === 'snaps' && <SnapsTab {...props} />}
          {tab === 'actions' && <ActionsTab {...props} onAsk={() => setAsking(true)} />}
          {tab === 'twin' && <TwinTab {...props} />}
        </>
      )}
      <AskDialog devices={[asAsked(agent)]} snaps={snaps} opened={asking} onClose={() => setAsking(false)} />
    </Page>
  );
}
