// The fields of a service, and what they are as requests: everything of a new one, of another only what differs. Pure.

import type { ApiError } from '../api/client';
import type { Service, ServiceAuthentication, ServiceChange, ServiceRequest } from '../api/types';
import { words } from '../rollouts/form';
import { addressOf, fingerprintOf, isSecure } from './address';
import { kindOf, type Kind } from './kinds';

export interface ServiceFields {
  project: string | null;
  name: string;
  kind: string;
  address: string;
  trust: 'authorities' | 'pinned';
  pinned: string;
  authentication: ServiceAuthentication;
  user: string;
  password: string;
  description: string;
  /** Of a new one: words with commas between. */
  tags: string;
}

/** What each kind usually wants to see. */
const USUAL: Record<Kind, ServiceAuthentication> = { neuron: 'token', nanomq: 'basic', ekuiper: 'token', neuronex: 'token', http: 'none' };

export const usualAuthentication = (kind: string) => USUAL[kindOf(kind)];

export const newService = (project: string | null): ServiceFields => ({
  project, name: '', kind: 'neuron', address: '', trust: 'authorities', pinned: '', authentication: usualAuthentication('neuron'), user: '', password: '', description: '',
  tags: '',
});

/** The password is never told. */
export const fieldsOf = (service: Service): ServiceFields => ({
  project: service.project_id, name: service.name, kind: service.kind, address: service.address ?? '', trust: service.pinned ? 'pinned' : 'authorities',
  pinned: service.pinned ?? '', authentication: service.authentication, user: service.user ?? '', password: '', description: service.description,
  tags: '',
});

/** The address as it is sent: completed where it can be. */
function completed({ address, kind }: ServiceFields): string {
  const place = addressOf(address, kind);
  return 'address' in place ? place.address : address.trim();
}

/** The fingerprint as it is sent; undefined where authorities vouch for the certificate, or there is none. */
function pinOf({ trust, pinned }: ServiceFields, address: string): string | undefined {
  return trust === 'pinned' && isSecure(address) ? (fingerprintOf(pinned) ?? pinned.trim()) : undefined;
}

export function requestOf(fields: ServiceFields): ServiceRequest {
  const { project, name, kind, authentication, user, password, description } = fields;
  const tags = words(fields.tags);
  const address = completed(fields);
  const pinned = pinOf(fields, address);
  return {
    project_id: project ?? '', name: name.trim(), kind, address, description: description.trim(), authentication,
    ...(pinned ? { pinned } : {}), ...(authentication === 'basic' ? { user, password } : {}), ...(tags.length > 0 ? { tags } : {}),
  };
}

/** What is to be changed; undefined where nothing is. */
export function changeOf(before: Service, fields: ServiceFields): ServiceChange | undefined {
  const change: ServiceChange = {};
  if (fields.name.trim() !== before.name) change.name = fields.name.trim();
  if (before.way === 'direct') {
    const address = completed(fields);
    const pinned = pinOf(fields, address);
    if (fields.kind !== before.kind) change.kind = fields.kind;
    if (fields.description.trim() !== before.description) change.description = fields.description.trim();
    if (address !== before.address) change.address = address;
    // Without TLS there is nothing to pin, and the control plane forgets it by itself.
    if (isSecure(address) && pinned !== (before.pinned ?? undefined)) change.pinned = pinned ?? '';
  }
  const { authentication, user, password } = fields;
  const other = authentication !== before.authentication;
  if (other) change.authentication = authentication;
  if (authentication === 'basic') {
    if (other || user !== before.user) change.user = user;
    if (other || password) change.password = password;
  }
  return Object.keys(change).length > 0 ? change : undefined;
}

/** Whether it would be somewhere else, or another certificate believed: the password that is kept is not shown there. */
export function moves(before: Service, fields: ServiceFields): boolean {
  const { address, pinned } = changeOf(before, fields) ?? {};
  return address !== undefined || pinned !== undefined;
}

/** The fields that a refusal may be about, by the word that it begins with. */
const NAMED = ['address', 'pinned', 'user', 'password', 'description', 'tags', 'name', 'kind'] as const;

/** The field that a refusal is about. */
export function fieldOf({ code, message }: ApiError): keyof ServiceFields | undefined {
  if (code === 'name_taken') return 'name';
  if (code === 'address_taken') return 'address';
  if (code !== 'invalid_request') return undefined;
  return NAMED.find((field) => new RegExp(`^${field}\\b`).test(message));
}
