// Rows that are made while one reads wait to be shown, so that the list does not jump. Rows that
// only move onto the page, because others went, are no news.

import { useMemo, useState } from 'react';

export function useNews<T extends { id: string }>(items: T[], question: string, born?: (item: T) => string) {
  const [known, setKnown] = useState(() => ({ question, since: Date.now(), shown: new Set<string>() }));
  let current = known;
  if (known.question !== question) {
    current = { question, since: Date.now(), shown: new Set() };
    setKnown(current);
  }
  const held = useMemo(
    () => (born ? items.filter((item) => Date.parse(born(item)) > current.since && !current.shown.has(item.id)) : []),
    [items, current, born],
  );
  const shown = useMemo(() => (held.length ? items.filter((item) => !held.includes(item)) : items), [items, held]);
  return {
    shown,
    held: held.length,
    show: () => setKnown({ ...current, shown: new Set([...current.shown, ...held.map(({ id }) => id)]) }),
  };
}
