// What is wrong with a service, in the language of whoever looks. The control plane says it in English; what is not known stays as it was said.

import type { TFunction } from 'i18next';

const COUNTED = [
  { pattern: /^(?<count>\d+) drivers? (?:is|are) disconnected$/, key: 'drivers' },
  { pattern: /^(?<count>\d+) applications? (?:is|are) disconnected$/, key: 'applications' },
  { pattern: /^(?<count>\d+) rules? (?:is|are) stopped by an error$/, key: 'rules' },
] as const;

export function troubleText(t: TFunction, said: string): string {
  for (const { pattern, key } of COUNTED) {
    const count = pattern.exec(said)?.groups?.count;
    if (count) return t(`trouble.${key}`, { count: Number(count) });
  }
  if (said === 'it has crashed before') return t('trouble.crashed');
  const part = /^its (\w+) is stopped$/.exec(said)?.[1];
  if (part) return t('trouble.part', { part });
  const state = /^it is (.+)$/.exec(said)?.[1];
  if (state) return t('trouble.state', { state });
  return said.charAt(0).toUpperCase() + said.slice(1);
}
