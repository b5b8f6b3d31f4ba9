// What the pages for templates and deliveries work out by themselves: placeholders, tables of values, and the request that the form stands for.

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

const SERVICES = [{ id: 'a', name: 'Pump 1' }, { id: 'b', name: 'Pump 2' }, { id: 'c', name: '泵 3' }];

test('limits are those of the control plane', async () => {
  const { MAX_TEMPLATE_BYTES } = await load('api/types/template.ts');
  const { MAX_VALUE_CHARS } = await load('api/types/delivery.ts');
  assert.match(rust('api/src/template.rs'), /MAX_TEMPLATE_BYTES: usize = 4 \* 1024 \* 1024;/);
  assert.equal(MAX_TEMPLATE_BYTES, 4 * 1024 * 1024);
  assert.equal(MAX_VALUE_CHARS, Number(/MAX_VALUE_CHARS: usize = (\d+);/.exec(rust('server/src/deliveries/service.rs'))[1]));
});

test('placeholders are found as the control plane finds them', async () => {
  const { placeholdersOf, wrongMark } = await load('templates/placeholders.ts');
  assert.deepEqual(placeholdersOf('{"a": "${broker}", "b": "$${no}", "c": "${_t-1}${broker}"}'), ['broker', '_t-1']);
  assert.deepEqual(placeholdersOf('$$${x}'), []);
  assert.equal(wrongMark('fine ${a} $${'), undefined);
  assert.equal(wrongMark('one\ntwo ${1st}'), 2);
  assert.equal(wrongMark('${'), 1);
  assert.equal(wrongMark('${a\n}'), 1);
});

test('what is pasted from a spreadsheet, and what is in a file, is read by cells', async () => {
  const { cells } = await load('deliveries/table.ts');
  assert.deepEqual(cells('a\tb\r\nc\t\r\n'), [['a', 'b'], ['c', '']]);
  assert.deepEqual(cells('\ufeffa,b\n"c, ""d""\ne",f'), [['a', 'b'], ['c, "d"\ne', 'f']]);
  assert.deepEqual(cells('tcp://x, y\tz'), [['tcp://x, y', 'z']]);
  assert.deepEqual(cells('x,y\nz', '\t'), [['x,y'], ['z']]);
});

test('a whole table fills in by the names of services', async () => {
  const { cells, isTable, readTable } = await load('deliveries/table.ts');
  const table = cells('service,broker,topic,other\ndefault,tcp://1,plant,x\nPump 1,,p1,\nNobody,a,b,\n泵 3,tcp://3,,\n');
  assert.ok(isTable(table));
  assert.ok(!isTable(cells('Pump 1,x')));
  assert.deepEqual(readTable(table, ['topic', 'broker'], SERVICES), {
    defaults: { broker: 'tcp://1', topic: 'plant' }, own: { a: { topic: 'p1' }, c: { broker: 'tcp://3' } }, unknownServices: ['Nobody'], unknownColumns: ['other'],
  });
});

test('a part of a table goes over the rows and columns from where it was pasted', async () => {
  const { spread } = await load('deliveries/table.ts');
  assert.deepEqual(spread([['1', '2'], ['3', '4'], ['5', '6']], ['default', 'a', 'b'], ['x', 'y'], 'a', 'y'), { a: { y: '1' }, b: { y: '3' } });
});

test('a value of its own or the default one is needed', async () => {
  const { NO_DELIVERY, valueProblems } = await load('deliveries/form.ts');
  const fields = { ...NO_DELIVERY, version: 1, chosen: ['a', 'b'], defaults: { broker: 'x' }, own: { a: { topic: 'p1' }, c: { topic: 'x'.repeat(5000) } } };
  assert.deepEqual(valueProblems(fields, ['broker', 'topic']), { b: { missing: ['topic'], long: [] } });
  assert.deepEqual(valueProblems({ ...fields, to: 'tag', tag: 'line-3' }, ['broker', 'topic']), { default: { missing: ['topic'], long: [] } });
  assert.deepEqual(valueProblems({ ...fields, own: { a: { topic: 'y'.repeat(4097) }, b: { topic: 'y'.repeat(4096) } } }, ['broker', 'topic']), { a: { missing: [], long: ['topic'] } });
});

test('the form says what is wrong with it', async () => {
  const { NO_DELIVERY, deliverProblems } = await load('deliveries/form.ts');
  const fields = { ...NO_DELIVERY, version: 1 };
  assert.deepEqual(deliverProblems(fields), { chosen: 'chosen' });
  assert.deepEqual(deliverProblems({ ...fields, to: 'tag', waves: 'many', failures: '101%' }), { tag: 'filled', waves: 'size', failures: 'size' });
  assert.deepEqual(deliverProblems({ ...fields, chosen: ['a'] }), {});
});

test('the request is what the control plane takes', async () => {
  const { NO_DELIVERY, deliveryRequest } = await load('deliveries/form.ts');
  const fields = { ...NO_DELIVERY, name: ' Alarms 2 ', version: 2, chosen: ['b', 'a'], defaults: { broker: 'x', gone: 'y' }, own: { a: { topic: 'p', broker: '' }, c: { topic: 'z' } }, waves: '1, 50%', failures: '2%', watchS: 300 };
  assert.deepEqual(deliveryRequest(fields, 'T', ['broker', 'topic']), {
    name: 'Alarms 2', template_id: 'T', version: 2, services: [{ service_id: 'b' }, { service_id: 'a', values: { topic: 'p' } }], defaults: { broker: 'x' },
    plan: { waves: ['1', '50%'], failure_limit: '2%', watch_s: 300 },
  });
  assert.deepEqual(deliveryRequest({ ...fields, to: 'tag', tag: 'line-3', defaults: {}, waves: '', failures: '', watchS: 0 }, 'T', []), { name: 'Alarms 2', template_id: 'T', version: 2, tag: 'line-3', plan: { watch_s: 0 } });
});

test('a refusal goes to the services that it names', async () => {
  const { refusedRows } = await load('deliveries/form.ts');
  assert.deepEqual(refusedRows('Pump 1: there is no value for broker; 泵 3: the value of topic cannot stand where the template has it: it ends; or not; and 3 more', SERVICES), {
    a: 'there is no value for broker', c: 'the value of topic cannot stand where the template has it: it ends; or not',
  });
  assert.deepEqual(refusedRows('the template: line 3 is no JSON', SERVICES), {});
});

test('a refusal goes to the field that it is about', async () => {
  const { refusedField } = await load('templates/refused.ts');
  const { ApiError } = await load('api/client.ts');
  assert.equal(refusedField(new ApiError(409, 'name_taken', 'a template of this name exists')), 'name');
  assert.equal(refusedField(new ApiError(400, 'invalid_request', 'text: line 3: a name must follow')), 'text');
  assert.equal(refusedField(new ApiError(400, 'invalid_request', 'names are short')), undefined);
  assert.equal(refusedField(new ApiError(409, 'too_many_templates', 'text')), undefined);
});
