// For lists that the server answers whole: free text, sort and page are done here, so that they read like all others.

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { List } from '../../api/types';
import { USUAL_PAGE_SIZE, type ListSearch } from './search';
import type { ListQuery } from './types';

interface Local<T> {
  search: ListSearch;
  /** What the free text looks into. */
  text: (item: T) => string;
  /** What each word of the address sorts by. */
  sorts: Record<string, (item: T) => string | number>;
  usual: string;
}

export function useLocal<T>(query: Omit<ListQuery<T>, 'data'> & { data: List<T> | undefined }, { search, text, sorts, usual }: Local<T>): ListQuery<T> {
  const { i18n } = useTranslation();
  const { data } = query;
  const page = useMemo(() => {
    if (!data) return undefined;
    const names = new Intl.Collator(i18n.language, { numeric: true });
    const of = sorts[search.sort ?? usual] ?? (() => 0);
    const way = search.direction === 'descending' ? -1 : 1;
    const wanted = search.text?.toLowerCase();
    const items = data.items
      .filter((item) => !wanted || text(item).toLowerCase().includes(wanted))
      .map((item) => ({ item, key: of(item) }))
      .sort(({ key: a }, { key: b }) => way * (typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b))))
      .map(({ item }) => item);
    const size = search.size ?? USUAL_PAGE_SIZE;
    const offset = ((search.page ?? 1) - 1) * size;
    return { items: items.slice(offset, offset + size), total: items.length };
    // The functions are the page's own and do the same each time.
  }, [data, i18n.language, search.sort, search.direction, search.text, search.page, search.size, usual]);
  return { ...query, data: page };
}
