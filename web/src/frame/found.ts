// What the search finds: by name at once, and what the control plane finds a moment later.

import { useQuery } from '@tanstack/react-query';
import { IconBuilding, IconCpu, IconFolder, IconPlugConnected, IconPlus, IconRocket, IconUser, IconUserPlus, IconWorld, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { agentName } from '../agents/words';
import { can } from '../api/permissions';
import { agentsQuery, servicesQuery, sessionQuery, usersQuery } from '../api/queries';
import type { Session } from '../api/types';
import { signOutAndLeave } from './leave';
import { placesFor } from './places';

/** Of each kind at most so many. */
const SHOWN = 5;
const KEEP_MS = 30_000;

interface Entry {
  key: string;
  name: string;
  about?: string;
  Icon: Icon;
}

export type Found = Entry & ({ link: { to: string; params?: Record<string, string>; search?: Record<string, unknown> } } | { run: () => void });

type Group = 'pages' | 'actions' | 'organisations' | 'agents' | 'services' | 'users';

export function useFound(typed: string, asked: string) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const enabled = asked.length > 0;
  const filter = { text: asked, limit: SHOWN };
  const agents = useQuery({ ...agentsQuery(filter), enabled, staleTime: KEEP_MS });
  const services = useQuery({ ...servicesQuery(filter), enabled, staleTime: KEEP_MS });
  const users = useQuery({ ...usersQuery(filter), enabled: enabled && can(session, 'create_users'), staleTime: KEEP_MS });
  const wanted = typed.toLowerCase();
  const matching = (found: Found[]) => found.filter(({ name, about }) => `${name}\n${about ?? ''}`.toLowerCase().includes(wanted));

  const pages: Found[] = placesFor(session).map(({ to, key, Icon }) => ({ key: to, name: t(`nav.${key}`), Icon, link: { to } }));
  pages.push(
    ...(session?.user ? [{ key: '/profile', name: t('frame.profile'), Icon: IconUser, link: { to: '/profile' } }] : []),
  );
  const actions: Found[] = [
    ...(can(session, 'manage_agents') ? [{ key: 'adopt', name: t('search.adopt'), Icon: IconPlugConnected, link: { to: '/agents', search: { management: 'unmanaged' } } }] : []),
    ...(can(session, 'operate_devices') ? [{ key: 'rollout', name: t('search.newRollout'), Icon: IconRocket, link: { to: '/rollouts/new' } }] : []),
    ...(can(session, 'manage_services') ? [{ key: 'service', name: t('search.addService'), Icon: IconPlus, link: { to: '/services', search: { make: true } } }, { key: 'host', name: t('search.hostService'), Icon: IconPlus, link: { to: '/services', search: { make: 'hosted' } } }] : []),
    ...(can(session, 'manage_registrations') ? [{ key: 'register', name: t('search.register'), Icon: IconPlus, link: { to: '/registrations', search: { make: 'one' } } }] : []),
    ...(can(session, 'create_users') ? [{ key: 'user', name: t('search.newUser'), Icon: IconUserPlus, link: { to: '/users', search: { make: true } } }] : []),
    ...(can(session, 'create_organisation', 'system') ? [{ key: 'organisation', name: t('search.newOrganisation'), Icon: IconPlus, link: { to: '/organisations', search: { make: true } } }] : []),
    ...(session?.token ? [] : [{ key: 'token', name: t('search.newToken'), Icon: IconPlus, link: { to: '/tokens', search: { make: true } } }]),
    { key: 'out', name: t('frame.signOut'), Icon: IconUser, run: () => void signOutAndLeave() },
  ];

  const current = enabled && typed.length > 0;
  const groups: { key: Group; found: Found[] }[] = [
    { key: 'pages', found: matching(pages) },
    { key: 'actions', found: matching(actions) },
    { key: 'organisations', found: typed ? matching(places(session)).slice(0, SHOWN) : [] },
    {
      key: 'agents',
      found: current ? (agents.data?.items ?? []).slice(0, SHOWN).map((agent) => ({
        key: agent.id, name: agentName(agent), about: agent.membership?.project_name ?? agent.hostname, Icon: IconCpu,
        link: { to: '/agents/$id', params: { id: agent.id } },
      })) : [],
    },
    {
      key: 'services',
      found: current ? (services.data?.items ?? []).slice(0, SHOWN).map(({ id, name, agent_name, address }) => ({
        key: id, name, about: agent_name ?? address, Icon: IconWorld, link: { to: '/services/$id', params: { id } },
      })) : [],
    },
    {
      key: 'users',
      found: current ? (users.data?.items ?? []).slice(0, SHOWN).map(({ id, display_name, email }) => ({
        key: id, name: display_name, about: email, Icon: IconUser, link: { to: '/users/$id', params: { id } },
      })) : [],
    },
  ];
  const asking = [agents, services, users];
  return {
    groups: groups.filter(({ found }) => found.length > 0),
    searching: typed !== asked || (enabled && asking.some(({ isFetching }) => isFetching)),
    failed: enabled && asking.some(({ isError }) => isError),
  };
}

/** Organisations and projects: their pages for those who may look at members, else their agents. */
function places(session: Session | null | undefined): Found[] {
  return (session?.permissions.organisations ?? []).flatMap((each): Found[] => [
    {
      key: each.id, name: each.name, Icon: IconBuilding,
      link: can(session, 'look_at_members', { organisation: each.id }) ? { to: '/organisations/$id', params: { id: each.id } } : { to: '/agents', search: { organisation: each.id } },
    },
    ...each.projects.map((project): Found => ({
      key: project.id, name: project.name, about: each.name, Icon: IconFolder,
      link: can(session, 'look_at_members', { project: project.id, organisation: each.id })
        ? { to: '/projects/$id', params: { id: project.id } }
        : { to: '/agents', search: { organisation: each.id, project: project.id } },
    })),
  ]);
}
