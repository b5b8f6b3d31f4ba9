import { ActionIcon, Button, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconDots } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Agent, Offer } from '../api/types';
import { Ago } from '../ui/Ago';
import { PresenceMark, UnmanagedBadge } from '../ui/State';
import { Cell, Row } from '../ui/Table';
import { useAgentAct } from './AgentDialogs';
import classes from './AgentRow.module.css';
import { agentName } from './words';

export const AgentRow = memo(function AgentRow({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const ask = useAgentAct();
  const name = agentName(agent);
  const managed = agent.management === 'managed';
  const below = [agent.hostname === name ? '' : agent.hostname, agent.description].filter(Boolean).join(' · ');

  return (
    <Row>
      <Cell wide>
        <div className={classes.name}>
          <Link to="/agents/$id" params={{ id: agent.id }} className={classes.link}>{name}</Link>
          <UnmanagedBadge management={agent.management} />
        </div>
        {below && <div className={classes.below} title={below}>{below}</div>}
      </Cell>
      <Cell><PresenceMark presence={agent.presence} /></Cell>
      <Cell label={t('noun.lastHeard')} className={classes.quiet}><Ago at={agent.last_heard_at} /></Cell>
      <Cell label={t('noun.project')}>
        {agent.membership ? (
          <div className={classes.two}>
            <span className={classes.clip} title={agent.membership.project_name}>{agent.membership.project_name}</span>
            <span className={classes.below}>{agent.membership.organisation_name}</span>
          </div>
        ) : (
          <span className="ew-muted">–</span>
        )}
      </Cell>
      <Cell label={t('noun.offers')}><Offers offers={agent.offers} /></Cell>
      <Cell label={t('noun.address')} className={classes.two}>
        <span className={classes.clip} title={agent.address}>{agent.address}</span>
        <span className={classes.below}>{agent.path === 'direct' ? t('path.direct') : t('path.through', { site: agent.path })}</span>
      </Cell>
      <Cell label={t('noun.version')} className={classes.quiet}>{agent.version}</Cell>
      <Cell wide>
        <div className={classes.actions}>
          {!managed && (
            <Button size="compact-md" variant="light" className={classes.adopt} onClick={() => ask('adopt', agent)} aria-label={t('adopt.what', { name })}>
              {t('adopt.short')}
            </Button>
          )}
          <Menu position="bottom-end" width={190}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" className={classes.more} aria-label={t('agent.more', { name })}>
                <IconDots size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item renderRoot={(props) => <Link to="/agents/$id" params={{ id: agent.id }} {...props} />}>
                {t('agent.show')}
              </Menu.Item>
              <Menu.Divider />
              {managed ? (
                <Menu.Item color="red" onClick={() => ask('release', agent)}>{t('release.verb')}…</Menu.Item>
              ) : (
                <Menu.Item color="red" onClick={() => ask('delete', agent)}>{t('delete.verb')}…</Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </div>
      </Cell>
    </Row>
  );
});

/** What an agent offers; each links to its edge service once there is one. */
export function Offers({ offers }: { offers: Offer[] }) {
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
