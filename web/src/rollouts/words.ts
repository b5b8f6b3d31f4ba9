// Rollouts in words.

import type { TFunction } from 'i18next';
import type { TwinCondition } from '../api/types';
import { compares } from './form';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** `/snaps/pump/channel is "latest/edge"`. */
export function conditionText(t: TFunction, { path, test, value }: TwinCondition): string {
  return t(`selection.said.${test}`, { path, value: compares(test) ? JSON.stringify(value) : '' });
}

/** Seconds as people say them: in the largest unit that fits. */
export function durationText(seconds: number, language: string): string {
  const [unit, size] = seconds % DAY_S === 0 && seconds > 0 ? (['day', DAY_S] as const) : seconds % HOUR_S === 0 && seconds > 0 ? (['hour', HOUR_S] as const) : seconds % MINUTE_S === 0 ? (['minute', MINUTE_S] as const) : (['second', 1] as const);
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
}
