// What the pages for edge services work out by themselves: addresses as people type them, what of a form is sent, how a service
// stands, and the control plane's sentences about it.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
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
/** The source of a crate in which something stands, wherever that is now. */
function holding(folder, text) {
  const files = readdirSync(new URL(`../../crates/${folder}`, import.meta.url), { recursive: true }).filter((name) => name.endsWith('.rs'));
  return files.map((name) => rust(`${folder}/${name}`)).find((source) => source.includes(text)) ?? assert.fail(text);
}
/** The texts between quotes from one line of a source to another; what is broken over lines by `\` is whole again. */
function texts(source, from, to) {
  const start = source.indexOf(from);
  const end = source.indexOf(to, start);
  assert.ok(start >= 0 && end > start, from);
  return [...source.slice(start, end).matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text]) => text.replace(/\\\n\s*/g, '').replaceAll('\\"', '"'));
}

test('an address is completed by what goes without saying', async () => {
  const { addressOf } = await load('services/address.ts');
  for (const [typed, kind, whole] of [
    ['192.168.1.7', 'neuron', 'http://192.168.1.7:7000'],
    [' HTTPS://Gate.Example/ ', 'neuronex', 'https://gate.example:8085'],
    ['gate:9000', 'ekuiper', 'http://gate:9000'],
    ['http://gate.example', 'http', 'http://gate.example:80'],
    ['https://gate.example', 'http', 'https://gate.example:443'],
    ['[FD00::7]', 'nanomq', 'http://[fd00::7]:8081'],
    ['http://[fd00::7]:08081', 'nanomq', 'http://[fd00::7]:8081'],
  ]) assert.deepEqual(addressOf(typed, kind), { address: whole }, typed);
});

test('what is wrong with an address is told apart', async () => {
  const { addressOf } = await load('services/address.ts');
  for (const [typed, problem] of [
    ['ftp://gate:21', 'scheme'], ['http://gate/path', 'more'], ['http://ada:secret@gate', 'more'], ['two words', 'more'], ['http://gate?x', 'more'],
    ['fd00::7', 'brackets'], ['http://fd00::7:7000', 'brackets'], ['gate:0', 'port'], ['gate:65536', 'port'], ['gate:http', 'port'], ['gate:', 'port'], ['http://:7000', 'host'], ['', 'host'],
  ]) assert.deepEqual(addressOf(typed, 'neuron'), { problem }, typed);
});

test('a fingerprint is found in what tools print', async () => {
  const { fingerprintOf } = await load('services/address.ts');
  const digits = '0a'.repeat(32);
  const colons = digits.toUpperCase().match(/../g).join(':');
  for (const typed of [digits, colons, `sha256 Fingerprint=${colons}\n`, ` ${digits.toUpperCase()} `]) assert.equal(fingerprintOf(typed), digits, typed);
  for (const typed of ['', digits.slice(1), `${digits}0`, digits.replace('a', 'g')]) assert.equal(fingerprintOf(typed), undefined, typed);
});

const DIRECT = {
  id: '1', name: 'Gate', kind: 'neuron', description: '', state: 'online', way: 'direct', address: 'https://gate:7000', pinned: '0a'.repeat(32), authentication: 'basic', user: 'ada',
  project_id: 'p', path: 'direct',
};
const AGENTS = { id: '2', name: 'Press', kind: 'neuron', description: 'of its agent', state: 'online', way: 'agent', agent_id: 'a', agent_name: 'Press', offer: 'neuron', authentication: 'none', project_id: 'p', path: 'direct' };

test('of a service that is known, only what differs is sent', async () => {
  const { changeOf, fieldsOf } = await load('services/fields.ts');
  const change = (by, service = DIRECT) => changeOf(service, { ...fieldsOf(service), ...by });
  assert.equal(change({}), undefined);
  assert.equal(change({}, AGENTS), undefined);
  assert.deepEqual(change({ name: ' Gate 2 ', description: 'new' }), { name: 'Gate 2', description: 'new' });
  assert.deepEqual(change({ trust: 'authorities' }), { pinned: '' });
  assert.deepEqual(change({ pinned: '0B:'.repeat(31) + '0B' }), { pinned: '0b'.repeat(32) });
  assert.deepEqual(change({ address: 'http://gate' }), { address: 'http://gate:7000' });
  assert.deepEqual(change({ password: 'other' }), { password: 'other' });
  assert.deepEqual(change({ authentication: 'token' }), { authentication: 'token' });
  assert.deepEqual(change({ authentication: 'basic', user: 'ada', password: '1' }, AGENTS), { authentication: 'basic', user: 'ada', password: '1' });
  assert.deepEqual(change({ name: 'Press 2', description: 'not its own', kind: 'http', address: 'http://x' }, AGENTS), { name: 'Press 2' });
});

test('of a new service, everything that is needed is sent, and no password where there is none to send', async () => {
  const { newService, requestOf } = await load('services/fields.ts');
  const typed = { ...newService('p'), name: 'Gate ', address: 'gate', user: 'left over', password: 'left over', pinned: '0a'.repeat(32), trust: 'pinned' };
  assert.deepEqual(requestOf(typed), { project_id: 'p', name: 'Gate', kind: 'neuron', address: 'http://gate:7000', description: '', authentication: 'token' });
  assert.equal(requestOf({ ...typed, address: 'https://gate' }).pinned, '0a'.repeat(32));
  const { user, password } = requestOf({ ...typed, authentication: 'basic', user: 'ada', password: '1' });
  assert.deepEqual([user, password], ['ada', '1']);
});

test('a refusal is shown at the field that it is about', async () => {
  const { fieldOf } = await load('services/fields.ts');
  for (const [code, message, field] of [
    ['name_taken', '', 'name'], ['address_taken', '', 'address'], ['invalid_request', 'address: "x" is not a host name', 'address'],
    ['invalid_request', 'user is missing; the authentication "basic" needs user and password', 'user'], ['invalid_request', 'pinned: this is no fingerprint', 'pinned'],
    ['invalid_request', 'addresses are not the matter', undefined], ['of_agent', 'address', undefined],
  ]) assert.equal(fieldOf({ code, message }), field, message);
});

test('how a service stands', async () => {
  const { awayOf, standingOf } = await load('services/standing.ts');
  const found = (code, weight) => ({ at: '', answers: weight !== 'bad', finding: { code, message: '', weight } });
  const stands = (service) => {
    const { state, trouble, remark } = standingOf(service);
    return [trouble ?? state, remark, awayOf(service)];
  };
  const direct = (state, check) => stands({ way: 'direct', state, check, authentication: 'token' });
  const agents = (state, check) => stands({ way: 'agent', state, check, authentication: 'none' });
  assert.deepEqual(direct('offline'), ['unseen', undefined, undefined]);
  assert.deepEqual(direct('online', found('proven', 'good')), ['online', undefined, undefined]);
  assert.deepEqual(direct('online', found('proven', 'warning')), ['online', 'clock', undefined]);
  assert.deepEqual(direct('online', found('no_authentication', 'warning')), ['online', 'open', undefined]);
  assert.deepEqual(direct('offline', found('no_key_file', 'bad')), ['refused', undefined, undefined]);
  assert.deepEqual(direct('offline', found('not_this_product', 'bad')), ['otherProduct', undefined, undefined]);
  assert.deepEqual(direct('offline', found('unreachable', 'bad')), ['offline', undefined, 'silent']);
  assert.deepEqual(agents('online'), ['online', undefined, undefined]);
  assert.deepEqual(agents('online', found('other_key', 'bad')), ['refused', undefined, undefined]);
  assert.deepEqual(agents('online', found('wrong_scheme', 'bad')), ['online', 'credential', undefined]);
  assert.deepEqual(direct('offline', found('wrong_scheme', 'bad')), ['refused', undefined, undefined]);
  assert.deepEqual(agents('online', found('unreachable', 'bad')), ['silent', undefined, undefined]);
  assert.deepEqual(agents('offline', found('other_key', 'bad')), ['offline', undefined, 'offline']);
  assert.deepEqual(agents('not_offered', found('no_authentication', 'warning')), ['not_offered', undefined, 'not_offered']);
});

test('every sentence of the control plane about a service is recognised', async () => {
  const { recognised, clockText } = await load('services/findings.ts');
  const values = { title: 'NeuronEX', file: 'edgeward.pub', found: 'my-ecp.pub', status: '500', said: 'no, "never"', why: 'connection refused', answered: '200 with a web page' };
  const said = texts(holding('products/src', 'pub fn message('), 'pub fn message(', 'pub fn fix(')
    .filter((text) => text.includes(' '))
    .map((text) => text.replace('clock is {}', 'clock is 3 hours behind ours').replace('looks like {}', 'looks like NanoMQ').replace('{file}{}', '{file} in etc/mgmt').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? assert.fail(name)));
  assert.ok(said.length >= 20, said.join('\n'));
  const keys = said.map((text) => recognised(text)?.key ?? assert.fail(text));
  assert.equal(new Set(keys).size, keys.length, keys.join());
  assert.deepEqual(recognised('eKuiper has no key file edgeward.pub in etc/mgmt').named, { product: 'eKuiper', file: 'edgeward.pub', folder: 'etc/mgmt' });
  assert.equal(recognised('Neuron has lost its way'), undefined);
  const certificate = (why) => recognised(`Neuron does not answer: the certificate of gate:7000 is not accepted: ${why}`).key;
  assert.equal(certificate('invalid peer certificate: Expired'), 'certificate');
  assert.equal(certificate('unexpected error: the certificate has the fingerprint […], not the p…'), 'otherCertificate');

  const clocks = texts(holding('products/src', 'pub(crate) fn words('), 'pub(crate) fn words(', 'fn span(').map((text) => text.replaceAll('{}', '3 hours'));
  assert.ok(clocks.length >= 6, clocks.join('\n'));
  const t = (key, { least, most }) => `${key} ${least} ${most}`;
  for (const text of clocks) assert.match(clockText(t, 'de', text), /^finding\.clock\.\w+ .*3 Stunden/, text);
});

test('kinds and their usual ports are those of the control plane', async () => {
  const { KINDS, kindName, usualPort } = await load('services/kinds.ts');
  const titles = { neuron: 'Neuron', nanomq: 'NanoMQ', ekuiper: 'eKuiper', neuronex: 'NeuronEX', http: 'HTTP service' };
  const source = (kind) => holding('products/src', `"${titles[kind]}"\n    }`);
  const [, all] = /ALL: \[Self; \d+\] = \[([^\]]+)\]/.exec(holding('products/src', 'pub const ALL: [Self'));
  assert.deepEqual(KINDS.toSorted(), all.match(/Self::\w+/g).map((each) => each.slice(6).toLowerCase()).sort());
  for (const kind of KINDS) {
    const port = /fn default_port[^}]*Some\((\d+)\)/.exec(source(kind))?.[1];
    assert.equal(usualPort(kind), port && Number(port), kind);
    assert.equal(kindName(kind), kind === 'http' ? 'http' : titles[kind]);
  }
});

test('what may be typed is as long as the control plane allows', async () => {
  const types = await load('api/types/index.ts');
  const source = rust('api/src/service/change.rs');
  const limit = (name) => Number(new RegExp(`${name}: usize = (\\d+);`).exec(source)[1]);
  assert.equal(types.MAX_SERVICE_DESCRIPTION_CHARS, limit('MAX_DESCRIPTION_CHARS'));
  assert.equal(types.MAX_CREDENTIAL_CHARS, limit('MAX_CREDENTIAL_CHARS'));
});
