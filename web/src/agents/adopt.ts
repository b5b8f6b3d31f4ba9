import type { QueryClient } from '@tanstack/react-query';
import { post } from '../api/client';
import { organisationsQuery } from '../api/queries';
import type { AdoptRequest, Agent, Organisation, Project } from '../api/types';

/** Chosen in place of an id: make a new one under the name beside it. */
export const NEW = 'new';

export interface AdoptFields {
  name: string;
  organisation: string;
  project: string;
  newOrganisation: string;
  newProject: string;
}

/** Makes what is new, then adopts. */
export async function adopt(queryClient: QueryClient, id: string, fields: AdoptFields): Promise<Agent> {
  const made = fields.organisation === NEW || fields.project === NEW;
  try {
    const organisation =
      fields.organisation === NEW
        ? (await post<Organisation>('/organisations', { name: fields.newOrganisation.trim() })).id
        : fields.organisation;
    const project =
      fields.project === NEW
        ? (await post<Project>(`/organisations/${encodeURIComponent(organisation)}/projects`, { name: fields.newProject.trim() })).id
        : fields.project;
    const request: AdoptRequest = { name: fields.name.trim(), organisation_id: organisation, project_id: project };
    return await post<Agent>(`/agents/${encodeURIComponent(id)}/adopt`, request);
  } finally {
    if (made) void queryClient.invalidateQueries({ queryKey: organisationsQuery.queryKey });
  }
}
