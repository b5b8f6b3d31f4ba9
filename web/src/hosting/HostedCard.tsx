// A hosted service: how far its agent is with it, from what and how it is made, and what can be done with it.

import { Button, Menu } from '@mantine/core';
import { IconAlertTriangle, IconArrowBackUp, IconChevronDown, IconCircleX, IconClock, IconLoader } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { hostedQuery } from '../api/queries';
import type { Hosted, HostedState, Operation, Service } from '../api/types';
import checkClasses from '../services/CheckCard.module.css';
import pageClasses from '../services/ServicePage.module.css';
import { usualPort } from '../services/kinds';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './Hosting.module.css';
import { OperateDialog } from './OperateDialog';
import { commandLine, isSecretName } from './fields';

/** In thousandths. */
const CORE = 1000;

/** States that need an explanation, and how it is to be taken. */
const TOLD = {
  waiting: { Icon: IconClock, weight: undefined },
  under_way: { Icon: IconLoader, weight: undefined },
  down: { Icon: IconCircleX, weight: 'bad' },
  failed: { Icon: IconCircleX, weight: 'bad' },
  returned: { Icon: IconArrowBackUp, weight: 'warning' },
} as const;

const isTold = (state: HostedState): state is keyof typeof TOLD => Object.hasOwn(TOLD, state);

export function HostedCard({ service }: { service: Service }) {
  const { t } = useTranslation();
  const query = useQuery(hostedQuery(service.id));
  const may = useCan()('manage_services', { project: service.project_id, organisation: service.organisation_id });
  return (
    <Card title={t('hostedCard.title')} aside={may && query.data && <Buttons service={service} running={query.data.running} />}>
      {query.isPending && <Waiting rows={2} height={60} />}
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.data && <Shown service={service} hosted={query.data} />}
    </Card>
  );
}

function Buttons({ service, running }: { service: Service; running: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [operation, ask] = useState<Operation>('start');
  const [opened, open] = useState(false);
  const begin = (next: Operation) => {
    ask(next);
    open(true);
  };
  const button = (each: Operation, dots = '') => <Button variant="default" size="compact-sm" onClick={() => begin(each)}>{t(`operate.verb.${each}`)}{dots}</Button>;
  return (
    <div className={pageClasses.buttons}>
      {running ? button('stop') : button('start')}
      {running && button('restart')}
      {button('upgrade', '…')}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <Button variant="default" size="compact-sm" aria-label={t('agent.more', { name: service.name })} rightSection={<IconChevronDown size={14} aria-hidden />}>{t('hostedCard.more')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => begin('release')}>{t('operate.verb.release')}…</Menu.Item>
          <Menu.Item className={classes.danger} onClick={() => begin('delete')}>{t('operate.verb.destroy')}…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <OperateDialog
        operation={operation} services={[service]} mayManage={() => true} opened={opened}
        onClose={(answers) => {
          open(false);
          if (answers?.some(({ done }) => done) && (operation === 'delete' || operation === 'release')) void navigate({ to: '/services' });
        }}
      />
    </div>
  );
}

function Shown({ service, hosted: { spec, key_folder, running, progress } }: { service: Service; hosted: Hosted }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const { state, present, message, since } = progress;
  const wanted = spec.image ?? spec.channel ?? '';
  const items: [string, React.ReactNode][] = [[t('noun.state'), t(`hosted.state.${state}`)], [t('hostedCard.since'), <Ago key="a" at={since} />]];
  if (spec.image) items.push([t('host.image'), <CopyText key="i" text={spec.image} what={t('host.image')} />]);
  if (spec.snap) items.push([t('host.snap'), spec.snap], [t('host.channel'), spec.channel ?? t('hostedCard.usualChannel')]);
  if (present && present !== wanted) items.push([t('hostedCard.present'), <span key="p" className="ew-mono">{present}</span>]);
  items.push([t('hostedCard.shall'), running ? t('hostedCard.run') : t('hostedCard.rest')], [t('host.port'), spec.port ?? usualPort(service.kind) ?? '–']);
  if (spec.ports?.length) items.push([t('host.ports'), <Values key="o" values={spec.ports.map(({ container, host, udp }) => t('hostedCard.portOpen', { container, host, protocol: udp ? 'UDP' : 'TCP' }))} />]);
  if (spec.volumes?.length) items.push([t('host.volumes'), <Values key="v" mono values={spec.volumes.map(({ name, path }) => `${name}: ${path}`)} />]);
  const variables = Object.entries(spec.environment ?? {});
  if (variables.length > 0) items.push([t('host.variables'), <Values key="e" mono values={variables.map(([name, value]) => `${name}=${isSecretName(name) ? '***' : value}`)} />]);
  if (spec.command?.length) items.push([t('host.command'), <span key="c" className="ew-mono" data-verbatim>{commandLine(spec.command)}</span>]);
  if (spec.memory_mib) items.push([t('hostedCard.memory'), t('hostedCard.mib', { size: number.format(spec.memory_mib) })]);
  if (spec.cpu_millis) items.push([t('hostedCard.cpus'), t('hostedCard.cores', { count: spec.cpu_millis / CORE })]);
  if (spec.registry_user) items.push([t('host.registry'), t('hostedCard.registryUser', { user: spec.registry_user })]);
  if (key_folder) items.push([t('host.keyFolder'), <span key="k" className="ew-mono">{key_folder}</span>]);
  const told = isTold(state) ? TOLD[state] : undefined;
  const Icon = told?.Icon ?? IconAlertTriangle;
  return (
    <>
      {isTold(state) && (
        <div className={classes.story} role="status">
          <Icon size={20} className={checkClasses.icon} data-weight={told?.weight} aria-hidden />
          <div className={checkClasses.words}>
            <strong>{t(`hostedCard.told.${toldOf(progress, wanted)}`, { agent: service.agent_name, wanted, present: present ?? '–' })}</strong>
            {message && <span data-verbatim>{message}</span>}
            {state !== 'under_way' && <span className="ew-muted">{t(`hostedCard.next.${state}`)}</span>}
          </div>
        </div>
      )}
      <Facts items={items} />
    </>
  );
}

/** What is said of a state, by what is there and what was wished. */
function toldOf({ state, present }: Hosted['progress'], wanted: string) {
  if (state === 'returned') return present && present !== wanted ? 'returnedTo' : 'returned';
  return state === 'failed' && present ? 'failedThere' : (state as keyof typeof TOLD);
}

function Values({ values, mono = false }: { values: string[]; mono?: boolean }) {
  return (
    <ul className={classes.values} data-verbatim>
      {values.map((value) => <li key={value} className={mono ? 'ew-mono' : undefined}>{value}</li>)}
    </ul>
  );
}
