import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlugConnected } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import type { Overview } from '../api/types';
import { Ago } from '../ui/Ago';
import { CopyIcon } from '../ui/Copy';
import { Card, Empty, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Mark } from '../ui/State';
import { useScope } from '../ui/scope';
import classes from './OverviewPage.module.css';
import { Authority } from './Authority';
import { GuideOffer } from './GuideOffer';
import { overviewOf } from './query';
import { WaitingAgents } from './WaitingAgents';

export function OverviewPage() {
  const { t } = useTranslation();
  const overview = useQuery(overviewOf(useScope()));
  const mayJoin = useCan()('manage_join_tokens');
  return (
    <Page
      title={t('nav.overview')}
      actions={
        mayJoin && (
          <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} renderRoot={(props) => <Link to="/join" {...props} />}>
            {t('nav.join')}
          </Button>
        )
      }
    >
      <GuideOffer />
      {overview.isError && <Problem error={overview.error} retry={() => void overview.refetch()} />}
      {overview.isPending && <Waiting rows={3} height={110} />}
      {overview.data && <Shown overview={overview.data} />}
    </Page>
  );
}

function Shown({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { agents, services } = overview;
  const mayJoin = useCan()('manage_join_tokens');
  const managed = agents.managed_online + agents.managed_offline;
  const unmanaged = agents.unmanaged_online + agents.unmanaged_offline;
  return (
    <>
      <div className={classes.tiles}>
        <Tile label={t('overview.managedAgents')} online={agents.managed_online} offline={agents.managed_offline} to="/agents" search={{ management: 'managed' }} />
        <Tile label={t('nav.services')} online={services.online} offline={services.offline} to="/services" />
        <Tile label={t('overview.waitingAgents')} online={agents.unmanaged_online} offline={agents.unmanaged_offline} to="/agents" search={{ management: 'unmanaged' }} />
      </div>
      {managed + unmanaged === 0 && (
        <Card>
          <Empty
            icon={<IconPlugConnected size={24} />}
            title={t('agents.empty')}
            action={mayJoin && <Button renderRoot={(props) => <Link to="/join" {...props} />}>{t('nav.join')}</Button>}
          >
            {mayJoin ? t('agents.emptyBody') : t('agents.emptyBodyViewer')}
          </Empty>
        </Card>
      )}
      {unmanaged > 0 && <WaitingAgents />}
      <div className={classes.columns}>
        <AgentService overview={overview} />
        <Authority fingerprint={overview.ca_fingerprint} />
      </div>
      <p className={classes.version}>{t('overview.version', { version: overview.version, database: DATABASE[overview.database] ?? overview.database })}</p>
    </>
  );
}

const DATABASE: Record<string, string> = { sqlite: 'SQLite', postgresql: 'PostgreSQL' };

interface TileProps {
  label: string;
  online: number;
  offline: number;
  to: '/agents' | '/services';
  search?: { management: 'managed' | 'unmanaged' };
}

function Tile({ label, online, offline, to, search }: TileProps) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const total = online + offline;
  return (
    <Link to={to} search={search ?? {}} className={classes.tile}>
      <span className={classes.tileLabel}>{label}</span>
      <span className={classes.number}>{number.format(total)}</span>
      <span className={classes.split}>
        {total === 0 ? (
          <span className="ew-muted">{t('overview.none')}</span>
        ) : (
          <>
            <Mark tone="online">{t('overview.online', { count: online, number: number.format(online) })}</Mark>
            {offline > 0 && <Mark tone="offline">{t('overview.offline', { count: offline, number: number.format(offline) })}</Mark>}
          </>
        )}
      </span>
    </Link>
  );
}

function AgentService({ overview: { agent_service: service } }: { overview: Overview }) {
  const { t } = useTranslation();
  const kind = service.kind === 'embedded' || service.kind === 'external' ? t(`broker.${service.kind}`) : service.kind;
  return (
    <Card
      title={t('broker.title')}
      aside={<Mark tone={service.connected ? 'online' : 'failed'}>{service.connected ? t('broker.connected') : t('broker.disconnected')}</Mark>}
    >
      <Facts
        items={[
          [t('noun.kind'), kind],
          [t('noun.address'), <span key="a" className={classes.inline}><span className="ew-mono">{service.address}</span><CopyIcon text={service.address} what={t('noun.address')} /></span>],
          [service.connected ? t('broker.since') : t('broker.notSince'), <Ago key="s" at={service.since} />],
          [t('broker.lastError'), service.last_error ?? <span key="e" className="ew-muted">{t('broker.noError')}</span>],
        ]}
      />
    </Card>
  );
}
