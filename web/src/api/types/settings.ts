// The installation's settings, the state of its agent service, and its keys.

import type { Language } from './access';
import type { MemberRole } from './user';

export type RootAddressSource = 'configuration' | 'setting' | 'listening';

export interface RootAddress {
  url: string;
  source: RootAddressSource;
  services_domain: string;
}

export interface RootAddressTest {
  reached: boolean;
  problem: string | null;
}

export interface PasswordRules {
  /** 8 to 128. */
  min_chars: number;
  letter: boolean;
  digit: boolean;
  symbol: boolean;
}

export interface SessionRules {
  /** 1 to 720. */
  idle_hours: number;
  /** 1 to 365. */
  remembered_days: number;
}

export interface LinkRules {
  /** 1 to 720. */
  invitation_hours: number;
  /** 1 to 72. */
  reset_hours: number;
}

export type MailSecurity = 'tls' | 'starttls' | 'none';

export interface MailSettings {
  host: string;
  port: number;
  security: MailSecurity;
  username: string | null;
  password_set: boolean;
  from: string;
}

export interface MailRequest {
  host: string;
  port: number;
  security: MailSecurity;
  username?: string;
  /** Absent to keep the one that is set. */
  password?: string;
  from: string;
}

export interface MailTestRequest {
  to: string;
  settings?: MailRequest;
}

export interface MailTest {
  sent: boolean;
  problem: string | null;
}

export interface ClaimRule {
  claim: string;
  value: string;
  system_admin?: boolean;
  organisation_id?: string;
  project_id?: string;
  role?: MemberRole;
}

export interface Provider {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  client_secret_set: boolean;
  enabled: boolean;
  create_users: boolean;
  rules: ClaimRule[];
  redirect_url: string;
}

export interface ProviderRequest {
  name: string;
  issuer: string;
  client_id: string;
  /** Absent to keep the one that is set. */
  client_secret?: string;
  enabled: boolean;
  create_users: boolean;
  rules?: ClaimRule[];
}

export interface ProviderTest {
  usable: boolean;
  problem: string | null;
}

export interface Settings {
  root_address: RootAddress;
  language: Language;
  passwords: PasswordRules;
  sessions: SessionRules;
  links: LinkRules;
  mail: MailSettings | null;
  providers: Provider[];
  guide_done: boolean;
}

export interface AgentServiceState {
  kind: string;
  address: string;
  enrolment_addresses: string[];
  connected: boolean;
  since: string;
  last_error: string | null;
  agents_online: number;
  clients: number | null;
  messages_in_per_s: number;
  messages_out_per_s: number;
  ca_fingerprint: string;
  ca_expires_at: string;
}

/** A key pair whose public half services check tokens with. There are two at most: the one in use and the next. */
export interface KeyPair {
  number: number;
  /** Of the public half. */
  file_name: string;
  fingerprint: string;
  made_at: string;
  state: 'current' | 'next';
  /** How many services with tokens are known to accept it, and how many are not. */
  proven: number;
  behind: number;
}

/** What became of a key on one service. */
export interface KeyPlaced {
  service_id: string;
  placed: boolean;
  reason?: string;
}

export interface PublicKey {
  file_name: string;
  pem: string;
  fingerprint: string;
}
