// Rollouts: one action on many devices, in waves.

import type { ActionState, ActionToDo } from './action';
import type { Paging } from './list';
import type { Selection } from './selection';

export const MAX_WAVES = 20;

/** The longest that a wave is watched, in seconds. */
export const MAX_WATCH_S = 30 * 24 * 3600;

/** The most devices that a preview names. */
export const MAX_PREVIEWED = 500;

export interface RolloutPlan {
  /** A number of devices such as `5`, or a share of all such as `10%`; what is left is a wave of its own. */
  waves?: string[];
  failure_limit?: string;
  watch_s?: number;
  wait_for_away?: boolean;
  include_later?: boolean;
  expires_in_s?: number;
}

export interface RolloutRequest {
  name: string;
  selection: Selection;
  action: ActionToDo;
  plan: RolloutPlan;
}

export interface PreviewDevice {
  device_id: string;
  device_name: string;
  project_id: string;
  online: boolean;
  /** From 1. */
  wave: number;
  /** One sentence for each thing that was asked. */
  why: string[];
  effect: string;
  undo: string;
}

export interface RolloutPreview {
  total: number;
  online: number;
  offline: number;
  /** How many devices each wave would have. */
  waves: number[];
  devices: PreviewDevice[];
}

export type RolloutState = 'running' | 'paused' | 'aborted' | 'done' | 'undoing' | 'undone';

export interface RolloutCounts {
  /** Their wave has not begun. */
  waiting: number;
  /** It waits for the device to be there. */
  queued: number;
  under_way: number;
  done: number;
  failed: number;
  expired: number;
  cancelled: number;
}

export interface Rollout {
  id: string;
  name: string;
  organisation_id: string;
  /** None when it concerns the whole organisation. */
  project_id: string | null;
  selection: Selection;
  action: ActionToDo;
  plan: RolloutPlan;
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

export interface RolloutFilter extends Paging {
  organisation?: string;
  project?: string;
  state?: RolloutState;
}

export interface RolloutDevice {
  device_id: string;
  device_name: string;
  project_id: string;
  /** From 1. */
  wave: number;
  /** None while its wave has not begun. */
  state: ActionState | null;
  /** Why that failed. */
  message: string;
  action_id: string | null;
  /** What would undo it, where something would. */
  undo: ActionToDo | null;
  undo_state: ActionState | null;
  undo_message: string;
  undo_action_id: string | null;
}
