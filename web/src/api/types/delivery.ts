// Deliveries: one version of a template, filled in for each of many services, brought to them in waves.

import type { Paging } from './list';
import type { RolloutCounts, RolloutState } from './rollout';
import type { Extent } from './template';

/** By the names of placeholders. */
export type Values = Record<string, string>;

/** The longest value. */
export const MAX_VALUE_CHARS = 4096;

export interface DeliveryPlan {
  /** A number of services such as `5`, or a share of all such as `10%`; what is left is a wave of its own. */
  waves?: string[];
  failure_limit?: string;
  watch_s?: number;
}

export interface DeliveryRequest {
  name: string;
  template_id: string;
  version: number;
  /** In the order of the waves; each with its own values. */
  services?: { service_id: string; values?: Values }[];
  /** All that have this tag, beside those. */
  tag?: string;
  /** For services without a value of their own. */
  defaults?: Values;
  plan: DeliveryPlan;
}

/** A leaf of a configuration that would change. */
export interface ConfigurationDifference {
  path: string;
  /** Absent where nothing is. */
  before?: string;
  /** Absent where nothing would be. */
  after?: string;
}

export interface PreviewedService {
  service_id: string;
  name: string;
  /** From 1. */
  wave: number;
  /** None where it is so already, or where there is a problem. */
  differences: ConfigurationDifference[];
  /** Why it could not be delivered to this one now. */
  problem?: string;
}

export interface DeliveryPreview {
  total: number;
  /** How many services each wave would have. */
  waves: number[];
  /** The first of them. */
  services: PreviewedService[];
}

export interface Delivery {
  id: string;
  name: string;
  organisation_id: string;
  project_id: string | null;
  /** Absent where the template is gone. */
  template_id?: string;
  /** What it was called. */
  template_name: string;
  version: number;
  kind: string;
  extent: Extent;
  defaults: Values;
  plan: DeliveryPlan;
  state: RolloutState;
  reason: string;
  /** How many waves have begun. */
  begun: number;
  waves: RolloutCounts[];
  counts: RolloutCounts;
  /** The undoing of it. */
  undo: RolloutCounts;
  created_at: string;
  created_by: string;
  changed_at: string;
}

export interface DeliveryFilter extends Paging {
  organisation?: string;
  project?: string;
  state?: RolloutState;
}

/** How far a delivery to one service is. */
export type DeliveryStep = 'waiting' | 'under_way' | 'done' | 'failed' | 'cancelled';

export interface DeliveredService {
  service_id: string;
  name: string;
  /** From 1. */
  wave: number;
  /** Its own values. */
  values: Values;
  state: DeliveryStep;
  /** Why it failed, or what else there is to say. */
  message: string;
  changed_at?: string;
  /** Absent where nothing is undone. */
  undo_state?: DeliveryStep;
  undo_message: string;
}

export interface DeliveredServiceFilter extends Paging {
  state?: DeliveryStep;
}
