// What is chosen in a list. It outlives paging, sorting and filtering; what is shown again is renewed.

import { useMemo, useRef, useState } from 'react';

export interface Chosen<T> {
  items: T[];
  has: (id: string) => boolean;
  /** Marks or unmarks one; with `range` all between it and the one before, as far as they are shown. */
  toggle: (item: T, range?: boolean) => void;
  /** Marks or unmarks these. */
  set: (items: T[], on: boolean) => void;
  clear: () => void;
}

export function useChosen<T extends { id: string }>(shown: T[]): Chosen<T> {
  const [kept, setKept] = useState<ReadonlyMap<string, T>>(new Map());
  const last = useRef<string>(undefined);
  const items = useMemo(() => {
    const fresh = new Map(shown.map((item) => [item.id, item]));
    return [...kept.values()].map((item) => fresh.get(item.id) ?? item);
  }, [kept, shown]);

  function set(changed: T[], on: boolean) {
    setKept((before) => {
      const next = new Map(before);
      for (const item of changed) {
        if (on) next.set(item.id, item);
        else next.delete(item.id);
      }
      return next;
    });
  }

  function toggle(item: T, range = false) {
    const from = range ? shown.findIndex(({ id }) => id === last.current) : -1;
    const to = shown.findIndex(({ id }) => id === item.id);
    last.current = item.id;
    const on = !kept.has(item.id);
    set(from < 0 ? [item] : shown.slice(Math.min(from, to), Math.max(from, to) + 1), on);
  }

  return { items, has: (id) => kept.has(id), toggle, set, clear: () => setKept(new Map()) };
}
