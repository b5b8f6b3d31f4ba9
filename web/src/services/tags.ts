// Counting tags. Pure.

import type { Service } from '../api/types';

/** The tags that some of these have, with how many have each. */
export function bearing(services: Pick<Service, 'tags'>[]): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { tags } of services) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, count]) => ({ tag, count }));
}
