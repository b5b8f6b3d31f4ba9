// The last calls of each service, as long as this page is loaded: they may hold what nobody should find later.

import { useSyncExternalStore } from 'react';
import type { CallAnswer } from '../../api/types';
import type { Typed } from './exchange';

const KEPT = 8;

export interface Past {
  number: number;
  at: string;
  typed: Typed;
  answer: CallAnswer;
}

const NONE: Past[] = [];
const past = new Map<string, Past[]>();
const watchers = new Set<() => void>();
let last = 0;

export function keep(service: string, typed: Typed, answer: CallAnswer): Past {
  last += 1;
  const made = { number: last, at: new Date().toISOString(), typed, answer };
  past.set(service, [made, ...(past.get(service) ?? NONE)].slice(0, KEPT));
  watchers.forEach((watcher) => watcher());
  return made;
}

/** The newest first. */
export function useHistory(service: string): Past[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => past.get(service) ?? NONE,
  );
}
