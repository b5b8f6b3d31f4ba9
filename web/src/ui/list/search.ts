// What a list keeps in the address: free text, filters, sort, page. A route checks it once with
// `listSearch`; a page reads and changes it with `useListSearch`, and asks the server with `asFilter`.

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Direction } from '../../api/types';

export const PAGE_SIZES = [25, 50, 100, 250, 1000] as const;
export const USUAL_PAGE_SIZE = 50;

export interface ListSearch<S extends string = string> {
  text?: string;
  sort?: S;
  direction?: Direction;
  /** From 1; absent for the first. */
  page?: number;
  /** Rows on a page; absent for the usual number. */
  size?: number;
  /** Instead of `page` where the server counts by a cursor. */
  before?: number;
}

/** What a filter may be: one of these words, any text, or true and false. */
type Kinds = Record<string, readonly string[] | 'text' | 'flag'>;

export type FiltersOf<F extends Kinds> = {
  [K in keyof F]?: F[K] extends readonly (infer Word)[] ? Word : F[K] extends 'flag' ? boolean : string;
};

type Raw = Record<string, unknown>;

export const textOf = (value: unknown) => (value === undefined || value === null || value === '' ? undefined : String(value));
export const among = <T extends string>(value: unknown, words: readonly T[]) => words.find((word) => word === value);
const whole = (value: unknown) => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined);
const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);

/** Only what is said: a name that is there without a value would mean "take it off". */
export function present<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}

/** A route's `validateSearch`: what is not understood is left out, never an error. */
export function listSearch<const S extends string, const F extends Kinds>(sorts: readonly S[], filters: F) {
  return (raw: Raw): ListSearch<S> & FiltersOf<F> => present({
    text: textOf(raw.text),
    sort: among(raw.sort, sorts),
    direction: among(raw.direction, ['ascending', 'descending']),
    page: whole(raw.page),
    size: PAGE_SIZES.find((size) => size === raw.size),
    before: whole(raw.before),
    ...(Object.fromEntries(
      Object.entries(filters).map(([name, kind]) => [
        name,
        kind === 'text' ? textOf(raw[name]) : kind === 'flag' ? flag(raw[name]) : among(raw[name], kind),
      ]),
    ) as FiltersOf<F>),
  });
}

/** What is in the address, as the server's query: `page` and `size` become `offset` and `limit`. */
export function asFilter<T extends ListSearch>({ page, size, ...rest }: T): Omit<T, 'page' | 'size'> & { offset?: number; limit: number } {
  const limit = size ?? USUAL_PAGE_SIZE;
  return { ...rest, limit, offset: page && page > 1 ? (page - 1) * limit : undefined };
}

/** The names in a list's address that are not filters. */
const OURS = ['sort', 'direction', 'page', 'size', 'before', 'make'];

/** Whether anything narrows the list. */
export function isFiltered(search: object): boolean {
  return Object.entries(search).some(([name, value]) => value !== undefined && !OURS.includes(name));
}

export interface ListState<T extends ListSearch> {
  search: T;
  /** Changes what is named; anything but a new page leads back to the first. Typing makes no step for Back. */
  change: (by: Partial<T>, how?: { typing?: boolean }) => void;
  /** Takes all filters off; sort and page size stay. */
  clear: () => void;
}

/** The address of the list on the page that is shown. */
export function useListSearch<T extends ListSearch>(): ListState<T> {
  const search = useSearch({ strict: false } as never) as T;
  const navigate = useNavigate();
  const go = (next: (before: T) => object, replace: boolean) =>
    void navigate({ to: '.', search: ((before: T) => next(before)) as never, replace, resetScroll: false });
  return {
    search,
    change: (by, { typing = false } = {}) =>
      go((before) => ({ ...before, ...('page' in by || 'before' in by ? {} : { page: undefined, before: undefined }), ...by }), typing),
    clear: () =>
      go((before) => Object.fromEntries(Object.keys(before).map((name) => [name, name === 'size' || name === 'sort' || name === 'direction' ? before[name as keyof T] : undefined])), false),
  };
}
