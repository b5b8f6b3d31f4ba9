// Which devices are meant: by organisation, project, tag, model and what they report.

/** The most tags of a device and of a selection, and the most conditions. */
export const MAX_TAGS = 20;
export const MAX_CONDITIONS = 20;

export type TwinTest = 'is' | 'is_not' | 'present' | 'absent';

export interface TwinCondition {
  /** A JSON pointer (RFC 6901) into what is reported, such as `/snaps/hello/channel`. */
  path: string;
  test: TwinTest;
  /** Only for `is` and `is_not`. */
  value?: unknown;
}

/** Managed devices that meet all of this; an organisation or a project is named. */
export interface Selection {
  organisation_id?: string;
  project_id?: string;
  tags?: string[];
  model?: string;
  conditions?: TwinCondition[];
}

export interface DeviceTags {
  /** In order. */
  tags: string[];
}

export interface TagUse {
  tag: string;
  devices: number;
}
