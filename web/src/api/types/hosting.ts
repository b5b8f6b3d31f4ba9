// Hosted services: made by agents on their devices, started, stopped, upgraded, destroyed or given up. What can be done with many
// services at once.

import type { Service, ServiceAuthentication } from './service';

/** The most agents on which one request makes a service. */
export const MAX_HOSTED_AT_ONCE = 1000;
/** The most services that one operation is for. */
export const MAX_OPERATED_AT_ONCE = 1000;
/** How long one may take until it answers, in seconds, unless it is said otherwise. */
export const DEFAULT_HEALTHY_WITHIN_S = 120;
/** The most services that one agent hosts. */
export const MAX_HOSTED = 32;
/** The most ports, volumes, variables or words of one service. */
export const MAX_PARTS = 64;

/** How far an agent is with a service. */
export type HostedState = 'waiting' | 'under_way' | 'running' | 'stopped' | 'down' | 'failed' | 'returned';

export interface HostedProgress {
  state: HostedState;
  /** The image or channel that is there now. */
  present?: string;
  /** What is being done, or what went wrong. */
  message?: string;
  since: string;
}

/** A port of a container that is open to the device's networks. */
export interface HostedPort {
  container: number;
  host: number;
  udp?: boolean;
}

/** What outlives a container. */
export interface HostedVolume {
  name: string;
  path: string;
}

/** How a service is made: from an image, or from a snap. */
export interface HostedSpec {
  image?: string;
  snap?: string;
  channel?: string;
  /** Where its API and pages are; the product's own where absent. */
  port?: number;
  healthy_within_s?: number;
  registry_user?: string;
  /** Never shown. */
  registry_password?: string;
  /** In place of what the image says. */
  command?: string[];
  /** Values of secret ones are not shown. */
  environment?: Record<string, string>;
  ports?: HostedPort[];
  volumes?: HostedVolume[];
  memory_mib?: number;
  /** In thousandths of a core. */
  cpu_millis?: number;
}

/** How a hosted service is to be, and how far its agent is. */
export interface Hosted {
  service_id: string;
  spec: HostedSpec;
  key_folder?: string;
  /** Whether it is to run. */
  running: boolean;
  progress: HostedProgress;
}

/** An agent that may host services. */
export interface HostingAgent {
  agent_id: string;
  agent_name: string;
  online: boolean;
  /** What runs containers there, with its version. */
  engine?: string;
  snaps: boolean;
  /** Why nothing runs containers there although something should. */
  problem?: string;
  /** How many it hosts. */
  services: number;
}

export interface HostedRequest {
  /** All of one project. */
  agents: string[];
  /** For several agents what the name begins with; each agent's name follows. */
  name: string;
  kind: string;
  description?: string;
  tags?: string[];
  spec: HostedSpec;
  /** Not by user and password. */
  authentication: ServiceAuthentication;
  key_folder?: string;
}

/** Those that are recorded, and why the others are not. */
export interface HostedMade {
  services: Service[];
  refused: { agent_id: string; reason: string }[];
}

export type Operation = 'start' | 'stop' | 'restart' | 'upgrade' | 'delete' | 'release';

export interface OperationRequest {
  operation: Operation;
  services: string[];
  /** The image or channel of an upgrade. */
  to?: string;
}

/** Done or, of hosted ones, recorded; or why not. */
export interface Operated {
  service_id: string;
  done: boolean;
  reason?: string;
}
