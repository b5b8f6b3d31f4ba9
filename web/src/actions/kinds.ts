// The actions that a device can be asked for: what each is about and what it needs, by the rules of the
// control plane, so that the form can say them first. Pure; tested by tests/devices.test.mjs.

import type { ActionToDo } from '../api/types';
import { bytesOf, isObject, readJson } from '../ui/json';

type About = 'snap' | 'snap or all' | 'device';
type Needs = 'nothing' | 'channel' | 'maybe channel' | 'config' | 'services' | 'logs' | 'url' | 'user' | 'assertion';

interface Kind {
  group: 'snaps' | 'services' | 'device';
  about: About;
  needs: Needs;
}

export const KINDS = {
  install: { group: 'snaps', about: 'snap', needs: 'maybe channel' },
  refresh: { group: 'snaps', about: 'snap', needs: 'maybe channel' },
  switch: { group: 'snaps', about: 'snap', needs: 'channel' },
  revert: { group: 'snaps', about: 'snap', needs: 'nothing' },
  enable: { group: 'snaps', about: 'snap', needs: 'nothing' },
  disable: { group: 'snaps', about: 'snap', needs: 'nothing' },
  remove: { group: 'snaps', about: 'snap', needs: 'nothing' },
  setconf: { group: 'snaps', about: 'snap', needs: 'config' },
  conf: { group: 'snaps', about: 'snap', needs: 'nothing' },
  info: { group: 'snaps', about: 'snap', needs: 'nothing' },
  start: { group: 'services', about: 'snap', needs: 'services' },
  stop: { group: 'services', about: 'snap', needs: 'services' },
  restart: { group: 'services', about: 'snap', needs: 'services' },
  list: { group: 'device', about: 'device', needs: 'nothing' },
  device: { group: 'device', about: 'device', needs: 'nothing' },
  server: { group: 'device', about: 'device', needs: 'nothing' },
  logs: { group: 'device', about: 'device', needs: 'logs' },
  snapshot: { group: 'device', about: 'snap or all', needs: 'url' },
  user: { group: 'device', about: 'device', needs: 'user' },
  ack: { group: 'device', about: 'device', needs: 'assertion' },
  unregister: { group: 'device', about: 'device', needs: 'nothing' },
} as const satisfies Record<string, Kind>;

export type ActionName = keyof typeof KINDS;

export const ACTION_NAMES = Object.keys(KINDS) as ActionName[];

export const GROUPS = ['snaps', 'services', 'device'] as const;

export const isActionName = (name: string): name is ActionName => Object.hasOwn(KINDS, name);

/** Those that take something away which does not come back by itself. */
const DESTROYING = ['remove', 'revert', 'unregister'] as const;
export const isDestroying = (name: ActionName): name is (typeof DESTROYING)[number] => DESTROYING.some((each) => each === name);

/** The longest data of an action, in bytes. */
const MAX_DATA_BYTES = 32 * 1024;
const MAX_SNAP_NAME_CHARS = 40;
const MAX_CHANNEL_CHARS = 128;
const MAX_URL_CHARS = 4096;
export const MAX_LOG_LINES = 100_000;

/** What the form holds; of each action only its own part counts. */
export interface AskFields {
  name: ActionName;
  snap: string;
  channel: string;
  /** JSON as it is typed. */
  config: string;
  /** Names of services, separated by commas or spaces; none for all. */
  services: string;
  url: string;
  lines: string;
  user: 'create' | 'remove';
  email: string;
  sudoer: boolean;
  forceManaged: boolean;
  username: string;
  assertion: string;
}

export const NO_FIELDS: AskFields = {
  name: 'refresh', snap: '', channel: '', config: '{\n  \n}', services: '', url: '', lines: '1000',
  user: 'create', email: '', sudoer: false, forceManaged: false, username: '', assertion: '',
};

/** Whether snapd would take this as the name of a snap, an instance key included. */
export function isSnapName(text: string): boolean {
  const [name = '', key, more] = text.split('_');
  return (
    more === undefined && name.length >= 2 && name.length <= MAX_SNAP_NAME_CHARS && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name) &&
    (key === undefined || /^[a-z0-9]{1,10}$/.test(key))
  );
}

/** Whether the text can be a channel: `track/risk/branch`, `track/risk`, or one of them. */
export function isChannel(text: string): boolean {
  return text.length <= MAX_CHANNEL_CHARS && /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/.test(text);
}

export function isUrl(text: string): boolean {
  return text.length <= MAX_URL_CHARS && /^https?:\/\/[^/\s][^\s]*$/.test(text) && ![...text].some((each) => each < ' ');
}

/** Services by their full names, such as `pump.daemon`. */
export function serviceNames(snap: string, typed: string): string[] {
  return typed.split(/[\s,]+/).filter(Boolean).map((name) => (name.startsWith(`${snap}.`) ? name : `${snap}.${name}`));
}

/** What is wrong, by field, as the last part of a text's key. */
export type FieldProblem = 'filled' | 'snapName' | 'channel' | 'object' | 'empty' | 'large' | 'services' | 'url' | 'lines' | 'email';

export function problemsOf(fields: AskFields): Partial<Record<keyof AskFields, FieldProblem>> {
  const { about, needs } = KINDS[fields.name];
  const found: Partial<Record<keyof AskFields, FieldProblem>> = {};
  const snap = fields.snap.trim();
  if (about === 'snap' && !snap) found.snap = 'filled';
  else if (about !== 'device' && snap && !isSnapName(snap)) found.snap = 'snapName';
  const channel = fields.channel.trim();
  if (needs === 'channel' && !channel) found.channel = 'filled';
  else if ((needs === 'channel' || needs === 'maybe channel') && channel && !isChannel(channel)) found.channel = 'channel';
  if (needs === 'config') {
    const typed = readJson(fields.config);
    if (!('value' in typed) || !isObject(typed.value)) found.config = 'object';
    else if (Object.keys(typed.value).length === 0) found.config = 'empty';
    else if (bytesOf(JSON.stringify(typed.value)) > MAX_DATA_BYTES) found.config = 'large';
  }
  if (needs === 'services' && snap && serviceNames(snap, fields.services).some((name) => !/^[^.]+\.[A-Za-z0-9-]+$/.test(name))) found.services = 'services';
  if ((needs === 'url' || needs === 'logs') && !isUrl(fields.url.trim())) found.url = fields.url.trim() ? 'url' : 'filled';
  if (needs === 'logs' && fields.lines.trim() && !(/^\d{1,6}$/.test(fields.lines.trim()) && Number(fields.lines) >= 1 && Number(fields.lines) <= MAX_LOG_LINES)) found.lines = 'lines';
  if (needs === 'user' && fields.user === 'create' && !/^\S+@\S+$/.test(fields.email.trim())) found.email = fields.email.trim() ? 'email' : 'filled';
  if (needs === 'user' && fields.user === 'remove' && !fields.username.trim()) found.username = 'filled';
  if (needs === 'assertion') {
    if (!fields.assertion.trim()) found.assertion = 'filled';
    else if (bytesOf(fields.assertion) > MAX_DATA_BYTES) found.assertion = 'large';
  }
  return found;
}

/** What is asked; the fields have no problems. */
export function toDo(fields: AskFields): ActionToDo {
  const { about } = KINDS[fields.name];
  const snap = fields.snap.trim();
  const data = dataOf(fields);
  return { name: fields.name, ...(about !== 'device' && snap ? { snap } : {}), ...(data ? { data } : {}) };
}

function dataOf(fields: AskFields): string {
  switch (KINDS[fields.name].needs) {
    case 'nothing':
      return '';
    case 'channel':
    case 'maybe channel':
      return fields.channel.trim();
    case 'config':
      return JSON.stringify(JSON.parse(fields.config));
    case 'services':
      return servicesData(serviceNames(fields.snap.trim(), fields.services));
    case 'logs':
      return JSON.stringify({ url: fields.url.trim(), ...(fields.lines.trim() ? { limit: Number(fields.lines) } : {}) });
    case 'url':
      return JSON.stringify({ url: fields.url.trim() });
    case 'user':
      return JSON.stringify(
        fields.user === 'create'
          ? { action: 'create', email: fields.email.trim(), sudoer: fields.sudoer, 'force-managed': fields.forceManaged }
          : { action: 'remove', username: fields.username.trim() },
      );
    case 'assertion':
      return fields.assertion;
  }
}

/** As `start`, `stop` and `restart` take it; nothing for all services. */
export const servicesData = (services: string[]) => (services.length > 0 ? JSON.stringify({ services }) : '');

/** Whether it has not ended. */
export const isOpen = ({ state }: { state: string }) => state === 'queued' || state === 'sent' || state === 'running';
