// The table itself: a grid with table roles, so that one markup is a row on a wide screen and a card
// on a phone. From VIRTUAL_FROM rows on only those in sight are in the page.

import { Checkbox, Skeleton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { Suspense, lazy, memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sorting } from './Bar';
import classes from './Rows.module.css';
import type { Chosen } from './selection';
import type { ListColumn, ListSelection } from './types';

const VIRTUAL_FROM = 120;

const VirtualRows = lazy(() => import('./VirtualRows'));

export interface RowsProps<T extends { id: string }> {
  label: string;
  columns: ListColumn<T>[];
  items: T[] | undefined;
  /** How many come before the first of these. */
  offset: number;
  total: number | undefined;
  sorting: Sorting;
  selection?: ListSelection<T>;
  chosen: Chosen<T>;
  faded: boolean;
  /** How many rows' room to keep while nothing is here yet. */
  waiting: number;
}

export function Rows<T extends { id: string }>(props: RowsProps<T>) {
  const { label, columns, items, total, sorting, selection, chosen, faded, waiting } = props;
  const { t } = useTranslation();
  const tracks = [...(selection ? ['24px'] : []), ...columns.map(({ width }) => width)].join(' ');
  const choosable = (items ?? []).filter((item) => selection?.can?.(item) ?? true);
  const marked = choosable.filter(({ id }) => chosen.has(id)).length;

  return (
    <div
      className={classes.table} role="table" aria-label={label} aria-busy={!items || faded || undefined}
      aria-rowcount={total === undefined ? -1 : total + 1} data-faded={faded || undefined}
      style={{ '--columns': tracks } as React.CSSProperties}
    >
      <div role="rowgroup">
        <div className={classes.head} role="row" aria-rowindex={1}>
          {selection && (
            <div role="columnheader">
              <Checkbox
                size="xs" aria-label={t('list.chooseShown')} disabled={choosable.length === 0}
                checked={marked > 0 && marked === choosable.length} indeterminate={marked > 0 && marked < choosable.length}
                onChange={(event) => chosen.set(choosable, event.currentTarget.checked)}
              />
            </div>
          )}
          {columns.map((column) => <Heading key={column.key} column={column} sorting={sorting} />)}
        </div>
      </div>
      {!items && <Room rows={waiting} />}
      {items && items.length < VIRTUAL_FROM && (
        <div role="rowgroup" className={classes.body}>
          {items.map((item, index) => <Line key={item.id} {...lineOf(props, item, index)} />)}
        </div>
      )}
      {items && items.length >= VIRTUAL_FROM && (
        <Suspense fallback={<Room rows={waiting} />}>
          <VirtualRows items={items} render={(index) => { const item = items[index]; return item && <Line {...lineOf(props, item, index)} />; }} />
        </Suspense>
      )}
    </div>
  );
}

/** Keeps the room of rows that are on their way. */
function Room({ rows }: { rows: number }) {
  return (
    <div role="rowgroup">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={classes.row} role="row">
          <div role="cell" className={classes.skeleton}><Skeleton height={16} radius="sm" /></div>
        </div>
      ))}
    </div>
  );
}

function lineOf<T extends { id: string }>({ columns, offset, selection, chosen }: RowsProps<T>, item: T, index: number): LineProps<T> {
  return {
    item, columns, index: offset + index + 2,
    box: selection && (selection.can?.(item) ?? true) ? selection.label(item) : undefined,
    hasBoxes: !!selection, marked: chosen.has(item.id), toggle: chosen.toggle,
  };
}

function Heading<T>({ column: { label, sort, first = 'ascending', quietLabel }, sorting }: { column: ListColumn<T>; sorting: Sorting }) {
  const active = sort !== undefined && sorting.by === sort;
  const Arrow = active && sorting.direction === 'descending' ? IconArrowDown : IconArrowUp;
  return (
    <div role="columnheader" aria-sort={sort ? (active ? sorting.direction : 'none') : undefined}>
      {sort ? (
        <button type="button" className={classes.sort} data-active={active || undefined} onClick={() => sorting.choose(sort, first)}>
          {label}
          <Arrow size={13} aria-hidden />
        </button>
      ) : (
        <span className={quietLabel ? 'ew-hidden' : undefined}>{label}</span>
      )}
    </div>
  );
}

interface LineProps<T> {
  item: T;
  columns: ListColumn<T>[];
  /** For screen readers, from 1 with the headings. */
  index: number;
  hasBoxes: boolean;
  /** What its box is called; undefined where it cannot be chosen. */
  box: string | undefined;
  marked: boolean;
  toggle: (item: T, range?: boolean) => void;
}

function LineOf<T extends { id: string }>({ item, columns, index, hasBoxes, box, marked, toggle }: LineProps<T>) {
  const { t } = useTranslation();
  return (
    <div className={classes.row} role="row" aria-rowindex={index} aria-selected={hasBoxes ? marked : undefined} data-boxes={hasBoxes || undefined}>
      {hasBoxes && (
        <div role="cell" className={classes.box}>
          {box !== undefined && (
            <Checkbox
              size="xs" aria-label={t('list.choose', { what: box })} checked={marked}
              onChange={(event) => toggle(item, (event.nativeEvent as MouseEvent).shiftKey)}
            />
          )}
        </div>
      )}
      {columns.map(({ key, label, wide, cell }) => (
        <div key={key} role="cell" className={classes.cell} data-wide={wide || undefined}>
          {!wide && <span className={classes.cellLabel} aria-hidden>{label}</span>}
          <div className={classes.value}>{cell(item)}</div>
        </div>
      ))}
    </div>
  );
}

/** Drawn again only when its own item, its mark or the columns change. */
const Line = memo(LineOf, (a, b) =>
  a.item === b.item && a.columns === b.columns && a.marked === b.marked && a.index === b.index && a.box === b.box && a.hasBoxes === b.hasBoxes,
) as typeof LineOf;
