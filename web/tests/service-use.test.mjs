// What the pages work out about many services at once, about figures, keys, and calls of a service's own API.

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

/** All sources of a crate's folder. */
const all = (folder) => readdirSync(new URL(`../../crates/${folder}`, import.meta.url), { recursive: true }).filter((name) => name.endsWith('.rs') && !/tests?\b/.test(name)).map((name) => rust(`${folder}/${name}`)).join('\n');
const rust = (path) => readFileSync(new URL(`../../crates/${path}`, import.meta.url), 'utf8');

test('a path is one that can be sent as it is', async () => {
  const { pathProblem } = await load('services/explorer/exchange.ts');
  for (const path of ['/', ' /api/v2/node?type=1 ', '/a%20b', '/topics/a+b?x=[1]&y=~']) assert.equal(pathProblem(path), undefined, path);
  for (const [path, problem] of [['', 'slash'], ['streams', 'slash'], ['http://x/', 'slash'], ['/a b', 'characters'], ['/é', 'characters'], ['/a#b', 'characters'], ['/a\nb', 'characters'], ['/a\\b', 'characters']]) {
    assert.equal(pathProblem(path), problem, path);
  }
});

test('headers are read line by line', async () => {
  const { readHeaders } = await load('services/explorer/exchange.ts');
  assert.deepEqual(readHeaders(' Accept: application/json \n\nX-A:1:2\nX-Empty:'), { headers: { Accept: 'application/json', 'X-A': '1:2', 'X-Empty': '' } });
  assert.deepEqual(readHeaders('Accept: a\nno header'), { line: 'no header' });
  assert.deepEqual(readHeaders('a b: c'), { line: 'a b: c' });
});

test('a request says that its body is JSON where it is, and has none where there can be none', async () => {
  const { requestOf } = await load('services/explorer/exchange.ts');
  const typed = { method: 'POST', path: ' /a ', headers: '', body: '{"a":1}' };
  assert.deepEqual(requestOf(typed), { method: 'POST', path: '/a', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' });
  assert.deepEqual(requestOf({ ...typed, headers: 'content-type: text/plain' }).headers, { 'content-type': 'text/plain' });
  assert.equal(requestOf({ ...typed, body: 'a { b = 1 }' }).headers, undefined);
  assert.deepEqual(requestOf({ ...typed, method: 'GET' }), { method: 'GET', path: '/a' });
  assert.deepEqual(requestOf({ ...typed, method: 'DELETE', body: ' ' }, true), { method: 'DELETE', path: '/a', meant: true });
});

test('an answer is shown as text: JSON indented, the rest as it came, very long ones in part', async () => {
  const { shownBody, SHOWN_CHARS } = await load('services/explorer/exchange.ts');
  assert.deepEqual(shownBody({ body: '{"a":[1]}', is_cut: false }), { text: '{\n  "a": [\n    1\n  ]\n}', shortened: false });
  assert.equal(shownBody({ body: '{"a":', is_cut: true }).text, '{"a":');
  assert.equal(shownBody({ body: '{bad', is_cut: false }).text, '{bad');
  assert.equal(shownBody({ body: '<script>alert(1)</script>', is_cut: false }).text, '<script>alert(1)</script>');
  assert.equal(shownBody({ is_cut: false }), undefined);
  const long = shownBody({ body: 'x'.repeat(SHOWN_CHARS + 1), is_cut: false });
  assert.deepEqual([long.text.length, long.shortened], [SHOWN_CHARS, true]);
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  assert.equal(shownBody({ body: deep, is_cut: false }).text, deep);
});

test('who may only look may send exactly what the control plane lets them', async () => {
  const { QUIET } = await load('services/explorer/exchange.ts');
  const [, allowed = ''] = /let reading = \[([^\]]*)\]/.exec(all('server/src/services')) ?? [];
  assert.deepEqual([...allowed.matchAll(/Method::(\w+)/g)].map(([, method]) => method), QUIET);
});

test('every product has calls to start from, which can be sent', async () => {
  const { knownCalls } = await load('services/paths.ts');
  const { KINDS } = await load('services/kinds.ts');
  const { METHODS, QUIET, pathProblem } = await load('services/explorer/exchange.ts');
  for (const kind of KINDS) {
    const calls = knownCalls(kind);
    assert.ok(QUIET.includes(calls[0]?.method), `${kind}: the first call changes something`);
    for (const { method, path } of calls) {
      assert.ok(METHODS.includes(method), `${kind} ${method}`);
      assert.equal(pathProblem(path), undefined, `${kind} ${path}`);
    }
  }
  assert.ok(knownCalls('neuronex').some(({ path }) => path === '/api/neuron/metrics?category=global'));
  assert.ok(knownCalls('neuron').every(({ path }) => path.startsWith('/api/v2/')));
});

test('a line runs through its points, with gaps where nothing was heard', async () => {
  const { drawn } = await load('services/figures/chart.ts');
  assert.equal(drawn([], 60, 100, 10), undefined);
  const whole = drawn([[0, 0], [60, 5], [120, 10]], 60, 100, 10);
  assert.deepEqual([whole.lines, whole.least, whole.most, whole.end], [['M0 10L50 5L100 0'], 0, 10, [100, 0]]);
  assert.deepEqual(whole.areas, ['M0 10L50 5L100 0L100 10L0 10Z']);
  assert.equal(drawn([[0, 1], [60, 1], [1000, 1], [1060, 1]], 60, 100, 10).lines.length, 2);
  const flat = drawn([[0, 7], [60, 7]], 60, 100, 10);
  assert.deepEqual([flat.least, flat.most, flat.lines], [0, 7, ['M0 0L100 0']]);
  const nothing = drawn([[0, 0], [60, 0]], 60, 100, 10);
  assert.deepEqual([nothing.least, nothing.most, nothing.lines], [0, 1, ['M0 10L100 10']]);
  const high = drawn([[0, 1000], [60, 1010]], 60, 100, 10);
  assert.deepEqual([high.least, high.most], [1000, 1010]);
  const alone = drawn([[5, 3]], 60, 100, 10);
  assert.deepEqual([alone.end, alone.lines], [[100, 0], ['M100 0h0']]);
});

test('every figure that a product has, and every trouble, has its words', async () => {
  const { troubleText } = await load('services/figures/troubles.ts');
  const { figure, trouble } = JSON.parse(readFileSync(new URL('../src/i18n/en/serviceUse.json', import.meta.url), 'utf8'));
  const products = all('products/src');
  const listed = [...products.matchAll(/for \(figure, name\) in \[(.*?)\] \{\s*health\.add/gs)].flatMap(([, list]) => [...list.matchAll(/\(\s*"(\w+)",/g)].map(([, name]) => name));
  const named = [...listed, ...[...products.matchAll(/health\.add\(\s*"(\w+)"/g)].map(([, name]) => name)];
  const figures = named.filter((name) => name !== 'uptime_s');
  assert.ok(figures.length > 10, figures.join());
  assert.deepEqual(figures.filter((name) => !(name in figure)), []);
  const t = (key) => key;
  for (const [said, key] of [
    ['1 driver is disconnected', 'trouble.drivers'], ['12 drivers are disconnected', 'trouble.drivers'], ['2 applications are disconnected', 'trouble.applications'],
    ['1 rule is stopped by an error', 'trouble.rules'], ['it has crashed before', 'trouble.crashed'], ['its eKuiper is stopped', 'trouble.part'], ['it is Stopping', 'trouble.state'],
  ]) assert.equal(troubleText(t, said), key, said);
  assert.equal(troubleText(t, 'what nobody knows yet'), 'What nobody knows yet');
  assert.ok(Object.keys(trouble).length >= 6);
  const complaints = [...products.matchAll(/complain\(\s*[^;]*?"(\w+)",\s*"([\w ]+)",?\s*\)/gs)].map(([, noun, state]) => `2 ${noun}s are ${state}`);
  const pushed = [...products.matchAll(/troubles\.push\((?:format!\()?"([^"]+)"/g)].map(([, text]) => text).filter((text) => !text.includes('{noun}')).map((text) => text.replace(/\{[^}]*\}/, 'X'));
  assert.ok(complaints.length >= 3 && pushed.length >= 3, [...complaints, ...pushed].join());
  for (const said of [...complaints, ...pushed]) assert.match(troubleText(t, said), /^trouble\./, said);
});

test('how long something has run is rounded down', async () => {
  const { spanText } = await load('services/figures/span.ts');
  assert.deepEqual([0, 59, 60, 7199, 86_400 * 2.9].map((seconds) => spanText(seconds, 'en')), ['0 seconds', '59 seconds', '1 minute', '1 hour', '2 days']);
});

test('which keys a service holds', async () => {
  const { fileName, keysHeld } = await load('keys/state.ts');
  const two = [{ number: 3, state: 'current' }, { number: 4, state: 'next' }];
  assert.deepEqual([[], [3], [4], [3, 4], [1], undefined].map((keys) => keysHeld(keys, two)), ['none', 'old', 'new', 'both', 'none', 'unknown']);
  assert.deepEqual([[3], [1]].map((keys) => keysHeld(keys, two.slice(0, 1))), ['one', 'none']);
  assert.equal(keysHeld([1], []), 'one');
  assert.deepEqual([1, 2].map(fileName), ['edgeward.pub', 'edgeward-2.pub']);
});

test('the lines that were refused can be put right and imported again', async () => {
  const { refusedLines } = await load('services/refused.ts');
  const list = '\ufeffname,endpoint\r\nA,1\r\n"B, ""b""\r\nof two lines",2\r\n5" pipe,3\r\n\r\nE,5';
  assert.equal(refusedLines(list, [2]), 'name,endpoint\r\nA,1\r\n');
  assert.equal(refusedLines(list, [3, 7]), 'name,endpoint\r\n"B, ""b""\r\nof two lines",2\r\nE,5\r\n');
  assert.equal(refusedLines(list, [5]), 'name,endpoint\r\n5" pipe,3\r\n');
});

test('tags of many services are counted, and many are asked for in parts', async () => {
  const { bearing } = await load('services/tags.ts');
  assert.deepEqual(bearing([{ tags: ['a', 'b'] }, { tags: ['b'] }, { tags: [] }]), [{ tag: 'a', count: 1 }, { tag: 'b', count: 2 }]);
  const { inParts } = await load('services/parts.ts');
  const asked = [];
  const all = await inParts([1, 2, 3, 4, 5], 2, async (part) => {
    asked.push(part);
    return part.map((each) => each * 10);
  });
  assert.deepEqual([asked, all], [[[1, 2], [3, 4], [5]], [10, 20, 30, 40, 50]]);
});

test('a password that is kept has to be given again for another place', async () => {
  const { fieldOf, fieldsOf, moves } = await load('services/fields.ts');
  const before = { id: '1', name: 'Gate', kind: 'neuron', description: '', way: 'direct', address: 'https://gate:7000', pinned: '0a'.repeat(32), authentication: 'basic', user: 'ada', project_id: 'p', tags: [] };
  const moved = (by) => moves(before, { ...fieldsOf(before), ...by });
  assert.deepEqual([{}, { name: 'x', user: 'x', password: 'x' }, { address: 'https://other:7000' }, { trust: 'authorities' }, { pinned: '0b'.repeat(32) }, { address: 'http://gate:7000' }].map(moved), [false, false, true, true, true, true]);
  const source = all('server/src/services');
  const said = /"(password is missing; the one that is kept[^"]*)"/.exec(source)?.[1];
  assert.ok(said);
  assert.equal(fieldOf({ code: 'invalid_request', message: said }), 'password');
});

test('no request is about more services, and no list longer, than the control plane takes', async () => {
  const { MAX_SERVICE_IMPORT_BYTES } = await load('api/types/service.ts');
  const source = rust('api/src/service/many.rs');
  const limit = (name) => Number(/^[\d* ]+$/.exec(new RegExp(`pub const ${name}: \\w+ = ([^;]+);`).exec(source)?.[1] ?? '')?.[0].split('*').reduce((product, each) => product * Number(each), 1));
  const ours = (path, name) => Number(new RegExp(`const ${name} = (\\d+);`).exec(readFileSync(new URL(`../src/services/${path}`, import.meta.url), 'utf8'))?.[1]);
  assert.equal(MAX_SERVICE_IMPORT_BYTES, limit('MAX_SERVICE_IMPORT_BYTES'));
  assert.ok(ours('TagDialog.tsx', 'AT_ONCE') <= limit('MAX_TAGGED_AT_ONCE'));
  assert.ok(ours('ExportChosen.tsx', 'AT_ONCE') <= limit('MAX_NAMED_AT_ONCE'));
});
