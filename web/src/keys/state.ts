// Which of our key pairs a service accepts. Pure.

import type { KeyPair } from '../api/types';

export type KeysHeld = 'unknown' | 'none' | 'one' | 'old' | 'new' | 'both';

/** The name of a public file. */
export const fileName = (number: number) => (number <= 1 ? 'edgeward.pub' : `edgeward-${number}.pub`);

/** Without a rotation there is one key, and nothing to tell apart. */
export function keysHeld(keys: number[] | undefined, pairs: Pick<KeyPair, 'number' | 'state'>[]): KeysHeld {
  if (!keys) return 'unknown';
  const held = pairs.length > 0 ? pairs.filter(({ number }) => keys.includes(number)) : keys.map((number) => ({ number, state: 'current' as const }));
  if (held.length === 0) return 'none';
  if (pairs.length < 2) return 'one';
  return held.length > 1 ? 'both' : held[0]?.state === 'next' ? 'new' : 'old';
}
