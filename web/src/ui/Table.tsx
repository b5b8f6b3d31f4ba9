// A list of many things: a grid with table semantics on a wide screen, cards on a phone. Rows show
// in portions, so that a thousand stay quick; what is new while one reads waits to be shown.

import { Button } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Table.module.css';

/** Rows shown at first, and how many more with each step. */
const PORTION = 100;

export interface Column {
  key: string;
  label: string;
  /** A CSS grid track. */
  width: string;
  /** Whether the list can be sorted by it, and whether it is now. */
  sort?: { active: boolean; choose: () => void };
  hideLabel?: boolean;
}

interface TableProps<T extends { id: string }> {
  label: string;
  columns: Column[];
  items: T[];
  total: number;
  /** Changes when the question changes; what is new is new in comparison with the first answer to it. */
  question: string;
  faded?: boolean;
  row: (item: T) => React.ReactNode;
}

export function Table<T extends { id: string }>({ label, columns, items, total, question, faded, row }: TableProps<T>) {
  const { t } = useTranslation();
  const { shown, held, show } = useHeldBack(items, question);
  const [portions, setPortions] = useState({ question, count: 1 });
  const limit = PORTION * (portions.question === question ? portions.count : 1);
  const more = shown.length - limit;

  return (
    <div className={classes.wrap}>
      {held > 0 && (
        <div className={classes.news} role="status">
          <Button variant="light" size="compact-sm" onClick={show}>{t('list.new', { count: held })}</Button>
        </div>
      )}
      <div
        className={classes.table}
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        data-faded={faded || undefined}
        style={{ '--columns': columns.map(({ width }) => width).join(' ') } as React.CSSProperties}
      >
        <div className={classes.head} role="row">
          {columns.map(({ key, label: name, sort, hideLabel }) => (
            <div key={key} role="columnheader" aria-sort={sort ? (sort.active ? 'ascending' : 'none') : undefined}>
              {sort ? (
                <button type="button" className={classes.sort} data-active={sort.active || undefined} onClick={sort.choose}>
                  {name}
                  <IconArrowDown size={13} aria-hidden />
                </button>
              ) : (
                <span className={hideLabel ? 'ew-hidden' : undefined}>{name}</span>
              )}
            </div>
          ))}
        </div>
        {shown.slice(0, limit).map(row)}
      </div>
      {more > 0 && (
        <div className={classes.more}>
          <Button variant="default" size="compact-md" onClick={() => setPortions({ question, count: limit / PORTION + 1 })}>
            {t('list.more', { count: Math.min(more, PORTION) })}
          </Button>
        </div>
      )}
      {total > items.length && <p className={classes.cut}>{t('list.cut', { shown: items.length, total })}</p>}
    </div>
  );
}

interface RowProps {
  children: React.ReactNode;
  href?: React.ReactNode;
}

export function Row({ children }: RowProps) {
  return <div className={classes.row} role="row">{children}</div>;
}

interface CellProps {
  /** Shown before the value on a phone. */
  label?: string;
  /** Takes the whole width of the card on a phone: the heading, the actions. */
  wide?: boolean;
  className?: string;
  children: React.ReactNode;
}

export function Cell({ label, wide = false, className, children }: CellProps) {
  return (
    <div role="cell" className={`${classes.cell} ${className ?? ''}`} data-wide={wide || undefined}>
      {label && <span className={classes.cellLabel} aria-hidden>{label}</span>}
      <div className={classes.value}>{children}</div>
    </div>
  );
}

/** Holds rows back that come while one reads, until one asks for them. */
function useHeldBack<T extends { id: string }>(items: T[], question: string) {
  const [known, setKnown] = useState(() => ({ question, ids: new Set(items.map(({ id }) => id)) }));
  let current = known;
  if (known.question !== question) {
    current = { question, ids: new Set(items.map(({ id }) => id)) };
    setKnown(current);
  }
  const shown = useMemo(() => items.filter(({ id }) => current.ids.has(id)), [items, current]);
  const show = () => setKnown({ question, ids: new Set(items.map(({ id }) => id)) });
  return { shown, held: items.length - shown.length, show };
}
