// The audit log.

export type AuthorKind = 'user' | 'token' | 'machine' | 'agent' | 'system' | 'anonymous';
export type Outcome = 'done' | 'refused';
export type ExportFormat = 'csv' | 'jsonl';

export interface Entry {
  number: number;
  at: string;
  author_kind: AuthorKind;
  author_id: string | null;
  author_name: string;
  address: string | null;
  request_id: string | null;
  action: string;
  object_id: string | null;
  object_name: string;
  organisation_id: string | null;
  project_id: string | null;
  before: unknown;
  after: unknown;
  outcome: Outcome;
  reason: string;
  previous: string;
  hash: string;
}

export interface EntryFilter {
  author?: string;
  author_kind?: AuthorKind;
  /** `agent.adopt`, or with a final dot a kind of thing: `agent.`. */
  action?: string;
  object?: string;
  organisation?: string;
  project?: string;
  outcome?: Outcome;
  from?: string;
  to?: string;
  text?: string;
  /** Only smaller numbers: the answer's `next`. */
  before?: number;
  limit?: number;
}

export interface EntryPage {
  items: Entry[];
  next: number | null;
}

export interface Verification {
  verified_to: number;
  hash: string;
  total: number;
  complete: boolean;
  broken: { number: number; kind: 'missing' | 'altered' | 'detached' | 'seal'; message: string } | null;
}
