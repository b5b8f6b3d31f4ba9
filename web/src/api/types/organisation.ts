// Organisations and their projects.

/** The longest description, in characters. */
export const MAX_DESCRIPTION_CHARS = 100;

export interface Project {
  id: string;
  organisation_id: string;
  name: string;
  description: string;
  created_at: string;
}

export interface Organisation {
  id: string;
  name: string;
  description: string;
  /** Those that the caller may see, by name. */
  projects: Project[];
  created_at: string;
}

export interface PlaceRequest {
  name: string;
  description?: string;
  /** Ids of users; whoever makes it unless said otherwise. */
  admins?: string[];
}

export interface PlaceChange {
  name?: string;
  description?: string;
}
