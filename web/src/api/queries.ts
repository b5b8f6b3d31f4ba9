// What the pages ask for. The first part of each key is the kind of thing, so that a live event
// can name what to ask for again.

import { QueryClient, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiError, get, part } from './client';
import type {
  ActionFilter, Agent, AgentFilter, AgentServiceState, ApiToken, ChangedKind, DeliveredService, DeliveredServiceFilter, Delivery, DeliveryFilter, DeviceAction, DeviceTags, Differing,
  EnrolmentSettings, EntryFilter, EntryPage, Hosted, HostingAgent, JoinToken, KeyPair, List, Member, Organisation, Overview, PastTwin, Project, PublicKey, Registration, RegistrationFilter,
  RequiredSnaps, Rollout, RolloutDevice, RolloutFilter, Service, ServiceFigures, ServiceFilter, ServiceTagUse, Session, SessionInfo, Settings, SignInOptions, TagUse, Template, TemplateFilter, TemplateVersion, Twin,
  TwinChange, TwinHistoryFilter, User, UserFilter,
} from './types';

/** The most that one answer has. */
const MOST = 1000;

/** Figures are asked for no oftener than this. */
const LEAST_FIGURES_S = 30;

/** What each kind of change makes stale. The overview counts everything; the session says what one may do. */
export const STALE_AFTER: Record<ChangedKind, string[]> = {
  agents: ['agents', 'services', 'overview', 'tags', 'hosting'],
  services: ['services', 'agents', 'overview', 'key-pairs', 'hosting'],
  organisations: ['organisations', 'projects', 'session', 'agents', 'services'],
  join_tokens: ['join-tokens'],
  agent_service: ['overview', 'agent-service'],
  users: ['users', 'members', 'session', 'api-tokens'],
  api_tokens: ['api-tokens'],
  audit: ['audit'],
  settings: ['settings', 'sign-in-options', 'overview'],
  sessions: ['sessions'],
  actions: ['actions'],
  registrations: ['registrations', 'enrolment', 'required-snaps'],
  twins: ['twins'],
  rollouts: ['rollouts'],
  deliveries: ['deliveries'],
  templates: ['templates'],
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

export const signInOptionsQuery = queryOptions({
  queryKey: ['sign-in-options'],
  queryFn: ({ signal }) => get<SignInOptions>('/session/options', undefined, signal),
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
    queryFn: ({ signal }) => get<Agent>(`/agents/${part(id)}`, undefined, signal),
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
    queryFn: ({ signal }) => get<Service>(`/services/${part(id)}`, undefined, signal),
  });

/** How a hosted service is to be. */
export const hostedQuery = (id: string) =>
  queryOptions({
    queryKey: ['services', 'hosted', id],
    queryFn: ({ signal }) => get<Hosted>(`/services/${part(id)}/hosted`, undefined, signal),
  });

/** All agents of a project that may host services. */
export const hostingQuery = (project: string) =>
  queryOptions({
    queryKey: ['hosting', project],
    queryFn: async ({ signal }) => {
      const all: HostingAgent[] = [];
      for (;;) {
        const { items, total } = await get<List<HostingAgent>>('/hosting', { project, offset: all.length || undefined, limit: MOST }, signal);
        all.push(...items);
        if (items.length === 0 || all.length >= total) return all;
      }
    },
  });

/** The tags in use, with how many services have each. */
export const serviceTagsQuery = (filter: { organisation?: string; project?: string }) =>
  queryOptions({
    queryKey: ['services', 'tags', filter],
    queryFn: ({ signal }) => get<List<ServiceTagUse>>('/services/tags', { ...filter }, signal),
  });

/** A service's key figures; asked for again as often as it is. */
export const figuresQuery = (id: string) =>
  queryOptions({
    queryKey: ['figures', id],
    queryFn: ({ signal }) => get<ServiceFigures>(`/services/${part(id)}/figures`, undefined, signal),
    refetchInterval: ({ state }) => Math.max(state.data?.every_s ?? 0, LEAST_FIGURES_S) * 1000,
  });

/** The newest first. */
export const actionsQuery = (filter: ActionFilter) =>
  queryOptions({
    queryKey: ['actions', 'list', filter],
    queryFn: ({ signal }) => get<List<DeviceAction>>('/actions', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const actionQuery = (id: string) =>
  queryOptions({
    queryKey: ['actions', 'one', id],
    queryFn: ({ signal }) => get<DeviceAction>(`/actions/${part(id)}`, undefined, signal),
  });

export const twinQuery = (id: string) =>
  queryOptions({
    queryKey: ['twins', 'one', id],
    queryFn: ({ signal }) => get<Twin>(`/devices/${part(id)}/twin`, undefined, signal),
  });

/** What was written, the newest first. */
export const twinHistoryQuery = (id: string, filter: TwinHistoryFilter) =>
  queryOptions({
    queryKey: ['twins', 'history', id, filter],
    queryFn: ({ signal }) => get<List<TwinChange>>(`/devices/${part(id)}/twin/history`, { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

/** What the twin was at a moment, which does not change any more. */
export const twinThenQuery = (id: string, at: string) =>
  queryOptions({
    queryKey: ['twin-then', id, at],
    staleTime: Infinity,
    queryFn: ({ signal }) => get<PastTwin>(`/devices/${part(id)}/twin/then`, { at }, signal),
  });

/** The devices that are not as they are wished, the longest first. */
export const differingQuery = (filter: { organisation?: string; project?: string }) =>
  queryOptions({
    queryKey: ['twins', 'differing', filter],
    queryFn: ({ signal }) => get<List<Differing>>('/devices/differing', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

/** The newest first. */
export const registrationsQuery = (filter: RegistrationFilter) =>
  queryOptions({
    queryKey: ['registrations', 'list', filter],
    queryFn: ({ signal }) => get<List<Registration>>('/registrations', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const registrationQuery = (id: string) =>
  queryOptions({
    queryKey: ['registrations', 'one', id],
    queryFn: ({ signal }) => get<Registration>(`/registrations/${part(id)}`, undefined, signal),
  });

/** What an organisation asks of devices that enrol. */
export const enrolmentQuery = (organisation: string) =>
  queryOptions({
    queryKey: ['enrolment', organisation],
    queryFn: ({ signal }) => get<EnrolmentSettings>(`/organisations/${part(organisation)}/enrolment`, undefined, signal),
  });

export const requiredSnapsQuery = (organisation: string) =>
  queryOptions({
    queryKey: ['required-snaps', organisation],
    queryFn: ({ signal }) => get<List<RequiredSnaps>>('/required-snaps', { organisation }, signal),
  });

/** The newest first. */
export const rolloutsQuery = (filter: RolloutFilter) =>
  queryOptions({
    queryKey: ['rollouts', 'list', filter],
    queryFn: ({ signal }) => get<List<Rollout>>('/rollouts', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const rolloutQuery = (id: string) =>
  queryOptions({
    queryKey: ['rollouts', 'one', id],
    queryFn: ({ signal }) => get<Rollout>(`/rollouts/${part(id)}`, undefined, signal),
  });

/** In the order of their waves. */
export const rolloutDevicesQuery = (id: string, paging: { offset?: number; limit?: number }) =>
  queryOptions({
    queryKey: ['rollouts', 'devices', id, paging],
    queryFn: ({ signal }) => get<List<RolloutDevice>>(`/rollouts/${part(id)}/devices`, { ...paging }, signal),
    placeholderData: keepPreviousData,
  });

/** In the order of their names. */
export const templatesQuery = (filter: TemplateFilter) =>
  queryOptions({
    queryKey: ['templates', 'list', filter],
    queryFn: ({ signal }) => get<List<Template>>('/templates', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const templateQuery = (id: string) =>
  queryOptions({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) => get<Template>(`/templates/${part(id)}`, undefined, signal),
  });

/** The newest first, without their texts. */
export const templateVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['templates', 'versions', id],
    queryFn: ({ signal }) => get<TemplateVersion[]>(`/templates/${part(id)}/versions`, undefined, signal),
  });

/** With its text, which does not change any more. */
export const templateVersionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['template-version', id, version],
    staleTime: Infinity,
    queryFn: ({ signal }) => get<TemplateVersion>(`/templates/${part(id)}/versions/${version}`, undefined, signal),
  });

/** The newest first. */
export const deliveriesQuery = (filter: DeliveryFilter) =>
  queryOptions({
    queryKey: ['deliveries', 'list', filter],
    queryFn: ({ signal }) => get<List<Delivery>>('/deliveries', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => get<Delivery>(`/deliveries/${part(id)}`, undefined, signal),
  });

/** In the order of their waves and names. */
export const deliveredServicesQuery = (id: string, filter: DeliveredServiceFilter) =>
  queryOptions({
    queryKey: ['deliveries', 'services', id, filter],
    queryFn: ({ signal }) => get<List<DeliveredService>>(`/deliveries/${part(id)}/services`, { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const tagsQuery = (device: string) =>
  queryOptions({
    queryKey: ['tags', 'of', device],
    queryFn: ({ signal }) => get<DeviceTags>(`/devices/${part(device)}/tags`, undefined, signal),
  });

/** The tags in use, with how many devices have each. */
export const tagUseQuery = (filter: { organisation?: string; project?: string }) =>
  queryOptions({
    queryKey: ['tags', 'use', filter],
    queryFn: ({ signal }) => get<List<TagUse>>('/tags', { ...filter }, signal),
  });

export const organisationsQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: ({ signal }) => get<List<Organisation>>('/organisations', undefined, signal),
});

export const organisationQuery = (id: string) =>
  queryOptions({
    queryKey: ['organisations', 'one', id],
    queryFn: ({ signal }) => get<Organisation>(`/organisations/${part(id)}`, undefined, signal),
  });

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: ['projects', 'one', id],
    queryFn: ({ signal }) => get<Project>(`/projects/${part(id)}`, undefined, signal),
  });

/** What has members. */
export type PlaceKind = 'organisations' | 'projects';

export const membersQuery = (kind: PlaceKind, id: string) =>
  queryOptions({
    queryKey: ['members', kind, id],
    queryFn: ({ signal }) => get<List<Member>>(`/${kind}/${part(id)}/members`, undefined, signal),
  });

export const joinTokensQuery = queryOptions({
  queryKey: ['join-tokens'],
  queryFn: ({ signal }) => get<List<JoinToken>>('/agent-tokens', undefined, signal),
});

export const usersQuery = (filter: UserFilter) =>
  queryOptions({
    queryKey: ['users', 'list', filter],
    queryFn: ({ signal }) => get<List<User>>('/users', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', 'one', id],
    queryFn: ({ signal }) => get<User>(`/users/${part(id)}`, undefined, signal),
  });

/** One's own sessions. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions', 'own'],
  queryFn: ({ signal }) => get<List<SessionInfo>>('/sessions', undefined, signal),
});

export const userSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['sessions', 'of', id],
    queryFn: ({ signal }) => get<List<SessionInfo>>(`/users/${part(id)}/sessions`, undefined, signal),
  });

/** One's own, or all that one may revoke. */
export const apiTokensQuery = (all: boolean) =>
  queryOptions({
    queryKey: ['api-tokens', all],
    queryFn: ({ signal }) => get<List<ApiToken>>('/api-tokens', { all: all || undefined }, signal),
    placeholderData: keepPreviousData,
  });

/** One page of entries, the newest first. */
export const auditQuery = (filter: EntryFilter) =>
  queryOptions({
    queryKey: ['audit', 'page', filter],
    queryFn: ({ signal }) => get<EntryPage>('/audit', { ...filter }, signal),
    placeholderData: keepPreviousData,
  });

/** All action words. */
export const auditActionsQuery = queryOptions({
  queryKey: ['audit-actions'],
  staleTime: Infinity,
  queryFn: ({ signal }) => get<List<string>>('/audit/actions', undefined, signal),
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => get<Settings>('/settings', undefined, signal),
});

export const agentServiceQuery = queryOptions({
  queryKey: ['agent-service'],
  queryFn: ({ signal }) => get<AgentServiceState>('/agent-service', undefined, signal),
});

/** The key pairs that services check tokens with. */
export const keyPairsQuery = queryOptions({
  queryKey: ['key-pairs'],
  queryFn: ({ signal }) => get<List<KeyPair>>('/keys', undefined, signal),
});

export const publicKeyQuery = queryOptions({
  queryKey: ['keys', 'edge-services'],
  staleTime: Infinity,
  queryFn: ({ signal }) => get<PublicKey>('/keys/edge-services', undefined, signal),
});
