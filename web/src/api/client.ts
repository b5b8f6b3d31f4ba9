// One function for every request. Same origin, session cookie, JSON. A refusal becomes an ApiError
// that carries the server's words; no answer at all becomes one with the code "unreachable".

import type { ErrorBody, Fault } from './types';

export const API = '/api/v1';

/** How long an answer may take before the request is given up. */
const REQUEST_TIMEOUT_MS = 20_000;
/** The same where the control plane first asks a service that may be slow, several times. */
export const PROOF_TIMEOUT_MS = 100_000;
/** The same for long lists, there and back. */
export const LIST_TIMEOUT_MS = 15 * 60_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly fault?: Fault,
    readonly requestId?: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** What is undefined or empty is left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return request<T>('GET', path + search(query), undefined, { signal });
}

/** Where the control plane first asks a service. */
export function getSlow<T>(path: string): Promise<T> {
  return request<T>('GET', path, undefined, { limitMs: PROOF_TIMEOUT_MS });
}

export function post<T>(path: string, body?: unknown, limitMs?: number): Promise<T> {
  return request<T>('POST', path, body ?? {}, { limitMs });
}

/** A text or a file as it is, such as a list of comma-separated values. */
export function postText<T>(path: string, text: string | Blob, type: string, limitMs?: number): Promise<T> {
  return request<T>('POST', path, undefined, { plain: { text, type }, limitMs });
}

/** A text as it is. */
export async function getText(path: string, query?: Query): Promise<string> {
  return (await answered('GET', path + search(query), undefined, { limitMs: LIST_TIMEOUT_MS })).text();
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return request<T>('PUT', path, body);
}

export function patch<T>(path: string, body: unknown, limitMs?: number): Promise<T> {
  return request<T>('PATCH', path, body, { limitMs });
}

export function remove<T = void>(path: string): Promise<T> {
  return request<T>('DELETE', path);
}

/** An id as a part of a path. */
export const part = encodeURIComponent;

/** `?name=value&…`, or nothing. */
export function search(query: Query = {}): string {
  const set = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

interface RequestOptions {
  signal?: AbortSignal;
  /** In place of a body in JSON. */
  plain?: { text: string | Blob; type: string };
  limitMs?: number;
}

async function request<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
  const text = await (await answered(method, path, body, options)).text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function answered(method: string, path: string, body?: unknown, { signal, plain, limitMs = REQUEST_TIMEOUT_MS }: RequestOptions = {}): Promise<Response> {
  const type = plain?.type ?? (body === undefined ? undefined : 'application/json');
  const limit = AbortSignal.timeout(limitMs);
  let answer: Response;
  try {
    answer = await fetch(API + path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(type ? { 'content-type': type } : {}),
      },
      body: plain?.text ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'unreachable', '');
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => undefined)) as ErrorBody | undefined;
  const error = body?.error;
  if (!error) return new ApiError(answer.status, 'unexpected', `${answer.status} ${answer.statusText}`.trim());
  return new ApiError(answer.status, error.code, error.message, error.hint ?? undefined, error.fault, error.request_id);
}
