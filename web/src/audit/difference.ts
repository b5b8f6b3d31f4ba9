// What differs between two states of a thing, leaf by leaf. Pure; tested by tests/difference.test.mjs.

export type Change = 'added' | 'removed' | 'changed' | 'same';

export interface Leaf {
  /** Names from the outside in: `rules › groups › role`. */
  path: string[];
  change: Change;
  before?: string;
  after?: string;
}

type Leaves = Map<string, { path: string[]; text: string }>;

/** All leaves of both, those of the earlier state in its order, then those that are new. */
export function differences(before: unknown, after: unknown): Leaf[] {
  const was = leaves(before);
  const is = leaves(after);
  const found: Leaf[] = [];
  for (const [key, { path, text }] of was) {
    const now = is.get(key);
    if (!now) found.push({ path, change: 'removed', before: text });
    else found.push({ path, change: now.text === text ? 'same' : 'changed', before: text, after: now.text });
  }
  for (const [key, { path, text }] of is) {
    if (!was.has(key)) found.push({ path, change: 'added', after: text });
  }
  return found;
}

function leaves(state: unknown): Leaves {
  const all: Leaves = new Map();
  if (state !== null && state !== undefined) collect(state, [], all);
  return all;
}

function collect(value: unknown, path: string[], all: Leaves) {
  if (Array.isArray(value)) {
    value.forEach((each: unknown, index) => collect(each, [...path, nameOf(each, index)], all));
    if (value.length === 0) add([], path, all);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    for (const [name, each] of entries) collect(each, [...path, name], all);
    if (entries.length === 0) add({}, path, all);
  } else {
    add(value, path, all);
  }
}

/** Null is the same as not being there. */
function add(value: unknown, path: string[], all: Leaves) {
  if (value === null) return;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Two entries of a list may have the same name.
  let key = JSON.stringify(path);
  while (all.has(key)) key += '+';
  all.set(key, { path, text });
}

/** What tells an entry of a list apart: plain values by themselves, so that one that goes does not move the others. */
function nameOf(value: unknown, index: number): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const named = value as Record<string, unknown>;
  for (const name of ['name', 'id', 'claim']) if (typeof named[name] === 'string') return named[name];
  return String(index + 1);
}
