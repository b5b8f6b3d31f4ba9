// The actions of a device that somebody watches on this page: those that are open, and those that were open
// or asked for while the page was shown, until they are put away.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { isOpen } from '../actions/kinds';
import { actionsQuery } from '../api/queries';
import type { DeviceAction } from '../api/types';

/** Of the newest so many are looked at: as many as may wait for one device. */
const LOOKED_AT = 100;

export interface Followed {
  /** All that are to be shown, the newest first; of those that have ended only the latest for each snap. */
  shown: DeviceAction[];
  follow: (ids: string[]) => void;
  putAway: (id: string) => void;
}

export function useFollowed(device: string): Followed {
  const items = useQuery(actionsQuery({ device, limit: LOOKED_AT })).data?.items ?? [];
  const [watched, setWatched] = useState<ReadonlySet<string>>(new Set());
  const fresh = items.filter((action) => isOpen(action) && !watched.has(action.id)).map(({ id }) => id).join(' ');
  const follow = (ids: string[]) => setWatched((before) => new Set([...before, ...ids]));
  useEffect(() => {
    if (fresh) setWatched((before) => new Set([...before, ...fresh.split(' ')]));
  }, [fresh]);
  const snaps = new Set<string>();
  const shown = items.filter((action) => {
    if (action.device_id !== device) return false;
    const snap = action.action.snap ?? '';
    const latest = !snaps.has(snap);
    snaps.add(snap);
    return isOpen(action) || (latest && watched.has(action.id));
  });
  return {
    shown,
    follow,
    putAway: (id) => setWatched((before) => new Set([...before].filter((each) => each !== id))),
  };
}
