// Organisations and projects to choose from, with what one may give there.

import type { MemberRole, MembershipRequest, Role, Session } from '../api/types';

export interface PlaceChoice {
  /** `o:<id>` or `p:<id>`. */
  key: string;
  organisation: string;
  /** Empty for the organisation itself. */
  project: string;
  /** What may be given there, the least first. */
  roles: MemberRole[];
}

const ORGANISATION_ROLES: MemberRole[] = ['member', 'viewer', 'admin'];
const PROJECT_ROLES: MemberRole[] = ['viewer', 'admin'];
const ADMIN: Role[] = ['system_admin', 'organisation_admin', 'project_admin'];
const OF_ORGANISATION: Role[] = ['system_admin', 'organisation_admin'];

/** Where one may give memberships. */
export function giving(session: Session | null | undefined): PlaceChoice[] {
  return choices(session, (isAdmin, all) => (isAdmin ? all : []));
}

/** What a token of one's own may be given: never more than one is oneself. */
export function having(session: Session | null | undefined): PlaceChoice[] {
  return choices(session, (isAdmin) => (isAdmin ? PROJECT_ROLES : ['viewer']));
}

function choices(session: Session | null | undefined, rolesOf: (isAdmin: boolean, all: MemberRole[]) => MemberRole[]): PlaceChoice[] {
  return (session?.permissions.organisations ?? []).flatMap(({ id, name, role, projects }) => [
    { key: `o:${id}`, organisation: name, project: '', roles: rolesOf(OF_ORGANISATION.includes(role), ORGANISATION_ROLES) },
    ...projects.map((project) => ({
      key: `p:${project.id}`, organisation: name, project: project.name, roles: rolesOf(ADMIN.includes(project.role), PROJECT_ROLES),
    })),
  ]).filter(({ roles }) => roles.length > 0);
}

export function asMembership(key: string, role: MemberRole): MembershipRequest {
  return key.startsWith('p:') ? { project_id: key.slice(2), role } : { organisation_id: key.slice(2), role };
}
