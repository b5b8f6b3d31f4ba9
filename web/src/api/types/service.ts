// Edge services: listing and opening them, adding those that the control plane reaches by itself, and what it found of each. Their tags,
// lists of them, their figures, and single calls.

import type { Presence } from './agent';
import type { HostedProgress } from './hosting';
import type { Direction, Paging } from './list';

export const MAX_SERVICE_DESCRIPTION_CHARS = 500;
export const MAX_CREDENTIAL_CHARS = 256;

export type ServiceState = 'online' | 'offline' | 'not_offered';

/** Through the agent that offers it, through the agent that has made it, or by the control plane itself. */
export type ServiceWay = 'agent' | 'hosted' | 'direct';

/** What a service wants to see before it answers. */
export type ServiceAuthentication = 'none' | 'basic' | 'token';

/** Whether all is well, something should be put right, or the service cannot be used. */
export type FindingWeight = 'good' | 'warning' | 'bad';

export interface ServiceFinding {
  /** Stable, such as `no_key_file`. */
  code: string;
  /** Without a full stop, like `fix`. */
  message: string;
  /** What to put right where. */
  fix?: string | null;
  weight: FindingWeight;
}

/** The last look at a service. */
export interface ServiceCheck {
  at: string;
  /** Whether it can be used. */
  answers: boolean;
  version?: string | null;
  finding?: ServiceFinding | null;
}

export interface Service {
  id: string;
  name: string;
  kind: string;
  description: string;
  state: ServiceState;
  way: ServiceWay;
  /** Of a service behind an agent, like the next three. */
  agent_id?: string;
  agent_name?: string;
  /** What the agent calls it. */
  offer?: string;
  presence?: Presence;
  /** `http://host:port` of one that is reached directly. */
  address?: string;
  /** The SHA-256 of the one certificate that is believed; absent where authorities vouch for it. */
  pinned?: string;
  authentication: ServiceAuthentication;
  /** Where that is `basic`. */
  user?: string;
  /** Absent where nobody has looked. */
  check?: ServiceCheck;
  /** In order. */
  tags: string[];
  /** The numbers of the key pairs that it accepts; absent where it wants no token, or nobody has asked. */
  keys?: number[];
  organisation_id: string;
  organisation_name: string;
  project_id: string;
  project_name: string;
  /** Of a hosted one: how far its agent is with it. */
  hosted?: HostedProgress;
  path: string;
  created_at: string;
}

/** A service that the control plane reaches by itself. */
export interface ServiceRequest {
  project_id: string;
  name: string;
  kind: string;
  address: string;
  pinned?: string;
  description?: string;
  authentication?: ServiceAuthentication;
  user?: string;
  password?: string;
  /** In place of those that there are. */
  tags?: string[];
  /** Also when it does not accept the control plane. */
  unproven?: boolean;
}

/** What is absent stays. Of a service behind an agent only the name and what it wants to see can be changed. */
export interface ServiceChange extends Omit<Partial<ServiceRequest>, 'project_id' | 'pinned'> {
  /** Empty: authorities vouch for the certificate again. */
  pinned?: string;
}

export type ServiceSort = 'name' | 'kind' | 'agent' | 'created';

export interface ServiceFilter extends Paging {
  state?: ServiceState;
  kind?: string;
  way?: ServiceWay;
  authentication?: ServiceAuthentication;
  tag?: string;
  /** Those with these ids, a comma between them. */
  ids?: string;
  /** Those with tokens that are not known to accept the key pair with this number. */
  key_behind?: string;
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

/** A tag in use. */
export interface ServiceTagUse {
  tag: string;
  services: number;
}

/** What became of one service's tags: all that it has now, or why they stayed. */
export interface ServiceTagged {
  service_id: string;
  tags?: string[];
  error?: { code: string; message: string };
}

/** The longest list that is imported. */
export const MAX_SERVICE_IMPORT_BYTES = 100 * 1024 * 1024;

/** A line that was not taken. */
export interface RefusedLine {
  line: number;
  /** What has to be put right, where it is one. */
  column?: string;
  code: string;
  reason: string;
}

/** What became of a list. */
export interface ServicesImported {
  imported: number;
  refused: number;
  /** The first of those that were not taken. */
  lines: RefusedLine[];
  /** Columns that nobody knows. */
  ignored_columns: string[];
}

/** One figure over time: when, in seconds since 1970, and how much; the oldest first. */
export interface FigureSeries {
  /** Such as `rules_running` or `uptime_s`; the unit is last. */
  name: string;
  points: [number, number][];
}

/** What a service said of itself. */
export interface ServiceFigures {
  /** About how often it is asked. */
  every_s: number;
  /** What was wrong when it was asked last. */
  troubles: string[];
  series: FigureSeries[];
}

/** One call of a service's own API. */
export interface CallRequest {
  method: string;
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** That a call which deletes something first is meant. */
  meant?: boolean;
}

/** What the service answered; a redirect is not followed. */
export interface CallAnswer {
  status: number;
  headers: [string, string][];
  /** Absent where it is not text. */
  body?: string;
  /** How much of it was read. */
  bytes: number;
  is_cut: boolean;
  took_ms: number;
}
