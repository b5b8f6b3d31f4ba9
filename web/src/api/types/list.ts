// The shape of every list, of every refusal, and of live events. Times are RFC 3339 in UTC.

export interface List<T> {
  /** At most 1000. */
  items: T[];
  /** How many match in all. */
  total: number;
}

export type Direction = 'ascending' | 'descending';

/** What every paged list takes. */
export interface Paging {
  offset?: number;
  /** 1 to 1000. */
  limit?: number;
}

export type Fault = 'request' | 'agent' | 'service' | 'control_plane';

export interface ErrorDetail {
  code: string;
  message: string;
  fault: Fault;
  hint?: string | null;
  request_id: string;
}

export interface ErrorBody {
  error: ErrorDetail;
}

export type ChangedKind =
  | 'agents' | 'services' | 'organisations' | 'join_tokens' | 'agent_service'
  | 'users' | 'api_tokens' | 'audit' | 'settings' | 'sessions' | 'actions' | 'registrations' | 'twins'
  | 'rollouts' | 'deliveries' | 'templates';
