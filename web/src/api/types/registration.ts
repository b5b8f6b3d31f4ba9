// Registered devices, what an organisation asks of devices that enrol, and the snaps that models need.

import type { Paging } from './list';

/** The largest list of devices to import, in bytes, and the most devices of one. */
export const MAX_IMPORT_BYTES = 4 * 1024 * 1024;
export const MAX_REGISTERED_AT_ONCE = 10_000;

/** The longest brand, model or serial number, in characters. */
export const MAX_IDENTITY_CHARS = 128;

/** The most that a device is handed at enrolment, in bytes. */
export const MAX_DEVICE_DATA_BYTES = 32 * 1024;

export type RegistrationStatus = 'waiting' | 'enrolled' | 'disabled';
export type Dialect = 'edgeward' | 'iot';
export type DeviceVerification = 'pending' | 'verified' | 'unverified';

export interface Registration {
  /** That of its agent. */
  id: string;
  organisation_id: string;
  organisation_name: string;
  project_id: string;
  project_name: string;
  brand: string;
  model: string;
  serial: string;
  /** Empty until it has enrolled, and for the usual one. */
  store: string;
  status: RegistrationStatus;
  dialect: Dialect | null;
  verification: DeviceVerification;
  /** The key that vouches for it, when it is verified. */
  verified_by: string | null;
  /** Whether it registered itself. */
  automatic: boolean;
  device_data_bytes: number;
  registered_at: string;
  enrolled_at: string | null;
  /** That its identity was used from two places at once. */
  clash: { count: number; last_at: string; addresses: string } | null;
}

export interface RegistrationFilter extends Paging {
  organisation?: string;
  project?: string;
  status?: RegistrationStatus;
  model?: string;
  text?: string;
}

export interface RegistrationRequest {
  project_id: string;
  brand: string;
  model: string;
  serial: string;
  /** In base64. */
  device_data?: string;
}

export interface EnrolmentKey {
  /** Its SHA3-384, as assertions name it. */
  id: string;
  account: string;
  name: string;
  added_at: string;
}

export interface EnrolmentSettings {
  /** The oldest first. */
  keys: EnrolmentKey[];
  allow_unverified: boolean;
  automatic_project_id: string | null;
}

export type EnrolmentRequest = Pick<EnrolmentSettings, 'allow_unverified' | 'automatic_project_id'>;

/** The most snaps that a model can need. */
export const MAX_REQUIRED_SNAPS = 50;

export interface RequiredSnap {
  name: string;
  channel?: string | null;
}

export interface RequiredSnaps {
  organisation_id: string;
  /** None: every brand. */
  brand: string | null;
  model: string;
  snaps: RequiredSnap[];
}
