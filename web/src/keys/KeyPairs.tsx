// The key pairs that edge services check tokens with: one, or two while they are changed. What is known of the services, and what
// comes next in a change.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { keyPairsQuery } from '../api/queries';
import type { KeyPair } from '../api/types';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { KeyPairItem } from './KeyPairItem';
import classes from './Keys.module.css';
import { PlaceDialog } from './PlaceDialog';
import { RetireQuestion } from './RetireQuestion';
import { RotateQuestion } from './RotateQuestion';

export function KeyPairs() {
  const { t } = useTranslation();
  const can = useCan();
  const pairs = useQuery(keyPairsQuery);
  const [asking, ask] = useState<'rotate' | 'place' | 'retire'>();
  // What a dialog is about stays while it closes.
  const [about, setAbout] = useState<KeyPair>();
  const items = (pairs.data?.items ?? []).toSorted((a, b) => a.number - b.number);
  const [old, next] = items;
  const mayRotate = can('manage_settings', 'system');
  const close = () => ask(undefined);
  const open = (what: 'place' | 'retire', pair: KeyPair) => {
    setAbout(pair);
    ask(what);
  };

  return (
    <Card
      title={t('keys.title')}
      aside={mayRotate && old && !next && (
        <Button variant="default" size="compact-sm" leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => ask('rotate')}>{t('keys.rotate')}…</Button>
      )}
    >
      <p className={classes.lead}>{t('settings.keys.serviceLead')}</p>
      {pairs.isPending && <Waiting rows={1} height={110} />}
      {pairs.isError && <Problem error={pairs.error} retry={() => void pairs.refetch()} />}
      {next && (
        <div className={classes.steps}>
          <strong>{t('keys.changing')}</strong>
          <ol>
            <li>{t('keys.step.place', { file: next.file_name })}</li>
            <li>{t('keys.step.wait')}</li>
            <li>{t('keys.step.retire', { file: old?.file_name })}</li>
          </ol>
        </div>
      )}
      <ul className={classes.pairs}>
        {items.map((pair) => (
          <KeyPairItem
            key={pair.number} pair={pair} onPlace={can('manage_services') && pair === items.at(-1) && pair.behind > 0 ? () => open('place', pair) : undefined}
            onRetire={mayRotate && next && pair === old ? () => open('retire', pair) : undefined}
          />
        ))}
      </ul>
      <p className={classes.small}>{t('settings.keys.recorded')}</p>
      <RotateQuestion opened={asking === 'rotate'} onClose={close} />
      {about && <PlaceDialog key={`place-${about.number}`} pair={about} opened={asking === 'place'} onClose={close} />}
      {about && next && <RetireQuestion key={`retire-${about.number}`} pair={about} next={next} opened={asking === 'retire'} onClose={close} />}
    </Card>
  );
}
