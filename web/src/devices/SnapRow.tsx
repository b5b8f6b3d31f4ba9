// One snap: what it is, its services, and what can be asked of it.

import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { IconDots, IconPlayerPlay, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { servicesData } from '../actions/kinds';
import type { ActionToDo, DeviceAction } from '../api/types';
import { Ago } from '../ui/Ago';
import { Mark, Tag } from '../ui/State';
import classes from './Devices.module.css';
import { Follow } from './Follow';
import type { SnapQuestion } from './SnapsTab';
import type { ReportedService, ReportedSnap } from './reported';
import { sizeText } from './words';

interface SnapRowProps {
  snap: ReportedSnap;
  operate: boolean;
  /** A question is on its way. */
  asking: boolean;
  ask: (action: ActionToDo) => void;
  question: (which: SnapQuestion, snap: ReportedSnap) => void;
  /** Those about this snap. */
  actions: DeviceAction[];
  onPutAway: (id: string) => void;
}

export function SnapRow({ snap, operate, asking, ask, question, actions, onPutAway }: SnapRowProps) {
  const { t, i18n } = useTranslation();
  const { name, version, revision, channel, tracking, status, size, installedAt, services } = snap;
  const enabled = status !== 'installed' && status !== 'disabled';
  return (
    <div role="rowgroup" className={classes.snap}>
      <div role="row" className={classes.snapRow}>
        <div role="cell" className={classes.snapName}>
          <strong data-verbatim>{name}</strong>
          {snap.devmode && <Tag>devmode</Tag>}
          {snap.confinement && snap.confinement !== 'strict' && !snap.devmode && <Tag>{snap.confinement}</Tag>}
        </div>
        <Cell label={t('snap.column.version')}>
          <span data-verbatim>{version || '–'}</span>
          {revision && <span className="ew-muted">{t('snap.revision', { revision })}</span>}
        </Cell>
        <Cell label={t('snap.column.channel')}>
          <span data-verbatim>{tracking || channel || '–'}</span>
          {tracking && channel && channel !== tracking && !tracking.endsWith(`/${channel}`) && <span className="ew-muted">{t('snap.from', { channel })}</span>}
        </Cell>
        <Cell label={t('snap.column.status')}>
          <Mark tone={status === 'active' ? 'online' : 'offline'}>{status === 'active' || status === 'installed' || status === 'disabled' ? t(`snap.status.${status}`) : status || '–'}</Mark>
        </Cell>
        <Cell label={t('snap.column.size')}>
          <span>{size === undefined ? '–' : sizeText(size, i18n.language)}</span>
          {installedAt && <span className="ew-muted"><Ago at={installedAt} /></span>}
        </Cell>
        <div role="cell" className={classes.snapActions}>
          {operate && (
            <>
              <Button size="compact-md" variant="default" disabled={asking} onClick={() => ask({ name: 'refresh', snap: name })} aria-label={t('actions.what.refresh', { snap: name })}>{t('actions.name.refresh')}</Button>
              <Menu position="bottom-end" width={230}>
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('snap.more', { name })}><IconDots size={18} aria-hidden /></ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => question('conf', snap)}>{t('snap.configure')}…</Menu.Item>
                  <Menu.Item onClick={() => question('switch', snap)}>{t('actions.name.switch')}…</Menu.Item>
                  {services.length > 0 && (['start', 'stop', 'restart'] as const).map((verb) => (
                    <Menu.Item key={verb} onClick={() => ask({ name: verb, snap: name })}>{t(`snap.all.${verb}`)}</Menu.Item>
                  ))}
                  {enabled ? <Menu.Item onClick={() => question('disable', snap)}>{t('actions.name.disable')}…</Menu.Item> : <Menu.Item onClick={() => ask({ name: 'enable', snap: name })}>{t('actions.name.enable')}</Menu.Item>}
                  <Menu.Divider />
                  <Menu.Item color="red" onClick={() => question('revert', snap)}>{t('actions.name.revert')}…</Menu.Item>
                  <Menu.Item color="red" onClick={() => question('remove', snap)}>{t('actions.name.remove')}…</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </>
          )}
        </div>
      </div>
      {(services.length > 0 || actions.length > 0) && (
        <div role="row" className={classes.below}>
          <div role="cell" aria-colspan={6}>
            {services.length > 0 && (
              <ul className={classes.services} aria-label={t('snap.services', { name })}>
                {services.map((service) => <Service key={service.name} snap={name} service={service} operate={operate} asking={asking} ask={ask} />)}
              </ul>
            )}
            {actions.length > 0 && <ul className={classes.rows}>{actions.map((action) => <Follow key={action.id} action={action} operate={operate} onPutAway={onPutAway} />)}</ul>}
          </div>
        </div>
      )}
    </div>
  );
}

function Cell({ label, children }: { label: string; children: React.ReactNode }) {
  return <div role="cell" className={classes.snapCell}><span className={classes.cellLabel} aria-hidden>{label}</span>{children}</div>;
}

interface ServiceProps extends Pick<SnapRowProps, 'operate' | 'asking' | 'ask'> {
  snap: string;
  service: ReportedService;
}

function Service({ snap, service: { name, daemon, enabled, active }, operate, asking, ask }: ServiceProps) {
  const { t } = useTranslation();
  const full = `${snap}.${name}`;
  const runs = active ? 'active' : enabled ? 'inactive' : 'disabled';
  const press = (verb: 'start' | 'stop' | 'restart') => ask({ name: verb, snap, data: servicesData([full]) });
  const verbs = active ? ([['restart', IconRefresh], ['stop', IconPlayerStop]] as const) : ([['start', IconPlayerPlay]] as const);
  return (
    <li className={classes.service}>
      <Mark tone={active ? 'online' : enabled ? 'warn' : 'offline'}><span data-verbatim>{name}</span></Mark>
      <span className="ew-muted">{[t(`snap.runs.${runs}`), daemon].filter(Boolean).join(' · ')}</span>
      {operate && (
        <span className={classes.serviceActions}>
          {verbs.map(([verb, Icon]) => {
            const label = t(`snap.service.${verb}`, { name: full });
            return (
              <Tooltip key={verb} label={label}>
                <ActionIcon variant="subtle" color="gray" size="md" disabled={asking} aria-label={label} onClick={() => press(verb)}><Icon size={16} stroke={1.8} aria-hidden /></ActionIcon>
              </Tooltip>
            );
          })}
        </span>
      )}
    </li>
  );
}
