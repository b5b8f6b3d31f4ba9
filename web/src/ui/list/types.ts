// What a page tells the list: columns, filters, selection, what to say when there is nothing.

import type { Direction } from '../../api/types';
import type { ListSearch, ListState } from './search';

export interface ListColumn<T> {
  /** Names it where the choice of columns is remembered. */
  key: string;
  label: string;
  /** A CSS grid track, such as `minmax(120px, 2fr)`. */
  width: string;
  cell: (item: T) => React.ReactNode;
  /** The server's word to sort by; absent where it cannot. */
  sort?: string;
  /** The direction of the first click; times want the latest first. */
  first?: Direction;
  /** Cannot be hidden: the name, the actions. */
  always?: boolean;
  /** Not shown unless chosen. */
  optional?: boolean;
  /** On a phone it takes the whole width of the card, without its label: the name, the actions. */
  wide?: boolean;
  /** The heading is for screen readers only. */
  quietLabel?: boolean;
}

export interface ListFilter {
  /** The name in the address. */
  key: string;
  label: string;
  /** What the menu offers. Empty: the menu does not show it, a chip still does. */
  options: { value: string | boolean; label: string }[];
  /** A value that is none of the options, in words; absent: its first eight characters. */
  describe?: (value: string | boolean | number) => string;
}

export interface ListAnswer<T> {
  items: T[];
  /** How many match in all; absent where the server counts by a cursor. */
  total?: number;
  /** Asks for the next page with `before`. */
  next?: number | null;
}

/** The part of a query's result that the list needs. */
export interface ListQuery<T> {
  data: ListAnswer<T> | undefined;
  error: unknown;
  isError: boolean;
  isFetching: boolean;
  /** What is shown answers the question before this one. */
  isPlaceholderData: boolean;
  refetch: () => unknown;
}

export interface ListSelection<T> {
  /** Which rows can be chosen; absent: all. */
  can?: (item: T) => boolean;
  /** What a row's box is called. */
  label: (item: T) => string;
  /** All that match, over all pages; absent: only what was shown can be chosen. */
  everything?: () => Promise<T[]>;
  /** More about what is chosen, such as "12 offline". */
  summary?: (chosen: T[]) => React.ReactNode;
  /** The buttons; `clear` takes all marks off. */
  actions: (chosen: T[], clear: () => void) => React.ReactNode;
}

export interface ListExport {
  label: string;
  /** A download by the browser… */
  href?: string;
  /** …or whatever else makes one. */
  run?: () => void | Promise<void>;
}

export interface ListWords {
  icon: React.ReactNode;
  title: string;
  body: string;
  action?: React.ReactNode;
}

export interface ListProps<T extends { id: string }, S extends ListSearch> {
  /** Names the list where the choice of columns is remembered. */
  name: string;
  /** What a screen reader calls the table. */
  label: string;
  state: ListState<S>;
  query: ListQuery<T>;
  columns: ListColumn<T>[];
  /** What is sorted by while the address names nothing. */
  usualSort?: { by: string; direction: Direction };
  filters?: ListFilter[];
  /** The label of the free text; absent: there is none. */
  textLabel?: string;
  /** More tools in the bar, such as a range of dates. */
  tools?: React.ReactNode;
  selection?: ListSelection<T>;
  exports?: ListExport[];
  /** When an item was made: new rows then announce themselves above the list in place of making it jump. */
  born?: (item: T) => string;
  /** Where there is nothing at all: what would be here, and the one step that fills it. */
  empty: ListWords;
  /** Where nothing matches; "Clear filters" is offered by itself. */
  noMatch: Pick<ListWords, 'title' | 'body'>;
}
