// Which field a refusal is about.

import { ApiError } from '../api/client';

const FIELDS = ['name', 'kind', 'description', 'note', 'text', 'version'] as const;
export type RefusedField = (typeof FIELDS)[number];

/** The field that the control plane names first; undefined where it is about none. */
export function refusedField(error: unknown): RefusedField | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === 'name_taken') return 'name';
  if (error.status !== 400) return undefined;
  return FIELDS.find((field) => new RegExp(`^${field}\\b`).test(error.message));
}
