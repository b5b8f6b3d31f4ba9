import { useCan } from '../api/permissions';

/** For a link to all entries about one thing: what it was part of before counts as well. */
export const EVERYWHERE = { organisation: undefined, project: undefined };

/** Whether somebody may read the audit entries of what is at a place: of a project, an organisation, or neither. */
export function useAuditLink({ organisation, project }: { organisation?: string; project?: string }): boolean {
  const can = useCan();
  if (project) return can('read_project_audit', { project, organisation });
  return organisation ? can('read_organisation_audit', { organisation }) : can('read_system_audit', 'system');
}
