// What is filled in: a row for all services, and one for each that was chosen. A part of a spreadsheet can be pasted into any cell, or a whole
// table with the names of services before and of placeholders above.

import { Button, FileButton, TextInput } from '@mantine/core';
import { IconFile } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Service, Values } from '../api/types';
import classes from './Deliver.module.css';
import { rowsOf, type DeliverFields } from './form';
import { DEFAULT_ROW, cells, isTable, readTable, spread } from './table';

/** So many rows more are shown each time. */
const ROWS = 100;

/** So many names that were not understood are said. */
const SAID = 5;

interface ValuesTableProps {
  placeholders: string[];
  /** All that could be chosen: a whole table chooses those that it names. */
  services: Service[];
  fields: DeliverFields;
  onChange: (change: Partial<DeliverFields>) => void;
  /** In words, by row. */
  problems: Record<string, { readonly text: string; readonly names: readonly string[] }>;
}

export function ValuesTable({ placeholders, services, fields, onChange, problems }: ValuesTableProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(ROWS);
  const [said, say] = useState<{ text: string; bad: boolean }>();
  const rows = rowsOf(fields);
  const names = new Map(services.map(({ id, name }) => [id, name]));
  const nameOf = (row: string) => (row === DEFAULT_ROW ? (rows.length > 1 ? t('deliver.defaultRow') : t('deliver.allRow')) : (names.get(row) ?? row));
  const valuesOf = (row: string) => (row === DEFAULT_ROW ? fields.defaults : (fields.own[row] ?? {}));

  function set(changes: Record<string, Values>) {
    const { [DEFAULT_ROW]: defaults, ...own } = changes;
    onChange({
      ...(defaults ? { defaults: { ...fields.defaults, ...defaults } } : {}),
      own: { ...fields.own, ...Object.fromEntries(Object.entries(own).map(([id, values]) => [id, { ...fields.own[id], ...values }])) },
    });
  }

  /** A whole table: its services are chosen with their values. */
  function take(table: string[][]) {
    const { defaults, own, unknownServices, unknownColumns } = readTable(table, placeholders, services);
    const named = new Set(Object.keys(own));
    const chosen = services.flatMap(({ id }) => (named.has(id) || (fields.to === 'services' && fields.chosen.includes(id)) ? [id] : []));
    onChange({ ...(named.size > 0 ? { to: 'services' as const, chosen } : {}), defaults: { ...fields.defaults, ...defaults }, own: { ...fields.own, ...own } });
    const wrong = [
      ...(unknownServices.length > 0 ? [t('deliver.unknownServices', { count: unknownServices.length, names: unknownServices.slice(0, SAID).join(t('list.comma')) })] : []),
      ...(unknownColumns.length > 0 ? [t('deliver.unknownColumns', { count: unknownColumns.length, names: unknownColumns.slice(0, SAID).join(t('list.comma')) })] : []),
    ];
    say({ text: [t('deliver.tableRead', { count: named.size }), ...wrong].join(' '), bad: wrong.length > 0 });
  }

  function paste(event: React.ClipboardEvent, row: string, column: string) {
    const text = event.clipboardData.getData('text');
    const table = cells(text);
    if (isTable(table)) take(table);
    else if (/\t|\n./.test(text)) set(spread(cells(text, '\t'), rows, placeholders, row, column));
    // A single value is pasted as it is.
    else return;
    event.preventDefault();
  }

  const open = (file: File | null) => void file?.text().then((text) => {
    const table = cells(text);
    if (isTable(table)) take(table);
    else say({ text: t('deliver.noTable'), bad: true });
  });

  return (
    <div className={classes.fields}>
      <p className={classes.note}>{t('deliver.valuesNote')}</p>
      <div className={`${classes.scroll} ${classes.tableScroll}`} role="region" aria-label={t('deliver.values')} tabIndex={0}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('noun.service')}</th>
              {placeholders.map((name) => <th key={name} scope="col" data-verbatim>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row) => (
              <tr key={row} data-default={row === DEFAULT_ROW || undefined}>
                <th scope="row">
                  {nameOf(row)}
                  {problems[row] && <span className={classes.bad}>{problems[row].text}</span>}
                </th>
                {placeholders.map((name) => (
                  <td key={name}>
                    <TextInput
                      size="xs" aria-label={t('deliver.valueOf', { name, service: nameOf(row) })} autoComplete="off" spellCheck={false} className={classes.cell}
                      placeholder={row === DEFAULT_ROW ? undefined : fields.defaults[name]} value={valuesOf(row)[name] ?? ''} error={problems[row]?.names.includes(name)} withErrorStyles
                      onPaste={(event) => paste(event, row, name)} onChange={(event) => set({ [row]: { [name]: event.currentTarget.value } })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={classes.buttons}>
        {rows.length > shown && <Button variant="default" size="compact-sm" onClick={() => setShown(shown + ROWS)}>{t('deliver.moreRows', { count: rows.length - shown })}</Button>}
        <FileButton accept=".csv,.tsv,.txt,text/csv,text/plain" onChange={open}>
          {(props) => <Button {...props} variant="default" size="compact-sm" leftSection={<IconFile size={14} aria-hidden />}>{t('deliver.tableFile')}</Button>}
        </FileButton>
      </div>
      <div role="status" className={said?.bad ? classes.bad : classes.note} hidden={!said}>{said?.text}</div>
    </div>
  );
}
