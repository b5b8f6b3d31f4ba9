// Setting up, signing in, who is signed in, their profile, and their sessions.

import type { PasswordRules } from './settings';

export interface SetupRequest {
  key: string;
  email: string;
  display_name: string;
  password: string;
}

export type Language = 'en' | 'zh';

export interface ProviderName {
  id: string;
  name: string;
}

/** What the sign-in page needs to know; open to everybody. */
export interface SignInOptions {
  setup_needed: boolean;
  language: Language;
  password_rules: PasswordRules;
  password_reset: boolean;
  providers: ProviderName[];
}

export interface SignInRequest {
  email: string;
  password: string;
  remember: boolean;
}

export interface Profile {
  id: string;
  email: string;
  display_name: string;
  phone: string;
  /** Null for the installation's. */
  language: Language | null;
  has_password: boolean;
}

/** From the greatest to the least. */
export type Role = 'system_admin' | 'organisation_admin' | 'project_admin' | 'viewer';

export interface ProjectPermissions {
  id: string;
  name: string;
  role: Role;
}

export interface OrganisationPermissions {
  id: string;
  name: string;
  /** `project_admin` for an administrator of one of its projects. */
  role: Role;
  projects: ProjectPermissions[];
}

export interface Permissions {
  system_admin: boolean;
  /** By name; for a system administrator all there are. */
  organisations: OrganisationPermissions[];
}

export interface Session {
  id: string | null;
  /** Null for an API token and for the operator of the machine itself. */
  user: Profile | null;
  token: { id: string; name: string } | null;
  permissions: Permissions;
  expires_at: string | null;
}

export interface ProfileChange {
  display_name?: string;
  phone?: string;
  language?: Language;
}

export interface PasswordChange {
  current_password: string;
  new_password: string;
}

export type SessionKind = 'browser' | 'bearer';

export interface SessionInfo {
  id: string;
  current: boolean;
  kind: SessionKind;
  remembered: boolean;
  address: string;
  program: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
}

export type InvitationPurpose = 'invite' | 'reset';

export interface Invitation {
  email: string;
  display_name: string;
  purpose: InvitationPurpose;
  password_rules: PasswordRules;
}

export interface InvitationAcceptance {
  token: string;
  password: string;
  display_name?: string;
}
