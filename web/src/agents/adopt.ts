import type { QueryClient } from '@tanstack/react-query';
import { adoptAgent, createOrganisation, createProject } from '../api/calls';
import { organisationsQuery, sessionQuery } from '../api/queries';
import type { Agent } from '../api/types';

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
        ? (await createOrganisation({ name: fields.newOrganisation.trim() })).id
        : fields.organisation;
    const project =
      fields.project === NEW
        ? (await createProject(organisation, { name: fields.newProject.trim() })).id
        : fields.project;
    return await adoptAgent(id, { name: fields.name.trim(), organisation_id: organisation, project_id: project });
  } finally {
    if (made) for (const { queryKey } of [organisationsQuery, sessionQuery]) void queryClient.invalidateQueries({ queryKey });
  }
}
