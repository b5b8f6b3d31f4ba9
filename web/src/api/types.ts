// What the REST interface under /api/v1 asks and answers, as crates/api defines it.
// Times are RFC 3339 in UTC.

export interface List<T> {
  items: T[];
  total: number;
}

export type Fault = 'request' | 'agent' | 'service' | 'control_plane';

export interface ErrorBody {
  error: { code: string; message: string; fault: Fault; hint?: string | null; request_id: string };
}

export interface SetupState {
  needed: boolean;
}

export interface SetupRequest {
  key: string;
  email: string;
  display_name: string;
  password: string;
}

export interface SignInRequest {
  email: string;
  password: string;
}

export interface User {
  id: string;
  email: string;
  display_name: string;
}

export interface Session {
  user: User | null;
  expires_at: string;
}

export type Management = 'unmanaged' | 'managed';
export type Presence = 'online' | 'offline';

export interface Offer {
  name: string;
  kind: string;
  description: string;
  service_id: string | null;
}

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
}

export interface AgentFilter {
  management?: Management;
  presence?: Presence;
  organisation?: string;
  project?: string;
  text?: string;
}

export interface AdoptRequest {
  name: string;
  organisation_id: string;
  project_id: string;
}

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

export interface ServiceFilter {
  state?: ServiceState;
  organisation?: string;
  project?: string;
  text?: string;
}

export interface OpenAnswer {
  url: string;
  expires_at: string;
}

export interface Project {
  id: string;
  name: string;
}

export interface Organisation {
  id: string;
  name: string;
  projects: Project[];
}

export interface Overview {
  version: string;
  agents: { managed_online: number; managed_offline: number; unmanaged_online: number; unmanaged_offline: number };
  services: { online: number; offline: number };
  agent_service: { kind: string; address: string; connected: boolean; since: string; last_error: string | null };
  ca_fingerprint: string;
  database: string;
}

export interface JoinTokenRequest {
  uses: number;
  expires_in_s: number;
  project_id?: string;
}

export interface JoinToken {
  id: string;
  uses_left: number;
  created_at: string;
  expires_at: string;
  project_id: string | null;
}

export interface NewJoinToken extends JoinToken {
  text: string;
  command: string;
}

export type ChangedKind = 'agents' | 'services' | 'organisations' | 'join_tokens' | 'agent_service';
