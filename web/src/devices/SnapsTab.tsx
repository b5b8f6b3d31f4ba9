// The device's snaps with their services: what runs, and all that can be asked of it, with its progress in place.

import { Button, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { IconPackage, IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../actions/AskDialog';
import { asAsked, useAskOne } from '../actions/ask';
import type { AskFields } from '../actions/kinds';
import type { ActionToDo } from '../api/types';
import { useListSearch } from '../ui/list';
import { Ago } from '../ui/Ago';
import { Card, Empty } from '../ui/Page';
import type { DeviceSearch } from '../router';
import type { DeviceProps } from './DevicePage';
import classes from './Devices.module.css';
import { NoSnapd } from './OverviewTab';
import { SnapConfig } from './SnapConfig';
import { SnapRow } from './SnapRow';
import { Follow } from './Follow';
import { useFollowed } from './followed';
import { readReported, type ReportedSnap } from './reported';

/** From so many on they can be searched. */
const SEARCHED_FROM = 8;

/** What is asked about before it is done. */
export type SnapQuestion = 'switch' | 'revert' | 'remove' | 'disable' | 'conf';

interface Asking {
  title?: string;
  preset: Partial<AskFields>;
  initial?: Partial<AskFields>;
}

export function SnapsTab({ agent, twin, operate }: DeviceProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { text = '' } = useListSearch<DeviceSearch>().search;
  const device = asAsked(agent);
  const followed = useFollowed(agent.id);
  const askOne = useAskOne(device);
  const [asking, setAsking] = useState<Asking>();
  const [askOpen, setAskOpen] = useState(false);
  const [configured, setConfigured] = useState<ReportedSnap>();
  const [configOpen, setConfigOpen] = useState(false);
  const { snaps, snapsLeftOut, agent: program } = readReported(twin.reported.value);

  function open(next: Asking) {
    setAsking(next);
    setAskOpen(true);
  }
  function ask(action: ActionToDo) {
    askOne.mutate(action, { onSuccess: ({ actions }) => followed.follow(actions.map(({ id }) => id)) });
  }
  function question(which: SnapQuestion, snap: ReportedSnap) {
    if (which !== 'conf') return open({ preset: { name: which, snap: snap.name }, initial: which === 'switch' ? { channel: snap.tracking || snap.channel } : undefined });
    setConfigured(snap);
    setConfigOpen(true);
  }

  const names = new Set(snaps?.map(({ name }) => name));
  // What is about no snap that is here, such as one that is being installed.
  const others = followed.shown.filter(({ action }) => action.snap && !names.has(action.snap));
  const found = snaps?.filter(({ name }) => name.includes(text.trim().toLowerCase()));
  const install = operate && (
    <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => open({ title: t('snap.installOn', { name: device.name }), preset: { name: 'install' } })}>{t('snap.install')}…</Button>
  );

  return (
    <>
      {others.length > 0 && (
        <Card><ul className={classes.rows}>{others.map((action) => <Follow key={action.id} action={action} operate={operate} onPutAway={followed.putAway} />)}</ul></Card>
      )}
      {!snaps && twin.reported.version === 0 && <Card><Empty icon={<IconPackage size={24} />} title={t('snap.notYet')}>{t('snap.notYetBody')}</Empty></Card>}
      {!snaps && twin.reported.version > 0 && <NoSnapd dialect={program.dialect} />}
      {snaps && found && (
        <>
          <div className={classes.bar}>
            {snaps.length >= SEARCHED_FROM && (
              <TextInput
                type="search" aria-label={t('snap.search')} placeholder={t('snap.search')} leftSection={<IconSearch size={16} aria-hidden />} value={text}
                onChange={(event) => void navigate({ to: '.', search: { tab: 'snaps', text: event.currentTarget.value || undefined } as never, replace: true, resetScroll: false })}
              />
            )}
            <span className="ew-muted">{t('snap.count', { count: snaps.length })} · {t('snap.reported')} <Ago at={twin.reported.at} /></span>
            <span className={classes.fill} />
            {install}
          </div>
          {snapsLeftOut > 0 && <p className={classes.lookOnly}>{t('snap.leftOut', { count: snapsLeftOut })}</p>}
          {snaps.length === 0 && <Card><Empty icon={<IconPackage size={24} />} title={t('snap.none')}>{operate ? t('snap.noneBody') : t('snap.noneBodyViewer')}</Empty></Card>}
          {snaps.length > 0 && found.length === 0 && <p className="ew-muted">{t('snap.noneFound', { text })}</p>}
          {found.length > 0 && (
            <div className={classes.snaps} role="table" aria-label={t('device.tab.snaps')}>
              <div role="rowgroup">
                <div role="row" className={classes.snapHead}>
                  {(['name', 'version', 'channel', 'status', 'size'] as const).map((column) => <span key={column} role="columnheader">{t(`snap.column.${column}`)}</span>)}
                  <span role="columnheader"><span className="ew-hidden">{t('noun.actions')}</span></span>
                </div>
              </div>
              {found.map((snap) => (
                <SnapRow
                  key={snap.name} snap={snap} operate={operate} asking={askOne.isPending} ask={ask} question={question}
                  actions={followed.shown.filter(({ action }) => action.snap === snap.name)} onPutAway={followed.putAway}
                />
              ))}
            </div>
          )}
        </>
      )}
      <AskDialog
        key={JSON.stringify(asking)} devices={[device]} {...asking} snaps={snaps} opened={askOpen} onClose={() => setAskOpen(false)}
        onAsked={({ actions }) => followed.follow(actions.map(({ id }) => id))}
      />
      {configured && (
        <SnapConfig
          key={configured.name} device={device} snap={configured} opened={configOpen} onClose={() => setConfigOpen(false)}
          onAsked={({ actions }) => followed.follow(actions.map(({ id }) => id))}
        />
      )}
    </>
  );
}
