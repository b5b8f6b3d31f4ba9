// Which columns somebody wants to see, remembered in this browser for each list.

import { useState } from 'react';
import type { ListColumn } from './types';

const STORED_AS = 'edgeward-columns-';

/** What differs from the usual: column key to shown or not. */
type Choice = Record<string, boolean>;

function read(name: string): Choice {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED_AS + name) ?? '{}');
    return typeof stored === 'object' && stored ? (stored as Choice) : {};
  } catch {
    return {};
  }
}

export function useColumns<T>(name: string, columns: ListColumn<T>[]) {
  const [choice, setChoice] = useState(() => read(name));
  const isShown = ({ key, always, optional }: ListColumn<T>) => always || (choice[key] ?? !optional);

  function keep(next: Choice) {
    setChoice(next);
    try {
      localStorage.setItem(STORED_AS + name, JSON.stringify(next));
    } catch {
      // The choice then lasts as long as the page.
    }
  }

  return {
    shown: columns.filter(isShown),
    isShown,
    toggle: (column: ListColumn<T>) => keep({ ...choice, [column.key]: !isShown(column) }),
    reset: () => keep({}),
    changed: Object.keys(choice).length > 0,
  };
}
