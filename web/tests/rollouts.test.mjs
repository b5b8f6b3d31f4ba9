// What the pages for rollouts work out by themselves: the request that the form stands for, by the control plane's rules,
// and what can become of a rollout.

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
const number = (path, name) => Number(new RegExp(`\\b${name}: \\w+ = ([\\d_]+);`).exec(rust(path))[1].replaceAll('_', ''));

test('limits are those of the control plane', async () => {
  const { MAX_TAGS, MAX_CONDITIONS, MAX_WAVES, MAX_WATCH_S } = { ...(await load('api/types/selection.ts')), ...(await load('api/types/rollout.ts')) };
  assert.equal(MAX_TAGS, number('domain/src/selection/tag.rs', 'MAX_TAGS'));
  assert.equal(MAX_CONDITIONS, number('domain/src/selection/mod.rs', 'MAX_CONDITIONS'));
  assert.equal(MAX_WAVES, number('domain/src/rollout/plan.rs', 'MAX_WAVES'));
  assert.match(rust('domain/src/rollout/plan.rs'), /MAX_WATCH: Duration = Duration::from_secs\(30 \* 24 \* 3600\)/);
  assert.equal(MAX_WATCH_S, 30 * 24 * 3600);
});

test('sizes and tags are judged as the control plane does', async () => {
  const { isSize, isTag, words } = await load('rollouts/form.ts');
  for (const good of ['0', '5', '100%', '0%', '4294967295']) assert.ok(isSize(good), good);
  for (const bad of ['', '%', '-1', '+5', '1.5', '101%', '4294967296', '5 %']) assert.ok(!isSize(bad), bad);
  for (const good of ['line-3', 'site:berlin', 'a/b_c.d', 'x'.repeat(64)]) assert.ok(isTag(good), good);
  for (const bad of ['', 'Line', 'ü', 'a b', 'x'.repeat(65)]) assert.ok(!isTag(bad), bad);
  assert.deepEqual(words(' a, b，a\nc '), ['a', 'b', 'c']);
});

test('what is compared with is JSON where it is, else the text', async () => {
  const { typedValue } = await load('rollouts/form.ts');
  assert.deepEqual(['8080', 'true', '"8080"', 'latest/stable', ' {"a":[1]} ', 'null', '1.2.3'].map(typedValue), [8080, true, '8080', 'latest/stable', { a: [1] }, null, '1.2.3']);
});

test('a rollout is asked for with what was filled in and nothing else', async () => {
  const { NO_ROLLOUT, isComplete, rolloutProblems, rolloutRequest } = await load('rollouts/form.ts');
  const { projectPlace, organisationPlace } = await load('agents/places.ts');
  const action = { ...NO_ROLLOUT.action, snap: 'pump', channel: 'latest/edge' };
  const least = { ...NO_ROLLOUT, name: ' Pumps ', place: organisationPlace('o1'), action, waves: '', failures: '' };
  assert.ok(isComplete(least));
  assert.deepEqual(rolloutRequest(least), {
    name: 'Pumps', selection: { organisation_id: 'o1' }, action: { name: 'refresh', snap: 'pump', data: 'latest/edge' },
    plan: { watch_s: 0, wait_for_away: false, include_later: false, expires_in_s: 86_400 },
  });
  const most = {
    ...least, place: projectPlace('p1'), tags: 'line-3, hall:2', model: ' gateway ', waves: '1, 10% 10%', failures: ' 5% ', watchS: 300, waitForAway: true, includeLater: true, expiresInS: 600,
    conditions: [{ path: ' /snaps/pump/config/port ', test: 'is_not', value: '8080' }, { path: '/os/snapd', test: 'present', value: 'forgotten' }],
  };
  assert.ok(isComplete(most));
  assert.deepEqual(rolloutRequest(most), {
    name: 'Pumps', action: { name: 'refresh', snap: 'pump', data: 'latest/edge' },
    selection: { project_id: 'p1', tags: ['line-3', 'hall:2'], model: 'gateway', conditions: [{ path: '/snaps/pump/config/port', test: 'is_not', value: 8080 }, { path: '/os/snapd', test: 'present' }] },
    plan: { waves: ['1', '10%', '10%'], failure_limit: '5%', watch_s: 300, wait_for_away: true, include_later: true, expires_in_s: 600 },
  });

  assert.deepEqual(rolloutProblems({ ...most, place: null, tags: 'Ü', model: 'x'.repeat(501), waves: '1, x', failures: 'all', conditions: [{ path: '', test: 'is', value: '' }, { path: 'os', test: 'absent', value: '' }] }), {
    place: 'filled', tags: 'tag', model: 'long', waves: 'size', failures: 'size', 'path.0': 'filled', 'value.0': 'filled', 'path.1': 'path',
  });
  assert.equal(rolloutProblems({ ...most, waves: Array(21).fill('1').join(',') }).waves, 'manyWaves');
  assert.equal(rolloutProblems({ ...most, tags: Array.from({ length: 21 }, (_, n) => `t${n}`).join(' ') }).tags, 'manyTags');
  assert.equal(isComplete({ ...most, action: { ...action, snap: '' } }), false);
});

test('in each state only what the control plane allows can become of a rollout', async () => {
  const { ROLLOUT_STATES, changesFor } = await load('rollouts/state.ts');
  const text = rust('domain/src/rollout/state.rs');
  const word = (state) => state.toLowerCase();
  assert.deepEqual([...ROLLOUT_STATES], [...text.matchAll(/Self::\w+ => "(\w+)",/g)].map(([, state]) => state).slice(0, 6));
  const allowed = {};
  for (const [, change, states] of text.matchAll(/\(Change::(Pause|Resume|Abort|Undo)(?:\(\w+\))?, ((?:State::\w+(?: \| )?)+)\) => (?!\{\s*return)/g)) {
    for (const [, state] of states.matchAll(/State::(\w+)/g)) (allowed[word(state)] ??= []).push(word(change));
  }
  for (const state of ROLLOUT_STATES) assert.deepEqual(changesFor(state).toSorted(), (allowed[state] ?? []).toSorted(), state);
});

test('what the control plane says of a rollout is said in the language of whoever looks', async () => {
  const { reasonText, undoText } = await load('rollouts/said.ts');
  const t = (key, values = {}) => `${key} ${JSON.stringify(values)}`;
  assert.equal(reasonText(t, '1 failed; the limit is 0'), 'rollout.reason.failures {"count":1,"failed":"1","limit":"0"}');
  assert.equal(reasonText(t, '1 device failed; the limit is 0'), 'rollout.reason.failures {"count":1,"failed":"1","limit":"0"}');
  assert.equal(reasonText(t, 'paused by Ada Berger'), 'rollout.reason.pausedBy {"name":"Ada Berger"}');
  assert.equal(reasonText((key) => key, 'undone on 2 of 5; on 1 the undoing did not succeed; on 2 there was no way back'), 'rollout.reason.undonelist.commarollout.reason.undoFailedlist.commarollout.reason.noWayBack');
  assert.equal(reasonText(t, 'something new'), 'something new');
  assert.equal(undoText((key, { snap }) => `${key} ${snap}`, 'switch pump latest/stable'), 'actions.what.switch pump · latest/stable');
  assert.equal(undoText(t, 'something new'), 'something new');
  // The sentences are those of the control plane.
  const state = rust('domain/src/rollout/state.rs');
  for (const part of ['undone on {} of {done}', '; on {not} the undoing did not succeed', '; on {left} there was no way back', 'the undoing was aborted']) assert.ok(state.includes(part), part);
  assert.ok(rust('domain/src/rollout/mod.rs').includes('{} failed; the limit is {limit}'));
  assert.ok(rust('server/src/rollouts/http.rs').includes('paused by {}'));
});

test('the sentences of a preview are those of the control plane, and each is recognised', async () => {
  const { recognised } = await load('rollouts/sentences.ts');
  const said = (what, text) => {
    const found = recognised(what, text);
    return found && [found.key, ...[found.name, ...Object.values(found.values)].filter(Boolean)].join(' | ');
  };
  // As the tests of the selection have them.
  const why = [...rust('domain/src/selection/tests.rs').matchAll(/"(\/(?:[^"\\]|\\.)* is (?:[^"\\]|\\.)+)"/g)].map(([, text]) => text.replaceAll('\\"', '"'));
  assert.ok(why.length >= 8, why.join('\n'));
  assert.deepEqual(why.slice(0, 8).map((text) => said('why', text)?.split(' | ')[0]), ['is', 'not', 'missingNot', 'reported', 'reportedAs', 'missing', 'missing', 'is']);
  assert.equal(said('why', 'it has the tag line-3'), 'tag | line-3');
  assert.equal(said('why', '/snaps/hello/channel is "latest/stable", not "latest/edge"'), 'not | /snaps/hello/channel | "latest/stable" | "latest/edge"');
  // Every sentence of the control plane, with something filled in.
  const back = rust('server/src/rollouts/back.rs').split('#[cfg(test)]')[0].replaceAll('{UNKNOWN}', 'the device has not reported its snaps, so it is not known');
  const effects = [...back.matchAll(/format!\(\s*"([^"]+)"/g)].map(([, text]) => text).filter((text) => / /.test(text) && !text.startsWith('{version} ('));
  assert.ok(effects.length >= 12, effects.join('\n'));
  const filled = (text) => text.replaceAll('{name}', 'refresh').replaceAll('{snap}', 'pump').replaceAll('{version}', '1.0 (revision 5)').replaceAll('{from}', 'latest/stable').replaceAll('{}', 'latest/edge');
  const last = effects.map((text) => said('effect', filled(text)));
  assert.deepEqual(last.filter((each) => !each), []);
  assert.ok(last.includes('refreshed | pump 1.0 (revision 5) | latest/stable | latest/edge'), last.join('\n'));
  assert.ok(last.includes('willFail | refresh | pump'), last.join('\n'));
  assert.equal(new Set(last.map((each) => each.split(' | ')[0])).size, effects.length, last.join('\n'));
  const none = [...back.matchAll(/Back::No\(\s*"([^"]+)"/g)].map(([, text]) => text);
  assert.ok(none.length >= 10);
  assert.deepEqual(none.filter((text) => !recognised('undo', text)), []);
});

test('a wave waits, goes on, and is through', async () => {
  const { waveState } = await load('rollouts/state.ts');
  const none = { waiting: 0, queued: 0, under_way: 0, done: 0, failed: 0, expired: 0, cancelled: 0 };
  const rollout = { begun: 2, waves: [{ ...none, done: 1, failed: 1 }, { ...none, done: 1, queued: 1 }, { ...none, waiting: 3 }] };
  assert.deepEqual([0, 1, 2, 3].map((wave) => waveState(rollout, wave)), ['through', 'goes', 'waits', 'waits']);
});
