// What is running and how much there is.

export interface Overview {
  version: string;
  agents: { managed_online: number; managed_offline: number; unmanaged_online: number; unmanaged_offline: number };
  services: { online: number; offline: number };
  agent_service: { kind: string; address: string; connected: boolean; since: string; last_error: string | null };
  ca_fingerprint: string;
  database: string;
}
