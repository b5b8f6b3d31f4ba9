import { get } from '../api/client';
import type { List, Service, ServiceFilter } from '../api/types';

/** The most that one answer has. */
const MOST = 1000;

/** All that match, over all pages. */
export async function everything(filter: ServiceFilter): Promise<Service[]> {
  const all: Service[] = [];
  for (;;) {
    const { items, total } = await get<List<Service>>('/services', { ...filter, offset: all.length, limit: MOST });
    all.push(...items);
    if (items.length === 0 || all.length >= total) return all;
  }
}
