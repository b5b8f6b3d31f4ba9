// Which organisation or project one looks at: chosen at the top of every page, kept in the address of
// lists as `organisation` or `project`, and remembered in this browser for the next list that is opened.

import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries';
import type { Session } from '../api/types';
import type { ListFilter } from './list/types';

/** An organisation, or a project with its organisation, or everything one may see. */
export interface Scope {
  organisation?: string;
  project?: string;
}

const STORED_AS = 'edgeward-scope';

let remembered: Scope = read();
const watchers = new Set<() => void>();

function read(): Scope {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED_AS) ?? '{}') as Record<string, unknown> | null;
    const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
    return { organisation: text(stored?.organisation), project: text(stored?.project) };
  } catch {
    return {};
  }
}

export function remember({ organisation, project }: Scope) {
  if (organisation === remembered.organisation && project === remembered.project) return;
  remembered = { organisation, project };
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(remembered));
  } catch {
    // It then lasts as long as the page.
  }
  watchers.forEach((watcher) => watcher());
}

export function useRemembered(): Scope {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => remembered,
  );
}

/** For routes that read the scope: a link that names none gets the one that is remembered. One that names it as undefined takes it off. */
export function keepScope<T extends Scope>({ search, next }: { search: T; next: (search: T) => T }): T {
  const result = next(search);
  return 'organisation' in result || 'project' in result ? result : { ...result, ...remembered };
}

/** The scope in the address of the page that is shown. */
export function useScope(): Scope {
  const { organisation, project } = useSearch({ strict: false } as never) as Scope;
  return { organisation, project };
}

/** What a scope is called; undefined for everything, and for what one may not see. */
export function scopeName(session: Session | null | undefined, { organisation, project }: Scope): string | undefined {
  for (const each of session?.permissions.organisations ?? []) {
    const inside = project && each.projects.find(({ id }) => id === project);
    if (inside) return `${each.name} / ${inside.name}`;
    if (!project && each.id === organisation) return each.name;
  }
  return undefined;
}

/** Filters of a list that show as chips only: the scope is chosen at the top of the page. */
export function useScopeFilters(): ListFilter[] {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const { organisation, project } = useScope();
  const name = (key: keyof Scope) => (value: unknown) => scopeName(session, { [key]: String(value) }) ?? String(value).slice(0, 8);
  return [
    // A project says its organisation.
    ...(project ? [] : [{ key: 'organisation', label: t('noun.organisation'), options: [], describe: name('organisation') }]),
    ...(project || !organisation ? [{ key: 'project', label: t('noun.project'), options: [], describe: name('project') }] : []),
  ];
}
