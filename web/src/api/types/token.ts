// Join tokens, which devices use, and API tokens, which programs use.

import type { MembershipRequest, UserMembership } from './user';

/** One of the two ids, or for a system administrator none. */
export interface JoinTokenRequest {
  uses: number;
  expires_in_s: number;
  /** Adopt into this project on joining. */
  project_id?: string;
  /** Wait for adoption in this organisation. */
  organisation_id?: string;
}

export interface JoinToken {
  id: string;
  uses_left: number;
  created_at: string;
  expires_at: string;
  project_id: string | null;
  organisation_id: string | null;
}

export interface NewJoinToken extends JoinToken {
  text: string;
  command: string;
}

/** The longest name of an API token, in characters. */
export const MAX_TOKEN_NAME_CHARS = 100;

/** The longest life of an API token that ends, in days. */
export const MAX_TOKEN_DAYS = 730;

export interface ApiToken {
  id: string;
  name: string;
  owner_id: string | null;
  owner_name: string | null;
  system_admin: boolean;
  memberships: UserMembership[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface ApiTokenRequest {
  name: string;
  system_admin?: boolean;
  membership?: MembershipRequest;
  expires_in_s?: number;
}

export interface NewApiToken extends ApiToken {
  /** Shown this once. */
  text: string;
}
