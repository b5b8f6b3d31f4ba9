// What somebody may do, told from their session, so that the console offers nothing that would be
// refused. The control plane decides for itself; this only follows it. The words and the least roles
// are those of the control plane's own table.

import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from './queries';
import type { Role, Session } from './types';

/** The least role that may do each thing, at the place where it is done. */
const LEAST = {
  // At the system.
  manage_settings: 'system_admin',
  manage_system: 'system_admin',
  read_system_audit: 'system_admin',
  manage_unassigned_agents: 'system_admin',
  create_organisation: 'system_admin',
  // At an organisation.
  delete_organisation: 'system_admin',
  edit_organisation: 'organisation_admin',
  manage_organisation_members: 'organisation_admin',
  manage_enrolment: 'organisation_admin',
  manage_automatic_enrolment: 'system_admin',
  manage_waiting_agents: 'organisation_admin',
  create_project: 'organisation_admin',
  read_organisation_audit: 'organisation_admin',
  look_at_members: 'project_admin',
  // At a project.
  edit_project: 'project_admin',
  delete_project: 'project_admin',
  manage_project_members: 'project_admin',
  read_project_audit: 'project_admin',
  manage_agents: 'project_admin',
  manage_join_tokens: 'project_admin',
  manage_registrations: 'project_admin',
  manage_services: 'project_admin',
  operate_devices: 'project_admin',
  use_services: 'project_admin',
  look: 'viewer',
  read_services: 'viewer',
  // Anywhere.
  download_public_key: 'project_admin',
  create_users: 'project_admin',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof LEAST;

/** Where: the system, an organisation, a project, or at least somewhere. */
export type Place = 'system' | 'anywhere' | { organisation: string } | { project: string; organisation?: string };

const ORDER: readonly Role[] = ['system_admin', 'organisation_admin', 'project_admin', 'viewer'];

/** May whoever is signed in do this there? Without a place: anywhere. */
export function can(session: Session | null | undefined, action: Action, place: Place = 'anywhere'): boolean {
  const role = roleAt(session, place);
  return role !== undefined && ORDER.indexOf(role) <= ORDER.indexOf(LEAST[action]);
}

/** The greatest role at a place; undefined where nothing may be seen. */
export function roleAt(session: Session | null | undefined, place: Place): Role | undefined {
  if (!session) return undefined;
  const { system_admin, organisations } = session.permissions;
  if (system_admin) return 'system_admin';
  if (place === 'system') return undefined;
  if (place === 'anywhere') return ORDER.find((role) => organisations.some((each) => each.role === role));
  if (!('project' in place)) return organisations.find(({ id }) => id === place.organisation)?.role;
  for (const { id, role, projects } of organisations) {
    const project = projects.find((each) => each.id === place.project);
    if (project) return project.role;
    // A project made a moment ago is not in the session yet.
    if (id === place.organisation && role === 'organisation_admin') return role;
  }
  return undefined;
}

/** `can` of whoever is signed in. */
export function useCan(): (action: Action, place?: Place) => boolean {
  const session = useQuery(sessionQuery).data;
  return (action, place) => can(session, action, place);
}
