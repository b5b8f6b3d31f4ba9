export { List } from './List';
export { csv, download } from './csv';
export { PAGE_SIZES, asFilter, isFiltered, listSearch, present, textOf, useListSearch, type FiltersOf, type ListSearch, type ListState } from './search';
export type { ListAnswer, ListColumn, ListExport, ListFilter, ListProps, ListQuery, ListSelection, ListWords } from './types';
export { NameCell, Quiet, linkClass } from './cells';
export { useLocal } from './local';
