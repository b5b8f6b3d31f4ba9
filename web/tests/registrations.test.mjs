// What the pages for registrations work out by themselves: lists of devices as the control plane reads them, and device data.

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
const number = (text, name) => {
  const [, value] = new RegExp(`\\b${name}: \\w+ = ([\\d_ *]+);`).exec(text) ?? assert.fail(name);
  return value.split('*').reduce((product, factor) => product * Number(factor.replaceAll('_', '').trim()), 1);
};

test('limits are those of the control plane', async () => {
  const limits = await load('api/types/registration.ts');
  const domain = rust('domain/src/device/mod.rs');
  for (const name of ['MAX_REGISTERED_AT_ONCE', 'MAX_IDENTITY_CHARS', 'MAX_DEVICE_DATA_BYTES']) assert.equal(limits[name], number(domain, name), name);
  assert.equal(limits.MAX_REQUIRED_SNAPS, number(rust('domain/src/device/required.rs'), 'MAX_REQUIRED_SNAPS'));
  assert.equal(limits.MAX_IMPORT_BYTES, number(rust('api/src/registration.rs'), 'MAX_IMPORT_BYTES'));
});

test('a list is read with or without a heading, with quoted values and empty lines', async () => {
  const { readDevices } = await load('registrations/listed.ts');
  const { devices, wrong } = readDevices('\ufeffBrand, model ,serial,device_data\r\nacme,gateway,1\r\n\r\n acme , gateway ,"2,""b""",aGk=\nacme,gateway,"3\n4"\nacme,gateway,5');
  assert.deepEqual(wrong, [{ line: 5, problem: 'character', what: 'serial' }]);
  assert.deepEqual(devices, [
    { line: 2, brand: 'acme', model: 'gateway', serial: '1', deviceData: '' },
    { line: 4, brand: 'acme', model: 'gateway', serial: '2,"b"', deviceData: 'aGk=' },
    { line: 7, brand: 'acme', model: 'gateway', serial: '5', deviceData: '' },
  ]);
});

test('every line that is wrong is named with what is wrong', async () => {
  const { readDevices } = await load('registrations/listed.ts');
  const lines = ['acme,gateway', 'acme,,2', `acme,${'é'.repeat(129)},3`, 'acme,gateway,4,?', 'acme,gateway,5', 'acme,gateway, 5', `acme,gateway,6,${'AAAA'.repeat(10_923)}`, 'a,b,c,d,e', 'acme,gateway,"7'];
  assert.deepEqual(readDevices(lines.join('\n')).wrong, [
    { line: 1, problem: 'values', what: '2' },
    { line: 2, problem: 'empty', what: 'model' },
    { line: 3, problem: 'long', what: 'model' },
    { line: 4, problem: 'base64', what: 'device_data' },
    { line: 6, problem: 'twice', what: '5' },
    { line: 7, problem: 'large', what: String(10_923 * 3) },
    { line: 8, problem: 'values', what: '5' },
    { line: 9, problem: 'quotation', what: '' },
  ]);
  const many = readDevices(Array.from({ length: 10_002 }, (_, n) => `acme,gateway,${n}`).join('\n'));
  assert.equal(many.devices.length, 10_000);
  assert.deepEqual(many.wrong, [{ line: 10_001, problem: 'tooMany', what: '10000' }]);
});

test('the line that a refusal names is found', async () => {
  const { lineOf, readDevices } = await load('registrations/listed.ts');
  const { devices } = readDevices('brand,model,serial\nacme,gateway,1\nacme,gateway,11');
  assert.equal(lineOf('line 12: the brand is empty: name it', devices), 12);
  assert.equal(lineOf('the device `acme/gateway/11` is already registered', devices), 3);
  assert.equal(lineOf('the device `acme/gateway/2` is already registered', devices), undefined);
});

test('device data is sent as base64 however it is typed', async () => {
  const { asBase64, dataProblem } = await load('registrations/deviceData.ts');
  assert.equal(asBase64({ kind: 'text', text: 'Grüße' }), Buffer.from('Grüße').toString('base64'));
  assert.equal(asBase64({ kind: 'base64', text: ' aGk= \n' }), 'aGk=');
  assert.equal(dataProblem({ kind: 'text', text: 'é'.repeat(16_384) }), undefined);
  assert.equal(dataProblem({ kind: 'text', text: `${'é'.repeat(16_384)}x` }), 'large');
  assert.equal(dataProblem({ kind: 'base64', text: 'aGk' }), 'base64');
});
