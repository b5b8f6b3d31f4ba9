// Users, and their membership of organisations and projects.

import type { Direction, ErrorDetail, Paging } from './list';

export type UserState = 'invited' | 'active' | 'disabled';

/** `member` in organisations only. */
export type MemberRole = 'member' | 'viewer' | 'admin';

/** Belonging to an organisation, or with `project_id` to a project of it. */
export interface UserMembership {
  organisation_id: string;
  organisation_name: string;
  project_id: string | null;
  project_name: string | null;
  role: MemberRole;
}

export interface User {
  id: string;
  email: string;
  display_name: string;
  phone: string;
  state: UserState;
  system_admin: boolean;
  sso_only: boolean;
  /** As far as the caller may see them. */
  memberships: UserMembership[];
  /** Whether the caller may edit, disable, reset and delete this account. */
  manageable: boolean;
  created_at: string;
  last_sign_in_at: string | null;
}

/** Of an organisation, or of a project; one of the two ids. */
export interface MembershipRequest {
  organisation_id?: string;
  project_id?: string;
  role: MemberRole;
}

export interface CreateUsers {
  /** 1 to 100. */
  emails: string[];
  display_name?: string;
  phone?: string;
  /** Absent: each gets a link to set their own. */
  password?: string;
  sso_only?: boolean;
  system_admin?: boolean;
  memberships?: MembershipRequest[];
}

/** With which somebody sets their password. */
export interface PasswordLink {
  mailed: boolean;
  mail_error: string | null;
  /** Null when it was sent by e-mail. */
  url: string | null;
  expires_at: string;
}

export interface CreatedUser {
  email: string;
  user: User | null;
  error: ErrorDetail | null;
  link: PasswordLink | null;
}

export interface CreatedUsers {
  /** In the order of the request. */
  results: CreatedUser[];
}

export interface UserChange {
  display_name?: string;
  phone?: string;
  system_admin?: boolean;
  sso_only?: boolean;
}

export interface PasswordReset {
  /** Absent: they get a link to set their own. */
  password?: string;
}

export interface PasswordResetAnswer {
  link: PasswordLink | null;
}

export type UserSort = 'name' | 'email' | 'last_sign_in' | 'created';

export interface UserFilter extends Paging {
  text?: string;
  state?: UserState;
  organisation?: string;
  project?: string;
  system_admin?: boolean;
  sort?: UserSort;
  direction?: Direction;
}

export interface Member {
  user_id: string;
  email: string;
  display_name: string;
  state: UserState;
  role: MemberRole;
  /** Whether a rule of single sign-on gave it. */
  by_sso: boolean;
}

export interface MemberByEmail {
  email: string;
  role: MemberRole;
}
