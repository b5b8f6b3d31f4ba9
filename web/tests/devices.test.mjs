// What the pages for devices work out by themselves: actions by the control plane's rules, typed JSON, merge
// patches, and what a device reports.

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

test('the actions are those of the wire', async () => {
  const { ACTION_NAMES, KINDS } = await load('actions/kinds.ts');
  const wire = [...rust('wire/src/action.rs').matchAll(/^ {4}[A-Z]\w+ = "(\w+)",$/gm)].map(([, name]) => name);
  assert.equal(wire.length, 21);
  assert.deepEqual(ACTION_NAMES.toSorted(), wire.toSorted());
  // `const fn about`, as far as it is about a snap.
  const about = rust('wire/src/action/check.rs').match(/const fn about[\s\S]*?=> About::Snap,/)[0];
  const snaps = [...about.matchAll(/Self::(\w+)/g)].map(([, name]) => name.toLowerCase()).filter((name) => name in KINDS);
  assert.deepEqual(ACTION_NAMES.filter((name) => KINDS[name].about === 'snap').toSorted(), snaps.toSorted());
});

test('names of snaps, channels and addresses are judged as the control plane does', async () => {
  const { isChannel, isSnapName, isUrl } = await load('actions/kinds.ts');
  for (const good of ['pump', 'edgeward-agent', 'a1', '7zip', 'pump_two', 'a'.repeat(40)]) assert.ok(isSnapName(good), good);
  for (const bad of ['', 'a', '42', 'Pump', '-pump', 'pump-', 'pu--mp', 'pump_', 'pump_a_b', 'pump_Zwei', 'a'.repeat(41), 'pump two']) assert.ok(!isSnapName(bad), bad);
  for (const good of ['stable', 'latest/edge', '2.0/beta/fix-7']) assert.ok(isChannel(good), good);
  for (const bad of ['', '/edge', 'latest/', 'a/b/c/d', 'latest edge', 'a'.repeat(129)]) assert.ok(!isChannel(bad), bad);
  for (const good of ['http://x', 'https://store.example.com/put?a=b']) assert.ok(isUrl(good), good);
  for (const bad of ['', 'ftp://x', 'https://', 'https:///x', 'https://a b']) assert.ok(!isUrl(bad), bad);
});

test('an action is asked for with what it needs and nothing else', async () => {
  const { NO_FIELDS, problemsOf, toDo } = await load('actions/kinds.ts');
  const filled = (more) => ({ ...NO_FIELDS, snap: 'pump', channel: 'latest/edge', ...more });
  assert.deepEqual(toDo(filled({ name: 'refresh' })), { name: 'refresh', snap: 'pump', data: 'latest/edge' });
  assert.deepEqual(toDo(filled({ name: 'remove' })), { name: 'remove', snap: 'pump' });
  assert.deepEqual(toDo(filled({ name: 'unregister' })), { name: 'unregister' });
  assert.deepEqual(toDo(filled({ name: 'restart', services: 'daemon, pump.web' })), { name: 'restart', snap: 'pump', data: '{"services":["pump.daemon","pump.web"]}' });
  assert.deepEqual(toDo(filled({ name: 'stop' })), { name: 'stop', snap: 'pump' });
  assert.deepEqual(toDo(filled({ name: 'setconf', config: '{ "port": 8080 }' })), { name: 'setconf', snap: 'pump', data: '{"port":8080}' });
  assert.deepEqual(toDo(filled({ name: 'logs', url: ' https://x/y ', lines: '50' })), { name: 'logs', data: '{"url":"https://x/y","limit":50}' });
  assert.deepEqual(toDo(filled({ name: 'user', user: 'remove', username: 'joe' })), { name: 'user', data: '{"action":"remove","username":"joe"}' });

  assert.deepEqual(problemsOf(filled({ name: 'refresh' })), {});
  assert.deepEqual(problemsOf(filled({ name: 'refresh', snap: '', channel: 'a b' })), { snap: 'filled', channel: 'channel' });
  assert.deepEqual(problemsOf(filled({ name: 'switch', channel: '' })), { channel: 'filled' });
  assert.deepEqual(problemsOf(filled({ name: 'setconf', config: '[1]' })), { config: 'object' });
  assert.deepEqual(problemsOf(filled({ name: 'setconf', config: '{}' })), { config: 'empty' });
  assert.deepEqual(problemsOf(filled({ name: 'setconf', config: JSON.stringify({ a: 'x'.repeat(33_000) }) })), { config: 'large' });
  assert.deepEqual(problemsOf(filled({ name: 'start', services: 'other.web' })), { services: 'services' });
  assert.deepEqual(problemsOf(filled({ name: 'logs', url: 'x', lines: '0' })), { url: 'url', lines: 'lines' });
  assert.deepEqual(problemsOf(filled({ name: 'user', email: 'x' })), { email: 'email' });
  assert.deepEqual(problemsOf(filled({ name: 'ack' })), { assertion: 'filled' });
  // What belongs to another action does not count.
  assert.deepEqual(problemsOf(filled({ name: 'list', snap: '??', channel: '??', config: '??', url: '??' })), {});
});

test('typed JSON is read, or the place is named where it stops being JSON', async () => {
  const { readJson } = await load('ui/json.ts');
  assert.deepEqual(readJson('{"a": [1, true, null, "x\\n"]}'), { value: { a: [1, true, null, 'x\n'] } });
  for (const [text, line, column] of [
    ['', 1, 1],
    ['{"a": 1,}', 1, 9],
    ['{\n  "a": tru\n}', 2, 8],
    ['{\n  "a" 1\n}', 2, 7],
    ['[1 2]', 1, 4],
    ['{"a": 1} x', 1, 10],
    ["{'a': 1}", 1, 2],
    ['{"a": 01}', 1, 8],
    ['{"a": "\n"}', 1, 7],
    ['['.repeat(3), 1, 4],
  ]) assert.deepEqual(readJson(text), { line, column }, text);
  assert.ok('line' in readJson('['.repeat(200_000)));
});

test('merge patches go there, and say leaf by leaf what they change', async () => {
  const { configChange, leafPatch, merge, patchBetween, patchLeaves, touches } = await load('devices/patch.ts');
  const before = { snaps: { pump: { channel: 'stable', config: { port: 1, tags: ['a'] } } }, gone: 1, same: { x: [1, { y: 2 }] } };
  const after = { snaps: { pump: { channel: 'edge', config: { port: 1, tags: ['a', 'b'] } } }, made: { z: true }, same: { x: [1, { y: 2 }] } };
  const patch = patchBetween(before, after);
  assert.deepEqual(patch, { gone: null, snaps: { pump: { channel: 'edge', config: { tags: ['a', 'b'] } } }, made: { z: true } });
  assert.deepEqual(merge(before, patch), after);
  assert.equal(patchBetween(before, structuredClone(before)), undefined);
  assert.deepEqual(merge({ a: 1 }, { a: { b: null, c: 2 } }), { a: { c: 2 } });
  assert.deepEqual(patchLeaves({ a: { b: null, c: [1] }, d: {} }), [{ path: ['a', 'b'], value: undefined }, { path: ['a', 'c'], value: [1] }, { path: ['d'], value: {} }]);
  assert.deepEqual(leafPatch(['a', 'b'], null), { a: { b: null } });
  assert.equal(touches(patch, ['snaps', 'pump', 'channel']), true);
  assert.equal(touches(patch, ['snaps', 'valve']), false);
  assert.equal(touches({ snaps: null }, ['snaps', 'pump']), true);
  assert.deepEqual(configChange({ a: { b: 1, c: 2 }, d: 1, e: 1 }, { a: { b: 1 }, d: 1, f: 2 }), { e: null, a: { b: 1 }, f: 2 });
  assert.equal(configChange({ a: { b: 1 } }, { a: { b: 1 } }), undefined);
});

test('what a device reports is read with whatever is missing', async () => {
  const { readReported } = await load('devices/reported.ts');
  const bare = readReported({});
  assert.equal(bare.snaps, undefined);
  assert.equal(bare.os.classic, undefined);
  const odd = readReported({ device: 7, os: { id: 'debian', version_id: '12' }, agent: null, snaps: { pump: 'x', left_out: { entries: 3 } } });
  assert.equal(odd.os.id, 'debian');
  assert.deepEqual(odd.snaps.map(({ name, services, config }) => ({ name, services, config })), [{ name: 'pump', services: [], config: undefined }]);
  assert.equal(odd.snapsLeftOut, 3);
  const [snap] = readReported({
    snaps: { pump: { version: '1', revision: 'x2', installed_size: 5, installed_at: 'nonsense', services: { web: { daemon: 'simple', active: true } }, config: { port: 1 } } },
  }).snaps;
  assert.equal(snap.size, 5);
  assert.equal(snap.installedAt, undefined);
  assert.deepEqual(snap.services, [{ name: 'web', daemon: 'simple', enabled: false, active: true }]);
  assert.deepEqual(snap.config, { port: 1 });
});
