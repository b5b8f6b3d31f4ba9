import { useCan } from '../api/permissions';

/** Whether somebody may read the audit entries of what is at a place: of a project, an organisation, or neither. */
export function useAuditLink({ organisation, project }: { organisation?: string; project?: string }): boolean {
  const can = useCan();
  if (project) return can('read_project_audit', { project, organisation });
  return organisation ? can('read_organisation_audit', { organisation }) : can('read_system_audit', 'system');
}
