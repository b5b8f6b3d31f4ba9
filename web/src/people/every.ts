import { get } from '../api/client';
import type { List, User, UserFilter } from '../api/types';

const PORTION = 1000;

/** All users that match, over all pages. */
export async function everyUser(filter: UserFilter): Promise<User[]> {
  const all = new Map<string, User>();
  for (let offset = 0; ; offset += PORTION) {
    const { items, total } = await get<List<User>>('/users', { ...filter, offset, limit: PORTION });
    items.forEach((user) => all.set(user.id, user));
    if (items.length < PORTION || offset + PORTION >= total) return [...all.values()];
  }
}
