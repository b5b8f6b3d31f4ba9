// What somebody fills in for a service on a device, judged by the rules of the control plane, and what is asked of it then. Pure;
// tested by tests/hosting.test.mjs.

import { ApiError } from '../api/client';
import { MAX_HOSTED_AT_ONCE, MAX_PARTS, type HostedRequest, type HostedSpec } from '../api/types';
import { isTag, words } from '../rollouts/form';
import { kindOf, usualPort } from '../services/kinds';

export interface PortFields {
  container: string;
  host: string;
  udp: boolean;
}

export interface HostFields {
  agents: string[];
  name: string;
  kind: string;
  from: 'image' | 'snap';
  image: string;
  snap: string;
  channel: string;
  authentication: 'token' | 'none';
  keyFolder: string;
  description: string;
  /** Words with commas between. */
  tags: string;
  port: string;
  healthyWithinS: string;
  ports: PortFields[];
  volumes: { name: string; path: string }[];
  environment: { name: string; value: string }[];
  /** A word on each line. */
  command: string;
  memoryMib: string;
  /** In cores, such as 0.5. */
  cpus: string;
  registryUser: string;
  registryPassword: string;
}

export const NO_HOST: HostFields = {
  agents: [], name: '', kind: 'neuron', from: 'image', image: '', snap: '', channel: '', authentication: 'token', keyFolder: '', description: '', tags: '', port: '', healthyWithinS: '',
  ports: [], volumes: [], environment: [], command: '', memoryMib: '', cpus: '', registryUser: '', registryPassword: '',
};

export const MAX_HEALTHY_WITHIN_S = 3600;
const LAST_PORT = 65_535;
const MAX_IMAGE_CHARS = 255;
const MAX_SNAP_NAME_CHARS = 40;
const MAX_CHANNEL_CHARS = 128;
const LEAST_MEMORY_MIB = 6;
const LEAST_CPU_MILLIS = 10;
const MILLIS = 1000;

export type HostProblem =
  | 'filled' | 'agents' | 'manyAgents' | 'image' | 'snap' | 'channel' | 'tags' | 'port' | 'portKind' | 'portTwice' | 'keyKind' | 'folder' | 'within' | 'volume' | 'volumeTwice' | 'path' | 'pathTwice'
  | 'variable' | 'variableTwice' | 'memory' | 'cpus' | 'loginUser' | 'loginPassword' | 'manyWords';

/** Whether a name looks like that of a secret, whose value is not to be shown; by the words of the control plane. */
export const isSecretName = (name: string) => /password|passwd|secret|token/i.test(name);

const isImage = (text: string) =>
  text.length <= MAX_IMAGE_CHARS && /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/.test(text);
const isChannel = (text: string) => text.length <= MAX_CHANNEL_CHARS && /^[a-z0-9][\w.+/-]*$/i.test(text);
const isSnap = (text: string) => text.length <= MAX_SNAP_NAME_CHARS && /^[a-z0-9-]*[a-z][a-z0-9-]*$/.test(text);
/** What an upgrade goes to: it depends on the service which of both it is. */
export const isUpgrade = (text: string) => isImage(text) || isChannel(text);
const isPort = (text: string) => /^\d{1,5}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= LAST_PORT;
const isPath = (text: string) => /^\/[^\0:]+$/.test(text.trim()) && !text.trim().split('/').includes('..');
const lines = (text: string) => text.split('\n').map((line) => line.replace(/\r$/, '')).filter((line) => line !== '');

/** What is wrong with each field, by its name; those of rows with their number, such as `ports.0.host`. */
export function hostProblems(fields: HostFields): Record<string, HostProblem> {
  const found: Record<string, HostProblem> = {};
  const say = (field: string, wrong: boolean, problem: HostProblem) => {
    if (wrong) found[field] ??= problem;
  };
  const { from, kind } = fields;
  say('agents', fields.agents.length === 0, 'agents');
  say('agents', fields.agents.length > MAX_HOSTED_AT_ONCE, 'manyAgents');
  say('tags', words(fields.tags).some((tag) => !isTag(tag)), 'tags');
  say('port', !fields.port.trim() && usualPort(kind) === undefined, 'portKind');
  say('port', !!fields.port.trim() && !isPort(fields.port), 'port');
  say('healthyWithinS', !!fields.healthyWithinS.trim() && !(/^\d+$/.test(fields.healthyWithinS.trim()) && Number(fields.healthyWithinS) >= 1 && Number(fields.healthyWithinS) <= MAX_HEALTHY_WITHIN_S), 'within');
  if (fields.authentication === 'token') {
    say('keyFolder', !fields.keyFolder.trim() && needsKeyFolder(fields), 'keyKind');
    say('keyFolder', !!fields.keyFolder.trim() && !isPath(fields.keyFolder), 'folder');
  }
  if (from === 'snap') {
    say('snap', !fields.snap.trim(), 'filled');
    say('snap', !isSnap(fields.snap.trim()), 'snap');
    say('channel', !!fields.channel.trim() && !isChannel(fields.channel.trim()), 'channel');
    return found;
  }
  say('image', !fields.image.trim(), 'filled');
  say('image', !isImage(fields.image.trim()), 'image');
  ports(fields, say);
  fields.volumes.forEach(({ name, path }, at) => {
    const before = fields.volumes.slice(0, at);
    say(`volumes.${at}.name`, !/^[a-z0-9-]{1,32}$/.test(name.trim()), 'volume');
    say(`volumes.${at}.name`, before.some((each) => each.name.trim() === name.trim()), 'volumeTwice');
    say(`volumes.${at}.path`, !isPath(path), 'path');
    say(`volumes.${at}.path`, before.some((each) => each.path.trim() === path.trim()), 'pathTwice');
  });
  fields.environment.forEach(({ name }, at) => {
    say(`environment.${at}.name`, !/^[A-Za-z_]\w*$/.test(name.trim()), 'variable');
    say(`environment.${at}.name`, fields.environment.slice(0, at).some((each) => each.name.trim() === name.trim()), 'variableTwice');
  });
  say('command', lines(fields.command).length > MAX_PARTS, 'manyWords');
  say('memoryMib', !!fields.memoryMib.trim() && !(/^\d{1,7}$/.test(fields.memoryMib.trim()) && Number(fields.memoryMib) >= LEAST_MEMORY_MIB), 'memory');
  say('cpus', !!fields.cpus.trim() && !(cpuMillis(fields.cpus) >= LEAST_CPU_MILLIS), 'cpus');
  say('registryUser', !fields.registryUser.trim() && !!fields.registryPassword, 'loginUser');
  say('registryPassword', !!fields.registryUser.trim() && !fields.registryPassword, 'loginPassword');
  return found;
}

function ports({ ports: all }: HostFields, say: (field: string, wrong: boolean, problem: HostProblem) => void) {
  all.forEach(({ container, host, udp }, at) => {
    say(`ports.${at}.container`, !isPort(container), 'port');
    say(`ports.${at}.host`, !isPort(host), 'port');
    say(`ports.${at}.host`, all.slice(0, at).some((each) => each.udp === udp && Number(each.host) === Number(host)), 'portTwice');
  });
}

/** In thousandths; no number where the text is none. */
function cpuMillis(text: string): number {
  const typed = text.trim().replace(',', '.');
  return /^\d{1,3}(\.\d{1,3})?$/.test(typed) ? Math.round(Number(typed) * MILLIS) : Number.NaN;
}

/** Of all products only this one has a folder for keys that is the same in every image. */
export const needsKeyFolder = ({ kind, from }: Pick<HostFields, 'kind' | 'from'>) => from === 'snap' || kindOf(kind) !== 'neuronex';

/** Fields of the part that is folded at first. */
const ADVANCED = ['port', 'healthyWithinS', 'ports', 'volumes', 'environment', 'command', 'memoryMib', 'cpus', 'registryUser', 'registryPassword'];
export const isAdvanced = (field: string) => ADVANCED.includes(field.split('.')[0] ?? '');

const number = (text: string) => (text.trim() ? Number(text) : undefined);
const filled = (text: string) => text.trim() || undefined;

/** What is not filled in is not sent. */
function sent<T extends object>(values: T): T {
  const empty = (value: unknown) => value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !empty(value))) as T;
}

function specOf(fields: HostFields): HostedSpec {
  const common = { port: number(fields.port), healthy_within_s: number(fields.healthyWithinS) };
  if (fields.from === 'snap') return sent({ snap: fields.snap.trim(), channel: filled(fields.channel), ...common });
  const environment = Object.fromEntries(fields.environment.map(({ name, value }) => [name.trim(), value]));
  return sent<HostedSpec>({
    image: fields.image.trim(), ...common, registry_user: filled(fields.registryUser), registry_password: fields.registryUser.trim() ? fields.registryPassword : undefined,
    command: lines(fields.command), environment: fields.environment.length > 0 ? environment : undefined,
    ports: fields.ports.map(({ container, host, udp }) => ({ container: Number(container), host: Number(host), ...(udp ? { udp } : {}) })),
    volumes: fields.volumes.map(({ name, path }) => ({ name: name.trim(), path: path.trim() })),
    memory_mib: number(fields.memoryMib), cpu_millis: fields.cpus.trim() ? cpuMillis(fields.cpus) : undefined,
  });
}

export function hostRequest(fields: HostFields): HostedRequest {
  return {
    ...sent({
      agents: fields.agents, name: fields.name.trim(), kind: fields.kind, description: filled(fields.description), tags: words(fields.tags),
      key_folder: fields.authentication === 'token' ? filled(fields.keyFolder) : undefined,
    }),
    spec: specOf(fields), authentication: fields.authentication,
  };
}

/** Words in one line; what is not plain stands between quotation marks. */
export const commandLine = (all: string[]) => all.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

/** Variables as they stand in files and on command lines, `NAME=value` on each line; undefined where the text is anything else. */
export function readVariables(text: string): { name: string; value: string }[] | undefined {
  const all = lines(text).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const read = all.flatMap((line) => {
    const [, name, value = ''] = /^(?:export\s+|-e\s+|-\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    return name ? [{ name, value: value.replace(/^(["'])(.*)\1$/, '$2') }] : [];
  });
  return read.length > 0 && read.length === all.length ? read : undefined;
}

/** The fields that a refusal may be about, by the word that it begins with. */
const NAMED: Record<string, keyof HostFields> = {
  name: 'name', image: 'image', snap: 'snap', channel: 'channel', key_folder: 'keyFolder', tags: 'tags', description: 'description', port: 'port', healthy_within_s: 'healthyWithinS',
  command: 'command', memory_mib: 'memoryMib', cpu_millis: 'cpus', registry_user: 'registryUser', registry_password: 'registryPassword', agents: 'agents',
};

/** The field that a refusal of the whole request is about. */
export function refusedField(error: unknown): keyof HostFields | undefined {
  if (!(error instanceof ApiError) || (error.code !== 'invalid_request' && error.code !== 'name_taken')) return undefined;
  if (error.code === 'name_taken') return 'name';
  const [, word = ''] = /^(?:spec\.)?([a-z_]+)\b/.exec(error.message) ?? [];
  return Object.hasOwn(NAMED, word) ? NAMED[word] : undefined;
}
