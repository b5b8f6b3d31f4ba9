// One call of a service's API as it is typed, and its answer as it is shown. Pure.

import type { CallAnswer, CallRequest } from '../../api/types';
import { pretty } from '../../ui/json';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
export type Method = (typeof METHODS)[number];

/** Those that change nothing, and are all that somebody may send who may only look. */
export const QUIET: readonly Method[] = ['GET', 'HEAD', 'OPTIONS'];

/** More of an answer is not put on the page. */
export const SHOWN_CHARS = 200_000;

export interface Typed {
  method: Method;
  path: string;
  /** One on each line. */
  headers: string;
  body: string;
}

export const hasBody = (method: Method) => !['GET', 'HEAD', 'OPTIONS'].includes(method);

export type PathProblem = 'slash' | 'characters';

/** What is wrong with a path. */
export function pathProblem(path: string): PathProblem | undefined {
  const typed = path.trim();
  if (!typed.startsWith('/')) return 'slash';
  return /[^\x21-\x7e]|[#"<>\\^`{|}]/.test(typed) ? 'characters' : undefined;
}

/** Headers by their names, or the first line that is none. */
export function readHeaders(text: string): { headers: Record<string, string> } | { line: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n').map((each) => each.trim()).filter(Boolean)) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9a-z-]+):\s*(.*)$/i.exec(line) ?? [];
    if (!name) return { line };
    headers[name] = value;
  }
  return { headers };
}

/** As it is sent. A body that is JSON says so, unless a header says something else. */
export function requestOf({ method, path, headers: typed, body }: Typed, meant = false): CallRequest {
  const read = readHeaders(typed);
  const headers = 'headers' in read ? { ...read.headers } : {};
  const sent = hasBody(method) && body.trim() ? body : undefined;
  const said = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  if (sent !== undefined && !said && isJson(sent)) headers['Content-Type'] = 'application/json';
  return {
    method, path: path.trim(), ...(Object.keys(headers).length > 0 ? { headers } : {}), ...(sent !== undefined ? { body: sent } : {}), ...(meant ? { meant } : {}),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export interface ShownBody {
  text: string;
  /** What was left out at the end is not on the page; saved it is whole. */
  shortened: boolean;
}

/** The text of an answer, JSON indented; undefined where it is no text, or there is none. */
export function shownBody({ body, is_cut }: Pick<CallAnswer, 'body' | 'is_cut'>): ShownBody | undefined {
  if (!body) return undefined;
  let text = body;
  if (!is_cut && /^\s*[[{]/.test(body)) {
    try {
      text = pretty(JSON.parse(body));
    } catch {
      // As it came.
    }
  }
  return { text: text.slice(0, SHOWN_CHARS), shortened: text.length > SHOWN_CHARS };
}

export const headerOf = ({ headers }: Pick<CallAnswer, 'headers'>, wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

/** How an answer's status is to be seen. */
export function toneOf(status: number): 'online' | 'warn' | 'failed' {
  return status < 300 ? 'online' : status < 400 ? 'warn' : 'failed';
}
