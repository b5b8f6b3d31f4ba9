// A list of devices as somebody pastes it, read as the control plane reads it: `brand,model,serial[,device_data]`, a first
// line with these names being optional. Unlike the control plane it does not end at the first line that is wrong.
// Pure; tested by tests/registrations.test.mjs.

import { MAX_DEVICE_DATA_BYTES, MAX_IDENTITY_CHARS, MAX_REGISTERED_AT_ONCE } from '../api/types';

export type LineProblem = 'values' | 'empty' | 'long' | 'character' | 'base64' | 'large' | 'twice' | 'tooMany' | 'quotation';

export interface ListedDevice {
  /** The line that it begins on, from 1. */
  line: number;
  brand: string;
  model: string;
  serial: string;
  /** In base64; may be empty. */
  deviceData: string;
}

export interface WrongLine {
  line: number;
  problem: LineProblem;
  /** What is concerned: how many values there are, a column's name, the line that has the same device. */
  what: string;
}

const COLUMNS = ['brand', 'model', 'serial', 'device_data'] as const;

/** How many bytes base64 stands for; undefined for what is none. */
export function base64Bytes(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(trimmed)) return undefined;
  return (trimmed.length / 4) * 3 - (trimmed.endsWith('==') ? 2 : trimmed.endsWith('=') ? 1 : 0);
}

/** What is wrong with a brand, model or serial number. */
export function identityProblem(text: string): 'empty' | 'long' | 'character' | undefined {
  const trimmed = text.trim();
  if (!trimmed) return 'empty';
  if ([...trimmed].length > MAX_IDENTITY_CHARS) return 'long';
  return /\p{Cc}/u.test(trimmed) ? 'character' : undefined;
}

export function readDevices(text: string): { devices: ListedDevice[]; wrong: WrongLine[] } {
  const devices: ListedDevice[] = [];
  const wrong: WrongLine[] = [];
  const seen = new Map<string, number>();
  const { records, open } = recordsOf(text.replace(/^\ufeff/, ''));
  let first = true;
  for (const { line, values } of records) {
    if (values.every((value) => !value.trim())) continue;
    const heading = first && values.length >= 3 && values.length <= 4 && values.every((value, index) => value.trim().toLowerCase() === COLUMNS[index]);
    first = false;
    if (heading) continue;
    if (values.length < 3 || values.length > 4) {
      wrong.push({ line, problem: 'values', what: String(values.length) });
      continue;
    }
    const [brand = '', model = '', serial = '', deviceData = ''] = values.map((value) => value.trim());
    const problem = problemOf([brand, model, serial], deviceData);
    if (problem) {
      wrong.push({ line, ...problem });
      continue;
    }
    const identity = JSON.stringify([brand, model, serial]);
    const before = seen.get(identity);
    if (before !== undefined) wrong.push({ line, problem: 'twice', what: String(before) });
    else if (devices.length === MAX_REGISTERED_AT_ONCE) {
      wrong.push({ line, problem: 'tooMany', what: String(MAX_REGISTERED_AT_ONCE) });
      break;
    } else {
      seen.set(identity, line);
      devices.push({ line, brand, model, serial, deviceData });
    }
  }
  if (open !== undefined) wrong.push({ line: open, problem: 'quotation', what: '' });
  return { devices, wrong };
}

function problemOf(identity: string[], deviceData: string): Omit<WrongLine, 'line'> | undefined {
  for (const [index, value] of identity.entries()) {
    const problem = identityProblem(value);
    if (problem) return { problem, what: COLUMNS[index] ?? '' };
  }
  const bytes = base64Bytes(deviceData);
  if (bytes === undefined) return { problem: 'base64', what: 'device_data' };
  return bytes > MAX_DEVICE_DATA_BYTES ? { problem: 'large', what: String(bytes) } : undefined;
}

interface Records {
  records: { line: number; values: string[] }[];
  /** Where a quotation mark opens that is not closed. */
  open?: number;
}

/** By RFC 4180; a quotation mark counts at the beginning of a value. */
function recordsOf(text: string): Records {
  const records: Records['records'] = [];
  let values: string[] = [];
  let value = '';
  let quoted = false;
  let line = 1;
  let began = 1;
  const characters = [...text];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at];
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') value += character;
      else if (characters[at + 1] === '"') {
        value += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && !value.trim()) {
      value = '';
      quoted = true;
    } else if (character === ',') {
      values.push(value);
      value = '';
    } else if (character === '\n') {
      records.push({ line: began, values: [...values, value] });
      values = [];
      value = '';
      began = line;
    } else if (!(character === '\r' && characters[at + 1] === '\n')) value += character;
  }
  if (quoted) return { records, open: began };
  if (value || values.length > 0) records.push({ line: began, values: [...values, value] });
  return { records };
}

/** The line that a refusal of the control plane is about: it names it, as in `line 3: the brand is empty`, or its device. */
export function lineOf(message: string, devices: ListedDevice[]): number | undefined {
  const named = /^line (\d+): /.exec(message)?.[1];
  if (named) return Number(named);
  return devices.find(({ brand, model, serial }) => message.includes(`\`${brand}/${model}/${serial}\``))?.line;
}
