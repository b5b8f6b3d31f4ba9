// What the device is: identity, operating system, agent, and what it offers.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ActionProgress } from '../actions/ActionState';
import { actionText } from '../actions/words';
import agentClasses from '../agents/AgentPage.module.css';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { actionsQuery, registrationsQuery } from '../api/queries';
import { ClashMark, VerificationMark } from '../registrations/marks';
import { OpenButton } from '../services/OpenButton';
import { Ago } from '../ui/Ago';
import { CopyIcon, CopyText } from '../ui/Copy';
import { Card, Facts } from '../ui/Page';
import { PresenceMark } from '../ui/State';
import { DeviceTags } from './DeviceTags';
import type { DeviceProps } from './DevicePage';
import classes from './Devices.module.css';
import { readReported } from './reported';

/** Of the latest actions so many are shown. */
const LATEST = 3;

export function OverviewTab({ agent, twin, operate }: DeviceProps) {
  const { t } = useTranslation();
  const latest = useQuery(actionsQuery({ device: agent.id, limit: LATEST })).data?.items ?? [];
  const audit = useAuditLink({ organisation: agent.membership?.organisation_id, project: agent.membership?.project_id });
  const { brand, model, serial, store, deviceKey, os, agent: program, snaps } = readReported(twin.reported.value);
  const { items: registered = [] } = useQuery(registrationsQuery({ text: agent.id, limit: 1 })).data ?? {};
  const registration = registered.find(({ id }) => id === agent.id);
  const kind = os.classic ? 'classic' : 'core';
  const never = twin.reported.version === 0;
  const identity: [string, React.ReactNode][] = [
    [t('device.serial'), serial ? <CopyText key="s" text={serial} what={t('device.serial')} /> : <Unknown key="s" />],
    [t('device.model'), model || <Unknown key="m" />],
    [t('device.brand'), brand || <Unknown key="b" />],
    [t('device.store'), store || <Unknown key="st" />],
  ];
  if (registration) {
    identity.push([t('registration.verificationOf'), (
      <span key="v" className={classes.bar}>
        <VerificationMark verification={registration.verification} /><ClashMark clash={registration.clash} />
        <Link to="/registrations" hash={agent.id} className="ew-link">{t('registration.one')}</Link>
      </span>
    )]);
  }
  if (deviceKey) identity.push([t('device.key'), <span key="k" className={classes.key}><span className="ew-mono" title={deviceKey}>{deviceKey.slice(0, 24)}…</span><CopyIcon text={deviceKey} what={t('device.key')} /></span>]);
  return (
    <>
      {never && <p className={classes.lookOnly}>{t('device.nothingReported')}</p>}
      {!never && !snaps && <NoSnapd dialect={program.dialect} />}
      {latest.length > 0 && (
        <Card title={t('device.latest')} aside={<Link to="." search={{ tab: 'actions' } as never} className="ew-link">{t('device.allActions')}</Link>}>
          <ul className={classes.rows}>
            {latest.map((action) => (
              <li key={action.id} className={classes.latest}>
                <Link to="." search={{ tab: 'actions' } as never} hash={action.id} className={classes.strong}>{actionText(t, action.action)}</Link>
                <ActionProgress action={action} what={actionText(t, action.action)} />
                <span className="ew-muted"><Ago at={action.created_at} /></span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <div className={classes.columns}>
        <Card title={t('device.identity')} aside={audit && <Link to="/audit" search={{ object: agent.id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
          <Facts items={[...identity, [t('noun.id'), <CopyText key="i" text={agent.id} what={t('noun.id')} />]]} />
        </Card>
        <Card title={t('device.system')}>
          <Facts
            items={[
              [t('device.os'), [os.id, os.version].filter(Boolean).join(' ') || agent.platform],
              [t('device.kernel'), os.kernel || <Unknown key="k" />],
              [t('device.snapd'), os.snapd ? [os.snapd, os.series && t('device.series', { series: os.series })].filter(Boolean).join(' · ') : <Unknown key="s" />],
              ...(os.classic === undefined ? [] : ([[t('device.kindOf'), t(`device.kinds.${kind}`)]] as [string, React.ReactNode][])),
              [t('noun.platform'), agent.platform],
            ]}
          />
        </Card>
        <Card title={t('noun.agent')} aside={<Link to="/agents/$id" params={{ id: agent.id }} className="ew-link">{t('device.toAgent')}</Link>}>
          <Facts
            items={[
              [t('noun.presence'), <PresenceMark key="p" presence={agent.presence} />],
              [t('noun.lastHeard'), <Ago key="h" at={agent.last_heard_at} />],
              [t('noun.version'), program.version || agent.version],
              ...(program.dialect ? ([[t('device.dialect'), program.dialect === 'edgeward' || program.dialect === 'iot' ? t(`device.dialects.${program.dialect}`) : program.dialect]] as [string, React.ReactNode][]) : []),
              [t('noun.address'), agent.address],
              [t('noun.path'), agent.path === 'direct' ? t('path.direct') : t('path.through', { site: agent.path })],
            ]}
          />
        </Card>
        <DeviceTags agent={agent} operate={operate} />
        <Card title={t('agent.offersTitle')}>
          {agent.offers.length === 0 ? <p className={classes.text}>{t('agent.noOffers')}</p> : (
            <ul className={agentClasses.offers}>
              {agent.offers.map(({ name, kind, description, service_id }) => (
                <li key={name}>
                  <div className={agentClasses.offer}>
                    {service_id ? <Link to="/services/$id" params={{ id: service_id }} className="ew-link">{name}</Link> : <strong>{name}</strong>}
                    <span>{[kind, description].filter(Boolean).join(' · ')}</span>
                  </div>
                  {service_id && <OpenButton id={service_id} name={name} size="compact-md" variant="light" away={agent.presence === 'online' ? undefined : 'offline'} />}
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
    </>
  );
}

function Unknown() {
  const { t } = useTranslation();
  return <span className="ew-muted">{t('device.unknown')}</span>;
}

/** What it means that a device reports no snaps. */
export function NoSnapd({ dialect }: { dialect: string }) {
  const { t } = useTranslation();
  return (
    <Card title={t('device.noSnapd')}>
      <p className={classes.text}>{t('device.noSnapdBody')}</p>
      {dialect !== 'iot' && <p className={classes.text}>{t('device.noSnapdNext')} <code className="ew-mono">snap install edgeward-agent</code></p>}
    </Card>
  );
}
