import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { keyPairsQuery } from '../api/queries';
import type { Service } from '../api/types';
import { fileName, keysHeld, type KeysHeld as Held } from '../keys/state';
import { Mark, type Tone } from '../ui/State';
import classes from './ServicePage.module.css';

const TONE: Record<Held, Tone> = { unknown: 'offline', none: 'failed', one: 'online', old: 'warn', new: 'online', both: 'online' };

/** Which of our keys a service with tokens is known to accept: the old one, the new one, or both while they are changed. */
export function KeysHeld({ service: { keys } }: { service: Service }) {
  const { t } = useTranslation();
  const can = useCan();
  const pairs = useQuery({ ...keyPairsQuery, enabled: can('download_public_key') }).data?.items ?? [];
  const held = keysHeld(keys, pairs);
  return (
    <span className={classes.keys}>
      <Mark tone={TONE[held]}>{t(`keysHeld.${held}`)}</Mark>
      {keys && keys.length > 0 && <span className="ew-mono" data-verbatim>{keys.map(fileName).join(', ')}</span>}
    </span>
  );
}
