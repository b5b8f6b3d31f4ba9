// How far a rollout is: a word, a bar, and how many devices are how far.

import { useTranslation } from 'react-i18next';
import type { RolloutCounts, RolloutState } from '../api/types';
import { Mark, type Tone } from '../ui/State';
import classes from './Rollouts.module.css';
import { COUNTED, endedOf, totalOf } from './state';

const TONE: Record<RolloutState, Tone> = { running: 'busy', paused: 'warn', aborted: 'offline', done: 'online', undoing: 'busy', undone: 'offline' };

export function RolloutMark({ state }: { state: RolloutState }) {
  const { t } = useTranslation();
  return <Mark tone={TONE[state]}>{t(`rollout.state.${state}`)}</Mark>;
}

/** The devices that are through, green those that are done and red those that failed. */
export function RolloutBar({ counts, label }: { counts: RolloutCounts; label: string }) {
  const total = totalOf(counts);
  const part = (number: number) => ({ width: `${total ? (100 * number) / total : 0}%` });
  return (
    <div className={classes.bar} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={endedOf(counts)}>
      <span data-part="done" style={part(counts.done)} />
      <span data-part="failed" style={part(counts.failed)} />
      <span data-part="left" style={part(counts.expired + counts.cancelled)} />
      <span data-part="under_way" style={part(counts.under_way)} />
    </div>
  );
}

/** Whose counts and reasons are told: a rollout's, of devices; or a delivery's, of services. */
export type CourseKind = 'rollout' | 'delivery';

/** In words, without those that are none. */
export function CountsText({ counts, of = 'rollout' }: { counts: RolloutCounts; of?: CourseKind }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const shown = COUNTED.filter((each) => counts[each] > 0);
  return (
    <span className={classes.counts}>
      {shown.map((each) => <span key={each} data-part={each}>{t(`${of}.count.${each}`, { number: number.format(counts[each]) })}</span>)}
      {shown.length === 0 && <span className="ew-muted">{t(`${of}.nobody`)}</span>}
    </span>
  );
}
