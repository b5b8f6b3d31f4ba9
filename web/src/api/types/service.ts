// Edge services: listing and opening.

import type { Presence } from './agent';
import type { Direction, Paging } from './list';

export type ServiceState = 'online' | 'offline' | 'not_offered';

export interface Service {
  id: string;
  name: string;
  kind: string;
  description: string;
  state: ServiceState;
  agent_id: string;
  agent_name: string;
  offer: string;
  organisation_id: string;
  organisation_name: string;
  project_id: string;
  project_name: string;
  presence: Presence;
  path: string;
  created_at: string;
}

export type ServiceSort = 'name' | 'kind' | 'agent' | 'created';

export interface ServiceFilter extends Paging {
  state?: ServiceState;
  organisation?: string;
  project?: string;
  text?: string;
  sort?: ServiceSort;
  direction?: Direction;
}

export interface OpenAnswer {
  url: string;
  expires_at: string;
}
