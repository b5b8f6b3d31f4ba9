// Actions on devices: asking, following, calling off.

import type { Paging } from './list';

/** The most devices that one request may ask. */
export const MAX_DEVICES = 10_000;

/** The longest that an action may wait for its device, in seconds. */
export const MAX_WAIT_S = 90 * 24 * 3600;

export interface ActionToDo {
  name: string;
  /** Absent where it is about no snap. */
  snap?: string;
  /** A channel, an assertion, or JSON as text. */
  data?: string;
}

export interface AskRequest {
  device_ids: string[];
  action: ActionToDo;
  expires_in_s?: number;
}

export type ActionState = 'queued' | 'sent' | 'running' | 'done' | 'failed' | 'expired' | 'cancelled';

export interface DeviceAction {
  id: string;
  device_id: string;
  device_name: string;
  organisation_id: string;
  project_id: string;
  action: ActionToDo;
  state: ActionState;
  /** What is being done at the moment, in snapd's words; may be empty. */
  label: string;
  /** In units of `total`, which is 0 when it is not known. */
  done: number;
  total: number;
  change: string | null;
  /** Whether it is to be called off. */
  cancelling: boolean;
  result: unknown;
  /** Why it failed. */
  message: string;
  created_at: string;
  created_by: string;
  /** From when on it is not begun any more. */
  expires_at: string;
  changed_at: string;
  rollout_id: string | null;
}

export interface ActionFilter extends Paging {
  device?: string;
  organisation?: string;
  project?: string;
  rollout?: string;
  state?: ActionState;
  /** Those that have not ended, or those that have. */
  open?: boolean;
  name?: string;
}

export interface Asked {
  /** In the order in which the devices were named. */
  actions: { id: string; device_id: string }[];
}
