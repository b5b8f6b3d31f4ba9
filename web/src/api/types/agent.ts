// Agents: listing, adopting, releasing, transferring.

import type { Direction, Paging } from './list';

export type Management = 'unmanaged' | 'managed';
export type Presence = 'online' | 'offline';

export interface Offer {
  name: string;
  kind: string;
  description: string;
  service_id: string | null;
}

/** What an adopted agent belongs to. */
export interface Membership {
  name: string;
  organisation_id: string;
  organisation_name: string;
  project_id: string;
  project_name: string;
  confirmed: boolean;
}

export interface Agent {
  id: string;
  management: Management;
  presence: Presence;
  hostname: string;
  description: string;
  version: string;
  platform: string;
  address: string;
  path: string;
  offers: Offer[];
  created_at: string;
  last_heard_at: string | null;
  certificate_expires_at: string;
  membership: Membership | null;
  /** Where an unmanaged one waits; null when it waits for a system administrator. */
  waits_in: { organisation_id: string; organisation_name: string } | null;
}

export type AgentSort = 'created' | 'name' | 'last_heard' | 'version';

export interface AgentFilter extends Paging {
  management?: Management;
  presence?: Presence;
  organisation?: string;
  project?: string;
  text?: string;
  sort?: AgentSort;
  direction?: Direction;
}

export interface AdoptRequest {
  name: string;
  organisation_id: string;
  project_id: string;
}

/** The most agents in one transfer. */
export const MAX_TRANSFERRED = 1000;

export interface TransferRequest {
  agent_ids: string[];
  project_id: string;
}
