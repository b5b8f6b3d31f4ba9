// The one list of the console. It holds no question itself: free text, filters, sort and page live in
// the address, the page asks the server, the list shows.
//
//   const state = useListSearch<UsersSearch>();                        the address, and how to change it
//   const users = useQuery(usersQuery(asFilter(state.search)));        the server's page
//   const columns = useMemo((): ListColumn<User>[] => […], [t]);       kept: rows are drawn again when they change
//   <List name="users" label={…} state={state} query={users} columns={columns} … />
//
// A route declares its address with `validateSearch: listSearch(['name', 'created'], { state: ['active'], organisation: 'text' })`.
//
// Props (types.ts):
//   name        where the choice of columns is remembered in this browser
//   label       what a screen reader calls the table
//   state       from useListSearch
//   query       a useQuery result of {items, total} (pages), or {items, next} (a cursor: `before` in the address)
//   columns     key, label, width (a grid track), cell; `sort` is the server's word, `first` the direction of the first
//               click; `always` cannot be hidden, `optional` is hidden at first; `wide` spans the card on a phone
//   usualSort   what the server sorts by when the address says nothing
//   filters     what the menu offers, and how a value of the address reads on its chip (`describe`; without options
//               only the chip shows, such as for the organisation chosen at the top: see useScopeFilters)
//   textLabel   label of the free text; tools: more fields beside it
//   selection   boxes on the rows; what is chosen outlives paging, sorting and filtering; `everything` offers "choose
//               all that match"; `summary` and `actions` fill the bar that appears
//   exports     entries of the export menu: a link, or a function (see csv.ts)
//   born        when an item was made: rows made while one reads are announced above, not inserted
//   empty       nothing there at all: what would be here and the one step that fills it; noMatch: nothing matches
//
// Loading keeps headings and room; an error shows above with retry and keeps everything; rows update in place.

import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Card, Empty } from '../Page';
import { Problem } from '../Problem';
import { Bar, type Sorting } from './Bar';
import { ChosenBar } from './ChosenBar';
import classes from './List.module.css';
import { Pager } from './Pager';
import { Rows } from './Rows';
import { useColumns } from './columns';
import { useNews } from './news';
import { USUAL_PAGE_SIZE, isFiltered, type ListSearch } from './search';
import { useChosen } from './selection';
import type { ListProps } from './types';

/** Rows whose room is kept while the first answer is on its way. */
const WAITING_ROWS = 8;

const NOTHING: never[] = [];

export function List<T extends { id: string }, S extends ListSearch>(props: ListProps<T, S>) {
  const { name, label, state, query, columns, usualSort, filters = NOTHING, exports = NOTHING, selection, born, empty, noMatch } = props;
  const { t } = useTranslation();
  const { search } = state;
  const top = useRef<HTMLDivElement>(null);
  const chosenColumns = useColumns(name, columns);
  const keptColumns = useKept(chosenColumns.shown);
  const { shown, held, show } = useNews(query.data?.items ?? NOTHING, query.isPlaceholderData ? 'before' : JSON.stringify(search), born);
  const chosen = useChosen(shown);
  const by = search.sort ?? usualSort?.by;
  const sorting: Sorting = {
    by,
    direction: search.direction ?? (search.sort && search.sort !== usualSort?.by ? 'ascending' : (usualSort?.direction ?? 'ascending')),
    choose: (sort, first) =>
      state.change({ sort, direction: sort === by ? (sorting.direction === 'ascending' ? 'descending' : 'ascending') : first } as Partial<S>),
  };
  const nothing = query.data !== undefined && !query.isPlaceholderData && query.data.items.length === 0;
  const filtered = isFiltered(search) || (search.page ?? 1) > 1 || search.before !== undefined;

  return (
    <div className={classes.list} ref={top}>
      {(!nothing || filtered) && (
        <Bar
          state={state} textLabel={props.textLabel} tools={props.tools} filters={filters} exports={exports} sorting={sorting}
          columns={{ ...chosenColumns, all: columns }}
        />
      )}
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {selection && chosen.items.length > 0 && (
        <ChosenBar selection={selection} chosen={chosen} shown={shown} total={query.data?.total} />
      )}
      {held > 0 && (
        <div className={classes.news} role="status">
          <Button variant="light" size="compact-sm" onClick={show}>{t('list.new', { count: held })}</Button>
        </div>
      )}
      {!nothing && (query.data || !query.isError) && (
        <Rows
          label={label} columns={keptColumns} items={query.data && shown} total={query.data?.total}
          offset={((search.page ?? 1) - 1) * (search.size ?? USUAL_PAGE_SIZE)}
          sorting={sorting} selection={selection} chosen={chosen} faded={query.isPlaceholderData} waiting={WAITING_ROWS}
        />
      )}
      {nothing && (
        <Card>
          {filtered ? (
            <Empty icon={<IconFilterOff size={24} />} title={noMatch.title} action={<Button variant="default" onClick={state.clear}>{t('filter.clear')}</Button>}>
              {noMatch.body}
            </Empty>
          ) : (
            <Empty icon={empty.icon} title={empty.title} action={empty.action}>{empty.body}</Empty>
          )}
        </Card>
      )}
      {query.data && !nothing && (
        <Pager answer={query.data} state={state} onStep={() => top.current?.scrollIntoView({ block: 'nearest' })} />
      )}
      <div className="ew-hidden" role="status">
        {query.data?.total !== undefined && !query.isPlaceholderData && t('list.found', { count: query.data.total })}
      </div>
    </div>
  );
}

/** The same list of columns as long as it has the same columns, so that rows are not drawn again for nothing. */
function useKept<C>(columns: C[]): C[] {
  const kept = useRef(columns);
  const same = kept.current.length === columns.length && kept.current.every((column, index) => column === columns[index]);
  if (!same) kept.current = columns;
  return kept.current;
}
