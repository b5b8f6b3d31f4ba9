// The bar above a list: free text, filters and their chips, sort (on a phone), columns, export.

import { ActionIcon, Button, CloseButton, Menu, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import {
  IconAdjustmentsHorizontal, IconArrowDown, IconArrowUp, IconColumns3, IconDownload, IconSearch, IconX,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Direction } from '../../api/types';
import classes from './Bar.module.css';
import type { ListSearch } from './search';
import { isFiltered } from './search';
import type { ListColumn, ListExport, ListFilter, ListProps } from './types';

const TYPING_MS = 250;

export interface Sorting {
  by: string | undefined;
  direction: Direction;
  choose: (by: string, first: Direction) => void;
}

interface BarProps<T extends { id: string }, S extends ListSearch> extends Pick<ListProps<T, S>, 'state' | 'textLabel' | 'tools'> {
  filters: ListFilter[];
  exports: ListExport[];
  sorting: Sorting;
  columns: {
    all: ListColumn<T>[];
    isShown: (column: ListColumn<T>) => boolean | undefined;
    toggle: (column: ListColumn<T>) => void;
    reset: () => void;
    changed: boolean;
  };
}

export function Bar<T extends { id: string }, S extends ListSearch>({ state, textLabel, tools, filters, exports, sorting, columns }: BarProps<T, S>) {
  const { t } = useTranslation();
  const values = state.search as unknown as Record<string, string | boolean | number | undefined>;
  const change = (name: string, value: unknown) => state.change({ [name]: value } as Partial<S>);
  const active = filters.flatMap((filter) => {
    const value = values[filter.key];
    if (value === undefined) return [];
    const known = filter.options.find((option) => option.value === value)?.label;
    return [{ filter, label: known ?? filter.describe?.(value) ?? String(value).slice(0, 8) }];
  });
  const offered = filters.filter(({ options }) => options.length > 0);
  const sortable = columns.all.filter(({ sort }) => sort);
  const choosable = columns.all.filter(({ always }) => !always);

  return (
    <div className={classes.bar}>
      <div className={classes.narrowing} role="search">
        {textLabel && (
          <SearchText text={state.search.text} label={textLabel} onChange={(text) => state.change({ text } as Partial<S>, { typing: true })} />
        )}
        {offered.length > 0 && (
          <Menu position="bottom-start" width={240}>
            <Menu.Target>
              <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}>{t('filter.add')}</Button>
            </Menu.Target>
            <Menu.Dropdown className={classes.options}>
              {offered.map(({ key, label, options }) => (
                <div key={key} role="group" aria-label={label}>
                  <Menu.Label>{label}</Menu.Label>
                  {options.map((option) => {
                    const on = values[key] === option.value;
                    return (
                      <Menu.CheckboxItem key={String(option.value)} closeMenuOnClick checked={on} onChange={() => change(key, on ? undefined : option.value)}>
                        {option.label}
                      </Menu.CheckboxItem>
                    );
                  })}
                </div>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {tools}
        {active.map(({ filter, label }) => (
          <button
            key={filter.key} type="button" className={classes.chip}
            aria-label={t('filter.remove', { what: `${filter.label} ${label}` })}
            onClick={() => change(filter.key, undefined)}
          >
            <span className={classes.group}>{filter.label}</span>{' '}
            <span className={classes.what}>{label}</span>
            <IconX size={13} aria-hidden />
          </button>
        ))}
        {isFiltered(state.search) && active.length + (state.search.text ? 1 : 0) > 1 && (
          <Button variant="subtle" color="gray" size="compact-sm" onClick={state.clear}>{t('filter.clear')}</Button>
        )}
      </div>
      <div className={classes.tools}>
        {sortable.length > 0 && (
          <Menu position="bottom-end" width={220}>
            <Menu.Target>
              <Button variant="default" className={classes.phone} leftSection={sorting.direction === 'descending' ? <IconArrowDown size={16} aria-hidden /> : <IconArrowUp size={16} aria-hidden />}>
                {t('list.sort')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {sortable.map(({ key, label, sort = key, first = 'ascending' }) => (
                // Once more the other way round.
                <Menu.CheckboxItem key={key} closeMenuOnClick checked={sorting.by === sort} onChange={() => sorting.choose(sort, first)}>
                  {label}
                </Menu.CheckboxItem>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <Exports exports={exports} />
        {choosable.length > 0 && (
          <Menu position="bottom-end" width={220} closeOnItemClick={false}>
            <Tooltip label={t('list.columns')}>
              <Menu.Target>
                <ActionIcon variant="default" size={36} className={classes.desk} aria-label={t('list.columns')}><IconColumns3 size={17} aria-hidden /></ActionIcon>
              </Menu.Target>
            </Tooltip>
            <Menu.Dropdown className={classes.options}>
              <Menu.Label>{t('list.columns')}</Menu.Label>
              {choosable.map((column) => {
                return (
                  <Menu.CheckboxItem key={column.key} checked={!!columns.isShown(column)} onChange={() => columns.toggle(column)}>
                    {column.label}
                  </Menu.CheckboxItem>
                );
              })}
              {columns.changed && (
                <>
                  <Menu.Divider />
                  <Menu.Item onClick={columns.reset}>{t('list.columnsUsual')}</Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </div>
  );
}

function Exports({ exports }: { exports: ListExport[] }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  if (exports.length === 0) return null;

  async function run(each: ListExport) {
    setBusy(true);
    try {
      await each.run?.();
    } finally {
      setBusy(false);
    }
  }

  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="default" loading={busy} leftSection={<IconDownload size={16} aria-hidden />}>{t('list.export')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {exports.map((each) =>
          each.href ? (
            <Menu.Item key={each.label} component="a" href={each.href} download>{each.label}</Menu.Item>
          ) : (
            <Menu.Item key={each.label} onClick={() => void run(each)}>{each.label}</Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function SearchText({ text, label, onChange }: { text?: string; label: string; onChange: (text?: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text ?? '');
  const report = useDebouncedCallback((value: string) => onChange(value.trim() || undefined), TYPING_MS);
  // The address changes from elsewhere too: back, a link, "clear".
  useEffect(() => setTyped((now) => (now.trim() === (text ?? '') ? now : (text ?? ''))), [text]);

  function type(value: string) {
    setTyped(value);
    report(value);
  }

  return (
    <TextInput
      className={classes.search} type="search" aria-label={label} placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={typed && <CloseButton size="sm" aria-label={t('filter.clearText')} onClick={() => type('')} />}
      value={typed} onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
