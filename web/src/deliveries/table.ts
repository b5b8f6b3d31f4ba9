// A table of values as a spreadsheet has it: read from what is pasted, or from a file. Pure; tested by tests/deliveries.test.mjs.

import type { Values } from '../api/types';

/** The row of values for services without one of their own. */
export const DEFAULT_ROW = 'default';

/** What the first column of a whole table is called. */
const SERVICE_COLUMN = 'service';

/** Rows of cells: with tabs between, or with commas where there is no tab. A cell in quotation marks may have both, and line breaks. */
export function cells(text: string, separator = text.includes('\t') ? '\t' : ','): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const body = text.replace(/^\ufeff/, '');
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at] ?? '';
    if (quoted) {
      if (character !== '"') cell += character;
      else if (body[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === separator) {
      rows.at(-1)?.push(cell);
      cell = '';
    } else if (character === '\n') {
      rows.at(-1)?.push(cell.replace(/\r$/, ''));
      rows.push([]);
      cell = '';
    } else cell += character;
  }
  rows.at(-1)?.push(cell);
  return rows.filter((row) => row.some((each) => each !== ''));
}

/** Whether these are a whole table, with the names of its columns first. */
export const isTable = (rows: string[][]) => rows[0]?.[0]?.trim().toLowerCase() === SERVICE_COLUMN && rows[0].length > 1;

export interface ReadTable {
  defaults: Values;
  /** By the ids of services. */
  own: Record<string, Values>;
  /** Names of services that are none of these. */
  unknownServices: string[];
  /** Columns that are no placeholder. */
  unknownColumns: string[];
}

/** A whole table; an empty cell is no value. */
export function readTable([head = [], ...rows]: string[][], placeholders: string[], services: { id: string; name: string }[]): ReadTable {
  const columns = head.slice(1).map((each) => each.trim());
  const ids = new Map(services.map(({ id, name }) => [name, id]));
  const found: ReadTable = { defaults: {}, own: {}, unknownServices: [], unknownColumns: columns.filter((each) => each && !placeholders.includes(each)) };
  for (const [first = '', ...values] of rows) {
    const name = first.trim();
    const read = Object.fromEntries(columns.flatMap((column, at) => (placeholders.includes(column) && values[at] ? [[column, values[at]]] : [])));
    const id = ids.get(name);
    if (id !== undefined) found.own[id] = read;
    else if (name === DEFAULT_ROW) found.defaults = read;
    else found.unknownServices.push(name);
  }
  return found;
}

/** Cells that were pasted at a place, over the rows and columns from there on: by row, the values that it gets. What does not fit is left out. */
export function spread(pasted: string[][], rows: string[], placeholders: string[], row: string, column: string): Record<string, Values> {
  const top = rows.indexOf(row);
  const left = placeholders.indexOf(column);
  return Object.fromEntries(pasted.flatMap((values, down) => {
    const id = rows[top + down];
    return id === undefined ? [] : [[id, Object.fromEntries(values.flatMap((value, right) => {
      const name = placeholders[left + right];
      return name === undefined ? [] : [[name, value]];
    }))]];
  }));
}
