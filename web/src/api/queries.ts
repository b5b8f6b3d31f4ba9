// What the pages ask for. The first part of each key is the kind of thing, so that a live event
// can name what to ask for again.

import { QueryClient, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiError, get } from './client';
import type {
  Agent, AgentFilter, ChangedKind, JoinToken, List, Organisation, Overview, Service, ServiceFilter, Session, SetupState,
} from './types';

/** What each kind of change makes stale. The overview counts everything. */
export const STALE_AFTER: Record<ChangedKind, string[]> = {
  agents: ['agents', 'services', 'overview'],
  services: ['services', 'agents', 'overview'],
  organisations: ['organisations', 'agents', 'services'],
  join_tokens: ['join-tokens'],
  agent_service: ['overview'],
};

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // A refusal stays a refusal; no answer at all is worth two more tries.
        retry: (count, error) => error instanceof ApiError && error.status === 0 && count < 2,
        retryDelay: (attempt) => 500 * 2 ** attempt,
      },
    },
  });
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await get<Session>('/session', undefined, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  staleTime: 0,
  queryFn: ({ signal }) => get<SetupState>('/setup', undefined, signal),
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => get<Overview>('/overview', undefined, signal),
});

export const agentsQuery = (filter: AgentFilter) =>
  queryOptions({
    queryKey: ['agents', 'list', filter],
    queryFn: ({ signal }) => get<List<Agent>>('/agents', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ['agents', 'one', id],
    queryFn: ({ signal }) => get<Agent>(`/agents/${encodeURIComponent(id)}`, undefined, signal),
  });

export const servicesQuery = (filter: ServiceFilter) =>
  queryOptions({
    queryKey: ['services', 'list', filter],
    queryFn: ({ signal }) => get<List<Service>>('/services', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ['services', 'one', id],
    queryFn: ({ signal }) => get<Service>(`/services/${encodeURIComponent(id)}`, undefined, signal),
  });

export const organisationsQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: ({ signal }) => get<List<Organisation>>('/organisations', undefined, signal),
});

export const joinTokensQuery = queryOptions({
  queryKey: ['join-tokens'],
  queryFn: ({ signal }) => get<List<JoinToken>>('/agent-tokens', undefined, signal),
});
