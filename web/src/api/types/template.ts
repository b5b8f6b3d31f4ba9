// Templates: configurations of edge services with `${name}` in place of what differs between them.

import type { Paging } from './list';

/** The longest text of a version, in bytes. */
export const MAX_TEMPLATE_BYTES = 4 * 1024 * 1024;

/** Of a description and of a note. */
export const MAX_NOTE_CHARS = 500;

/** Whether what a text does not mention goes, or stays. */
export type Extent = 'whole' | 'part';

export interface TemplateRequest {
  project_id: string;
  name: string;
  kind: string;
  description?: string;
  extent: Extent;
  text: string;
}

export interface VersionRequest {
  extent: Extent;
  text: string;
  /** What is new. */
  note?: string;
}

export interface Template {
  id: string;
  name: string;
  kind: string;
  description: string;
  organisation_id: string;
  project_id: string;
  /** The number of its newest version. */
  newest: number;
  created_at: string;
  created_by: string;
  /** When its newest version was made. */
  changed_at: string;
}

export interface TemplateVersion {
  /** From 1. */
  number: number;
  extent: Extent;
  /** Only where one version is asked for, like the next. */
  text?: string;
  /** What values have to be given for, in the order of their appearance; absent where there is nothing. */
  placeholders?: string[];
  note: string;
  created_at: string;
  created_by: string;
}

export interface TemplateFilter extends Paging {
  organisation?: string;
  project?: string;
  kind?: string;
  text?: string;
}

/** What a running service is set to, as a template takes it; its secrets are placeholders. */
export interface ServiceConfiguration {
  kind: string;
  form: 'json' | 'hocon';
  text: string;
  placeholders: string[];
}
