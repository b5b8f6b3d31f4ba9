// Twins of devices: what is reported, what is wished, and what lies between.

export type JsonObject = Record<string, unknown>;

export interface TwinDocument {
  value: JsonObject;
  /** How often it was written. */
  version: number;
  at: string | null;
}

/** A leaf that is not as it is wished. */
export interface TwinLeaf {
  path: string[];
  desired: unknown;
  /** Absent when nothing is reported there. */
  reported?: unknown;
}

export interface Twin {
  device_id: string;
  reported: TwinDocument;
  desired: TwinDocument;
  /** At most 200. */
  difference: TwinLeaf[];
  differs_since: string | null;
}

export type TwinPart = 'reported' | 'desired';

/** One write: what it changed, as a merge patch (RFC 7396). */
export interface TwinChange {
  part: TwinPart;
  version: number;
  at: string;
  writer: string;
  patch: unknown;
}

export interface TwinHistoryFilter {
  part?: TwinPart;
  /** `/snaps/pump/channel`; needs `part`. */
  path?: string;
  /** 1 to 500. */
  limit?: number;
}

export interface PastTwin {
  device_id: string;
  at: string;
  reported: TwinDocument;
  desired: TwinDocument;
}

/** A device that is not as it is wished. */
export interface Differing {
  device_id: string;
  name: string;
  since: string;
}
