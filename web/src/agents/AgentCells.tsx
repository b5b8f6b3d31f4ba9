// The columns of the list of agents.

import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconDots } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries';
import type { Agent, Offer } from '../api/types';
import { Ago } from '../ui/Ago';
import type { ListColumn } from '../ui/list';
import { PresenceMark, UnmanagedBadge } from '../ui/State';
import { useAgentAct } from './AgentDialogs';
import classes from './AgentCells.module.css';
import { may } from './may';
import { agentName, waitsIn } from './words';

export function agentColumns(t: TFunction): ListColumn<Agent>[] {
  return [
    { key: 'name', label: t('noun.name'), width: 'minmax(160px, 2.4fr)', sort: 'name', always: true, wide: true, cell: (agent) => <Name agent={agent} /> },
    { key: 'state', label: t('noun.state'), width: '86px', cell: ({ presence }) => <PresenceMark presence={presence} /> },
    {
      key: 'heard', label: t('noun.lastHeard'), width: '112px', sort: 'last_heard', first: 'descending',
      cell: (agent) => <span className={classes.quiet}><Ago at={agent.last_heard_at} /></span>,
    },
    { key: 'project', label: t('noun.project'), width: 'minmax(100px, 1.2fr)', cell: (agent) => <Belongs agent={agent} /> },
    { key: 'offers', label: t('noun.offers'), width: 'minmax(76px, 0.9fr)', cell: ({ offers }) => <Offers offers={offers} /> },
    { key: 'address', label: t('noun.address'), width: 'minmax(120px, 1.1fr)', cell: (agent) => <Address agent={agent} /> },
    { key: 'version', label: t('noun.version'), width: '68px', sort: 'version', cell: ({ version }) => <span className={classes.quiet}>{version}</span> },
    {
      key: 'created', label: t('noun.firstSeen'), width: '112px', sort: 'created', first: 'descending', optional: true,
      cell: ({ created_at }) => <span className={classes.quiet}><Ago at={created_at} /></span>,
    },
    { key: 'platform', label: t('noun.platform'), width: 'minmax(90px, 0.8fr)', optional: true, cell: ({ platform }) => platform },
    {
      key: 'certificate', label: t('noun.certificateEnds'), width: '112px', optional: true,
      cell: ({ certificate_expires_at }) => <span className={classes.quiet}><Ago at={certificate_expires_at} future /></span>,
    },
    { key: 'id', label: t('noun.id'), width: '84px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 8)}</span> },
    { key: 'actions', label: t('noun.actions'), width: '116px', always: true, wide: true, quietLabel: true, cell: (agent) => <Actions agent={agent} /> },
  ];
}

function Name({ agent }: { agent: Agent }) {
  const name = agentName(agent);
  const below = [agent.hostname === name ? '' : agent.hostname, agent.description].filter(Boolean).join(' · ');
  return (
    <>
      <div className={classes.name}>
        <Link to="/agents/$id" params={{ id: agent.id }} className={classes.link}>{name}</Link>
        <UnmanagedBadge management={agent.management} />
      </div>
      {below && <div className={classes.below} title={below}>{below}</div>}
    </>
  );
}

function Belongs({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const [first, second] = agent.membership
    ? [agent.membership.project_name, agent.membership.organisation_name]
    : [t('agent.waiting'), agent.waits_in?.organisation_name ?? t('agent.nowhere')];
  return (
    <div className={classes.two} title={waitsIn(t, agent)}>
      <span className={`${classes.clip} ${agent.membership ? '' : classes.quiet}`} title={first}>{first}</span>
      <span className={classes.below} title={second}>{second}</span>
    </div>
  );
}

function Address({ agent: { address, path } }: { agent: Agent }) {
  const { t } = useTranslation();
  return (
    <div className={classes.two}>
      <span className={classes.clip} title={address}>{address}</span>
      <span className={classes.below}>{path === 'direct' ? t('path.direct') : t('path.through', { site: path })}</span>
    </div>
  );
}

function Actions({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const ask = useAgentAct();
  const session = useQuery(sessionQuery).data;
  const name = agentName(agent);
  const allowed = { transfer: may(session, 'transfer', agent), release: may(session, 'release', agent), delete: may(session, 'delete', agent) };
  return (
    <div className={classes.actions}>
      {may(session, 'adopt', agent) && (
        <Button size="compact-md" variant="light" onClick={() => ask('adopt', agent)} aria-label={t('adopt.what', { name })}>{t('adopt.short')}</Button>
      )}
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" className={classes.more} aria-label={t('agent.more', { name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item renderRoot={(props) => <Link to="/agents/$id" params={{ id: agent.id }} {...props} />}>{t('agent.show')}</Menu.Item>
          {allowed.transfer && <Menu.Item onClick={() => ask('transfer', agent)}>{t('transfer.verb')}…</Menu.Item>}
          {(allowed.release || allowed.delete) && <Menu.Divider />}
          {allowed.release && <Menu.Item color="red" onClick={() => ask('release', agent)}>{t('release.verb')}…</Menu.Item>}
          {allowed.delete && <Menu.Item color="red" onClick={() => ask('delete', agent)}>{t('delete.verb')}…</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** What an agent offers; each links to its edge service once there is one. */
function Offers({ offers }: { offers: Offer[] }) {
  const { t } = useTranslation();
  if (offers.length === 0) return <span className="ew-muted">{t('offer.none')}</span>;
  return (
    <div className={classes.offers}>
      {offers.map(({ name, service_id }) =>
        service_id ? (
          <Link key={name} to="/services/$id" params={{ id: service_id }} className="ew-link">{name}</Link>
        ) : (
          <span key={name}>{name}</span>
        ),
      )}
    </div>
  );
}
