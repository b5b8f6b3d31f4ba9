// What the pages work out about services that agents make: what is filled in and sent, on which devices it can be done, how such a
// service stands, and what an operation means for each of many.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { createServer } from 'vite';

let vite;
let load;

before(async () => {
  vite = await createServer({ server: { middlewareMode: true, ws: false }, appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true } });
  load = (path) => vite.ssrLoadModule(`/src/${path}`);
});
after(() => vite.close());

const rust = (path) => readFileSync(new URL(`../../crates/${path}`, import.meta.url), 'utf8');
const texts = (language, area) => JSON.parse(readFileSync(new URL(`../src/i18n/${language}/${area}.json`, import.meta.url), 'utf8'));

async function typed(by) {
  const { NO_HOST } = await load('hosting/fields.ts');
  return { ...NO_HOST, agents: ['a'], name: 'Gate', image: 'emqx/neuron:2.6.3', keyFolder: '/keys', ...by };
}

test('of what is filled in, only that is sent which says something', async () => {
  const { hostRequest } = await load('hosting/fields.ts');
  assert.deepEqual(hostRequest(await typed({ name: ' Gate ' })), { agents: ['a'], name: 'Gate', kind: 'neuron', key_folder: '/keys', spec: { image: 'emqx/neuron:2.6.3' }, authentication: 'token' });
  const all = await typed({
    agents: ['a', 'b'], description: ' here ', tags: 'line-3, press', port: '7001', healthyWithinS: ' 300 ', keyFolder: '/keys', ports: [{ container: '1883', host: '11883', udp: false }, { container: '14567', host: '14567', udp: true }],
    volumes: [{ name: 'data', path: ' /data' }], environment: [{ name: 'A', value: '' }, { name: 'B', value: 'x=y' }], command: 'nanomq\nstart with words\r\n\n', memoryMib: '512', cpus: '0,5', registryUser: 'plant', registryPassword: ' p ',
  });
  assert.deepEqual(hostRequest(all), {
    agents: ['a', 'b'], name: 'Gate', kind: 'neuron', description: 'here', tags: ['line-3', 'press'], key_folder: '/keys', authentication: 'token',
    spec: {
      image: 'emqx/neuron:2.6.3', port: 7001, healthy_within_s: 300, registry_user: 'plant', registry_password: ' p ', command: ['nanomq', 'start with words'], environment: { A: '', B: 'x=y' },
      ports: [{ container: 1883, host: 11883 }, { container: 14567, host: 14567, udp: true }], volumes: [{ name: 'data', path: '/data' }], memory_mib: 512, cpu_millis: 500,
    },
  });
});

test('a snap is sent without what only a container has, and no folder for keys where there are no tokens', async () => {
  const { hostProblems, hostRequest } = await load('hosting/fields.ts');
  const snap = await typed({ from: 'snap', snap: 'ekuiper', channel: '2.1/stable', authentication: 'none', keyFolder: '/keys', environment: [{ name: '1', value: 'left over' }], memoryMib: 'x', port: '9081' });
  assert.deepEqual(hostProblems(snap), {});
  assert.deepEqual(hostRequest(snap).spec, { snap: 'ekuiper', channel: '2.1/stable', port: 9081 });
  assert.equal(hostRequest(snap).key_folder, undefined);
});

test('what is wrong is said of the field that it is in', async () => {
  const { hostProblems } = await load('hosting/fields.ts');
  const problems = async (by) => hostProblems(await typed(by));
  assert.deepEqual(await problems({}), {});
  for (const [by, expected] of [
    [{ agents: [] }, { agents: 'agents' }], [{ image: ' ' }, { image: 'filled' }], [{ image: 'two words' }, { image: 'image' }], [{ image: 'Registry/neuron' }, {}], [{ image: 'emqx/Neuron' }, { image: 'image' }],
    [{ image: 'registry.example.com:5000/a/b:1.0@sha256:' + '0'.repeat(64) }, {}], [{ from: 'snap', snap: '' }, { snap: 'filled' }], [{ from: 'snap', snap: 'A b' }, { snap: 'snap' }],
    [{ from: 'snap', snap: 'neuron', channel: 'a b' }, { channel: 'channel' }], [{ port: '0' }, { port: 'port' }], [{ port: '65536' }, { port: 'port' }], [{ port: 'x' }, { port: 'port' }],
    [{ kind: 'http', authentication: 'none' }, { port: 'portKind' }], [{ keyFolder: '' }, { keyFolder: 'keyKind' }], [{ kind: 'neuronex', keyFolder: '' }, {}], [{ kind: 'neuronex', from: 'snap', snap: 'neuronex', keyFolder: '' }, { keyFolder: 'keyKind' }],
    [{ keyFolder: 'k' }, { keyFolder: 'folder' }], [{ keyFolder: '/a/../b' }, { keyFolder: 'folder' }], [{ keyFolder: '/' }, { keyFolder: 'folder' }],
    [{ healthyWithinS: '3601' }, { healthyWithinS: 'within' }], [{ healthyWithinS: '3600' }, {}], [{ tags: 'UPPER CASE!' }, { tags: 'tags' }],
    [{ ports: [{ container: '1', host: '', udp: false }] }, { 'ports.0.host': 'port' }],
    [{ ports: [{ container: '1', host: '80', udp: false }, { container: '2', host: '080', udp: false }] }, { 'ports.1.host': 'portTwice' }],
    [{ ports: [{ container: '1', host: '80', udp: false }, { container: '2', host: '80', udp: true }] }, {}],
    [{ volumes: [{ name: 'Data', path: 'data' }] }, { 'volumes.0.name': 'volume', 'volumes.0.path': 'path' }],
    [{ volumes: [{ name: 'a', path: '/a' }, { name: 'a', path: '/a' }] }, { 'volumes.1.name': 'volumeTwice', 'volumes.1.path': 'pathTwice' }],
    [{ environment: [{ name: '1A', value: '' }] }, { 'environment.0.name': 'variable' }], [{ environment: [{ name: 'A', value: '' }, { name: 'A', value: '' }] }, { 'environment.1.name': 'variableTwice' }],
    [{ command: 'x\n'.repeat(65) }, { command: 'manyWords' }], [{ memoryMib: '1.5' }, { memoryMib: 'memory' }], [{ memoryMib: '5' }, { memoryMib: 'memory' }], [{ cpus: '0.009' }, { cpus: 'cpus' }], [{ cpus: '0' }, { cpus: 'cpus' }], [{ cpus: '1.5' }, {}],
    [{ registryUser: 'a' }, { registryPassword: 'loginPassword' }], [{ registryPassword: 'a' }, { registryUser: 'loginUser' }],
  ]) assert.deepEqual(await problems(by), expected, JSON.stringify(by));
});

test('every problem has its words in both languages', () => {
  const source = readFileSync(new URL('../src/hosting/fields.ts', import.meta.url), 'utf8');
  const [, union] = /export type HostProblem =\n([^;]+);/.exec(source);
  const problems = [...union.matchAll(/'(\w+)'/g)].map(([, problem]) => problem).sort();
  for (const language of ['en', 'zh']) assert.deepEqual(Object.keys(texts(language, 'hosting').host.wrong).sort(), problems, language);
});

test('names that look like those of secrets are known', async () => {
  const { isSecretName } = await load('hosting/fields.ts');
  const words = /const WORDS: \[&str; \d+\] = \[([^\]]*)\]/.exec(rust('products/src/configuration/secrets.rs'))[1].match(/\w+/g);
  assert.ok(words.length > 2);
  for (const name of [...words, 'MQTT_PASSWORD', 'clientSecret']) assert.ok(isSecretName(name), name);
  for (const name of ['LOG_LEVEL', 'PORT', 'TZ']) assert.ok(!isSecretName(name), name);
});

test('lines of variables can be pasted, as they stand in files and in commands', async () => {
  const { readVariables } = await load('hosting/fields.ts');
  assert.deepEqual(readVariables('# all\nexport A=1\n-e B="two words"\r\n- C=x=y\nD=\n'), [{ name: 'A', value: '1' }, { name: 'B', value: 'two words' }, { name: 'C', value: 'x=y' }, { name: 'D', value: '' }]);
  for (const text of ['NAME', 'A=1\nno variable', '', '1A=2']) assert.equal(readVariables(text), undefined, text);
});

test('a command is shown in one line, and where a word ends', async () => {
  const { commandLine } = await load('hosting/fields.ts');
  assert.equal(commandLine(['nanomq', 'start', '--conf', '/etc/nanomq.conf', 'two words', '']), 'nanomq start --conf /etc/nanomq.conf "two words" ""');
});

test('a refusal of the whole request is shown at the field that it is about', async () => {
  const { refusedField } = await load('hosting/fields.ts');
  const { ApiError } = await load('api/client.ts');
  for (const [code, message, field] of [
    ['name_taken', '', 'name'], ['invalid_request', 'image: "x" is no image', 'image'], ['invalid_request', 'spec.memory_mib is too small', 'memoryMib'], ['invalid_request', 'constructor: x', undefined],
    ['forbidden', 'image', undefined],
  ]) assert.equal(refusedField(new ApiError(400, code, message)), field, message);
  assert.equal(refusedField(undefined), undefined);
});

test('a device is offered where it can host, whether its agent is there or not', async () => {
  const { hindranceOf } = await load('hosting/agents.ts');
  const agent = { agent_id: 'a', agent_name: 'A', online: true, snaps: false, engine: 'docker 27', services: 0 };
  const cases = [[agent, undefined, 'noSnaps'], [{ ...agent, online: false }, undefined, 'noSnaps'], [{ ...agent, engine: undefined, snaps: true }, 'noEngine', undefined], [{ ...agent, snaps: true, services: 32 }, 'full', 'full']];
  for (const [each, image, snap] of cases) assert.deepEqual([hindranceOf(each, 'image'), hindranceOf(each, 'snap')], [image, snap]);
});

test('a hosted service stands as its agent says, and as the last look at it found once it runs', async () => {
  const { awayOf, standingOf } = await load('services/standing.ts');
  const stands = (state, offered = 'not_offered', more = {}) => {
    const service = { way: 'hosted', state: offered, presence: 'online', authentication: 'token', hosted: { state, since: '' }, ...more };
    const { hosted, trouble, tone, away, remark } = standingOf(service);
    return [hosted ?? trouble ?? standingOf(service).state, tone, away || remark, awayOf(service)];
  };
  const gone = { presence: 'offline' };
  const found = (code, weight) => ({ check: { at: '', answers: weight !== 'bad', finding: { code, weight, message: '' } } });
  assert.deepEqual(stands('waiting'), ['waiting', 'offline', undefined, 'at_work']);
  assert.deepEqual(stands('under_way'), ['under_way', 'busy', undefined, 'at_work']);
  assert.deepEqual(stands('under_way', 'online'), ['under_way', 'busy', undefined, undefined]);
  assert.deepEqual(stands('running', 'online'), ['running', 'online', undefined, undefined]);
  assert.deepEqual(stands('running', 'online', found('no_authentication', 'warning')), ['running', 'online', 'open', undefined]);
  assert.deepEqual(stands('running', 'online', found('other_key', 'bad')), ['refused', 'failed', undefined, undefined]);
  assert.deepEqual(stands('running', 'not_offered'), ['not_offered', 'warn', undefined, 'not_offered']);
  assert.deepEqual(stands('running', 'offline', gone), ['offline', 'offline', undefined, 'offline']);
  assert.deepEqual(stands('stopped'), ['stopped', 'offline', undefined, 'stopped']);
  assert.deepEqual(stands('down'), ['down', 'failed', undefined, 'down']);
  assert.deepEqual(stands('failed'), ['failed', 'failed', undefined, 'failed']);
  assert.deepEqual(stands('failed', 'offline', gone), ['failed', 'failed', true, 'offline']);
  assert.deepEqual(stands('returned', 'online'), ['returned', 'warn', undefined, undefined]);
});

const SERVICES = [
  { id: '1', name: 'One', way: 'hosted', hosted: { present: 'neuron:1' } }, { id: '2', name: 'Two', way: 'hosted', hosted: { present: 'neuron:1' } }, { id: '3', name: 'Three', way: 'agent' },
  { id: '4', name: 'Four', way: 'direct' }, { id: '5', name: 'Five', way: 'hosted', hosted: {}, foreign: true },
];

test('an operation is done with those services that it is for, and says why not with the others', async () => {
  const { OPERATIONS, planOf } = await load('hosting/operate.ts');
  const planned = (operation) => {
    const { services, hosted, left } = planOf(operation, SERVICES, ({ foreign }) => !foreign);
    return [services.map(({ id }) => id).join(''), hosted.length, left.map(({ service, why }) => `${service.id} ${why}`)];
  };
  for (const operation of ['start', 'stop', 'upgrade', 'release']) assert.deepEqual(planned(operation), ['12', 2, ['3 notHosted', '4 notHosted', '5 notAllowed']], operation);
  assert.deepEqual(planned('restart'), ['1234', 2, ['5 notAllowed']]);
  assert.deepEqual(planned('delete'), ['124', 2, ['3 ofAgent', '5 notAllowed']]);
  const words = /pub enum Operation \{([^}]*)\}/.exec(rust('api/src/service/hosted.rs'))[1];
  assert.deepEqual(OPERATIONS.toSorted(), [...words.matchAll(/^ {4}(\w+),/gm)].map(([, word]) => word.toLowerCase()).sort());
});

test('what destroys data, or deletes several, has to be typed', async () => {
  const { planOf, proofOf } = await load('hosting/operate.ts');
  const proof = (operation, ...chosen) => proofOf(operation, planOf(operation, chosen.map((at) => SERVICES[at]), () => true));
  assert.equal(proof('delete', 0), 'One');
  assert.equal(proof('delete', 3), undefined);
  assert.equal(proof('delete', 0, 1, 2, 3), '3');
  assert.equal(proof('release', 0, 1), undefined);
});

test('an upgrade begins with what all have', async () => {
  const { usualTarget } = await load('hosting/operate.ts');
  assert.equal(usualTarget([SERVICES[0], SERVICES[1]]), 'neuron:1');
  assert.equal(usualTarget([SERVICES[0], SERVICES[4]]), '');
  assert.equal(usualTarget([]), '');
});

test('limits, states and words are those of the control plane', async () => {
  const types = await load('api/types/index.ts');
  const api = rust('api/src/service/hosted.rs');
  const wire = rust('wire/src/hosting.rs');
  const limit = (source, name) => Number(new RegExp(`pub const ${name}: \\w+ = (\\d+);`).exec(source)[1]);
  for (const name of ['MAX_HOSTED_AT_ONCE', 'MAX_OPERATED_AT_ONCE', 'DEFAULT_HEALTHY_WITHIN_S']) assert.equal(types[name], limit(api, name), name);
  for (const name of ['MAX_HOSTED', 'MAX_PARTS']) assert.equal(types[name], limit(wire, name), name);
  const states = [...(/pub enum HostedState \{([^}]*)\}/.exec(api)[1]).matchAll(/^ {4}(\w+),/gm)].map(([, word]) => word.replace(/\B[A-Z]/g, '_$&').toLowerCase()).sort();
  for (const language of ['en', 'zh']) assert.deepEqual(Object.keys(texts(language, 'services').hosted.state).sort(), states, language);
});

test('the audit log has words for what is done with hosted services', () => {
  const words = ['host', 'start', 'stop', 'restart', 'upgrade', 'release'];
  for (const language of ['en', 'zh']) for (const word of words) assert.ok(texts(language, 'audit').audit.did.service[word], `${language} ${word}`);
});
