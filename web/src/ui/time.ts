// Time in words: relative to now, exact in the viewer's zone, and how long something takes.

import { useSyncExternalStore } from 'react';

const TICK_MS = 5_000;

let now = Date.now();
let ticking: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void) {
  watchers.add(watcher);
  ticking ??= setInterval(() => {
    now = Date.now();
    watchers.forEach((each) => each());
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

/** Now in milliseconds, renewed every few seconds for all who show it. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** Unit, its length in seconds, and from how many of it on it is used: 59 days say more than "next month". */
const STEPS: [Intl.RelativeTimeFormatUnit, number, number][] = [
  ['year', 31_536_000, 2],
  ['month', 2_592_000, 2],
  ['day', 86_400, 1],
  ['hour', 3_600, 1],
  ['minute', 60, 1],
  ['second', 1, 1],
];

/** "3 minutes ago", "in 2 days"; undefined for the last and next few seconds. */
export function relative(at: string, from: number, language: string): string | undefined {
  const seconds = Math.round((Date.parse(at) - from) / 1000);
  if (Math.abs(seconds) < 10) return undefined;
  const [unit, size] = STEPS.find(([, each, from]) => Math.abs(seconds) >= each * from) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

export function exact(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'long' }).format(new Date(at));
}

