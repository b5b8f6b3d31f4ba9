// How far a rollout is, worked out from its counts. Pure; tested by tests/rollouts.test.mjs.

import type { RolloutChange } from '../api/calls';
import type { Rollout, RolloutCounts, RolloutState } from '../api/types';

export const ROLLOUT_STATES = ['running', 'paused', 'aborted', 'done', 'undoing', 'undone'] as const satisfies RolloutState[];

/** In the order in which they are told. */
export const COUNTED = ['done', 'under_way', 'queued', 'waiting', 'failed', 'expired', 'cancelled'] as const satisfies (keyof RolloutCounts)[];

export const endedOf = ({ done, failed, expired, cancelled }: RolloutCounts) => done + failed + expired + cancelled;
export const totalOf = (counts: RolloutCounts) => counts.waiting + counts.queued + counts.under_way + endedOf(counts);

/** What can become of one in this state, what matters most first. */
export function changesFor(state: RolloutState): RolloutChange[] {
  switch (state) {
    case 'running':
      return ['pause', 'abort', 'undo'];
    case 'paused':
      return ['resume', 'abort', 'undo'];
    case 'undoing':
      return ['abort'];
    case 'aborted':
    case 'done':
      return ['undo'];
    case 'undone':
      return [];
  }
}

export type WaveState = 'waits' | 'goes' | 'through';

/** How far a wave is, from 0. */
export function waveState({ begun, waves }: Pick<Rollout, 'begun' | 'waves'>, wave: number): WaveState {
  const counts = waves[wave];
  if (!counts || wave >= begun) return 'waits';
  return endedOf(counts) === totalOf(counts) ? 'through' : 'goes';
}
