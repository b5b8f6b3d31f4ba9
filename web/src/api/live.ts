// Live updates: one event stream; each event names a kind of thing, and the page asks again for
// what it shows of that kind. Reconnects by itself, later each time, and after a gap asks for all.

import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { API } from './client';
import { STALE_AFTER, sessionQuery } from './queries';
import type { ChangedKind } from './types';

export type LiveState = 'connecting' | 'live' | 'reconnecting';

/** Events within this time lead to one round of requests. */
const GATHER_MS = 300;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** A page that nobody looks at lets go of its stream after this: over HTTP/1.1 a browser has six connections for all its tabs. */
const UNSEEN_MS = 20_000;

let state: LiveState = 'connecting';
const watchers = new Set<() => void>();

function become(next: LiveState) {
  if (state === next) return;
  state = next;
  watchers.forEach((watcher) => watcher());
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Starts listening; the answer stops it. */
export function listen(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let gather: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST_RETRY_MS;
  let missed = false;
  const stale = new Set<string>();

  function refresh() {
    gather = undefined;
    for (const kind of stale) void client.invalidateQueries({ queryKey: [kind] });
    stale.clear();
  }

  function changed(kind: ChangedKind) {
    for (const key of STALE_AFTER[kind] ?? []) stale.add(key);
    gather ??= setTimeout(refresh, GATHER_MS);
  }

  function connect() {
    source = new EventSource(`${API}/events`);
    source.onopen = () => {
      delay = FIRST_RETRY_MS;
      become('live');
      if (missed) void client.invalidateQueries();
      missed = false;
    };
    source.addEventListener('changed', (event) => {
      changed((JSON.parse((event as MessageEvent<string>).data) as { kind: ChangedKind }).kind);
    });
    source.onerror = () => {
      missed = true;
      become('reconnecting');
      source?.close();
      retry = setTimeout(connect, delay);
      delay = Math.min(delay * 2, LAST_RETRY_MS);
      // The stream does not say why it was refused; an ended session shows here.
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    };
  }

  let unseen: ReturnType<typeof setTimeout> | undefined;
  let resting = false;

  function rest() {
    resting = true;
    source?.close();
    clearTimeout(retry);
  }

  function wake() {
    clearTimeout(unseen);
    if (!resting) return;
    resting = false;
    missed = true;
    connect();
  }

  function looked() {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(rest, UNSEEN_MS);
    else wake();
  }

  document.addEventListener('visibilitychange', looked);
  // The browser may keep the page as it is when one goes elsewhere, for the way back.
  window.addEventListener('pagehide', rest);
  window.addEventListener('pageshow', wake);
  become('connecting');
  connect();
  return () => {
    document.removeEventListener('visibilitychange', looked);
    window.removeEventListener('pagehide', rest);
    window.removeEventListener('pageshow', wake);
    source?.close();
    clearTimeout(unseen);
    clearTimeout(retry);
    clearTimeout(gather);
  };
}
