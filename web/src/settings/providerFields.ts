// A provider of single sign-on as fields of a form, and back.

import { isProject, organisationPlace, placeIds, projectPlace } from '../agents/places';
import type { ClaimRule, MemberRole, Provider, ProviderRequest } from '../api/types';

/** Chosen in place of a place: everything, everywhere. */
export const EVERYWHERE = 'system';

export interface RuleFields {
  /** Keeps its row when others go. */
  key: string;
  claim: string;
  value: string;
  place: string;
  /** Of the project, where the place is one. */
  organisation: string;
  role: MemberRole;
}

export interface ProviderFields {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  client_secret: string;
  enabled: boolean;
  create_users: boolean;
  rules: RuleFields[];
}

let made = 0;

export function newRule(): RuleFields {
  return { key: String(made++), claim: 'groups', value: '', place: '', organisation: '', role: 'viewer' };
}

export function fieldsOf(provider: Provider | undefined): ProviderFields {
  return {
    id: provider?.id ?? '', name: provider?.name ?? '', issuer: provider?.issuer ?? '', client_id: provider?.client_id ?? '', client_secret: '',
    enabled: provider?.enabled ?? true, create_users: provider?.create_users ?? true,
    rules: (provider?.rules ?? []).map((rule, index) => ({
      key: `set ${index}`, claim: rule.claim, value: rule.value, place: placeOf(rule), organisation: rule.organisation_id ?? '', role: rule.role ?? 'viewer',
    })),
  };
}

function placeOf(rule: ClaimRule): string {
  if (rule.system_admin) return EVERYWHERE;
  if (rule.project_id) return projectPlace(rule.project_id);
  return rule.organisation_id ? organisationPlace(rule.organisation_id) : '';
}

/** Without a secret it stays as it is. */
export function requestOf(fields: ProviderFields): ProviderRequest {
  return {
    name: fields.name.trim(), issuer: fields.issuer.trim(), client_id: fields.client_id.trim(),
    ...(fields.client_secret ? { client_secret: fields.client_secret } : {}),
    enabled: fields.enabled, create_users: fields.create_users,
    rules: fields.rules.map(ruleOf),
  };
}

function ruleOf({ claim, value, place, organisation, role }: RuleFields): ClaimRule {
  const about = { claim: claim.trim(), value: value.trim() };
  if (place === EVERYWHERE) return { ...about, system_admin: true };
  // In a project there is no mere belonging.
  return { ...about, organisation_id: organisation, ...placeIds(place), role: role === 'member' && isProject(place) ? 'viewer' : role };
}
