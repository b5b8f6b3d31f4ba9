// The rules that the console follows are those of the control plane; lists read their address right.

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

/** Somebody with a role at one organisation, or at the first of its two projects, as the control plane tells it. */
function somebody(role) {
  const projects = [{ id: 'project', name: 'One', role }, { id: 'sibling project', name: 'Two', role }];
  return {
    permissions: {
      system_admin: role === 'system_admin',
      organisations: role === 'system_admin' ? [] : [{ id: 'organisation', name: 'Ours', role, projects: role === 'organisation_admin' ? projects : projects.slice(0, 1) }],
    },
  };
}

test('what the console offers is what the control plane allows', async () => {
  const { can } = await load('api/permissions.ts');
  const places = {
    system: 'system',
    organisation: { organisation: 'organisation' },
    project: { project: 'project', organisation: 'organisation' },
    'sibling project': { project: 'sibling project', organisation: 'organisation' },
    'other organisation': { organisation: 'other' },
    "other's project": { project: "other's project", organisation: 'other' },
    anywhere: 'anywhere',
  };
  const [heading, ...rows] = readFileSync(new URL('../../crates/domain/src/access/roles.golden.txt', import.meta.url), 'utf8').trim().split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
  const roles = heading.slice(2);
  assert.ok(rows.length > 100, `only ${rows.length} rows`);
  for (const [action, scope, ...allowed] of rows) {
    assert.ok(scope in places, scope);
    for (const [index, role] of roles.entries()) {
      assert.equal(can(somebody(role), action, places[scope]), allowed[index] === 'yes', `${role}: ${action} at ${scope}`);
    }
  }
});

test('a project made a moment ago belongs to the administrator of its organisation', async () => {
  const { can } = await load('api/permissions.ts');
  const place = { project: 'new', organisation: 'organisation' };
  assert.equal(can(somebody('organisation_admin'), 'edit_project', place), true);
  assert.equal(can(somebody('project_admin'), 'edit_project', place), false);
  assert.equal(can(null, 'look', 'anywhere'), false);
});

test('passwords are judged as the control plane does', async () => {
  const { passwordParts } = await load('access/rules.ts');
  const rules = { min_chars: 10, letter: true, digit: true, symbol: true };
  const kept = (password) => passwordParts(rules, password).filter((part) => part.kept).map(({ key }) => key);
  assert.deepEqual(kept(''), []);
  assert.deepEqual(kept('correct horse 1'), ['chars', 'letter', 'digit', 'symbol']);
  assert.deepEqual(kept('密码密码密码密码密码'), ['chars', 'letter']);
  assert.deepEqual(kept('١٢٣'), ['digit'], 'digits of any script');
  assert.deepEqual(kept('😀😀😀😀😀'), ['symbol'], 'five characters, not ten');
  assert.equal(passwordParts({ ...rules, digit: false, symbol: false }, '').length, 2);
});

test('addresses are found however they are pasted', async () => {
  const { addresses, badAddresses } = await load('people/addresses.ts');
  assert.deepEqual(addresses('a@x.com\nb@x.com, c@x.com;d@x.com  e@x.com，f@x.com'), ['a@x.com', 'b@x.com', 'c@x.com', 'd@x.com', 'e@x.com', 'f@x.com']);
  assert.deepEqual(addresses('Ada Berger <ada@x.com>, Olga <olga@x.com>'), ['ada@x.com', 'olga@x.com']);
  assert.deepEqual(addresses(' A@x.com a@X.com '), ['A@x.com'], 'each once');
  assert.deepEqual(addresses(' \n,; '), []);
  assert.deepEqual(badAddresses(['a@x.com', 'a', '@', 'a@']), ['a', '@', 'a@']);
});

test('a list reads its address, and leaves out what it does not understand', async () => {
  const { asFilter, isFiltered, listSearch } = await load('ui/list/search.ts');
  const read = listSearch(['name', 'created'], { state: ['active', 'disabled'], organisation: 'text', system_admin: 'flag' });
  assert.deepEqual(read({ text: 12, sort: 'name', direction: 'descending', page: 3, size: 100, state: 'active', organisation: 'o1', system_admin: false }), {
    text: '12', sort: 'name', direction: 'descending', page: 3, size: 100, state: 'active', organisation: 'o1', system_admin: false,
  });
  assert.deepEqual(read({ text: '', sort: 'age', direction: 'up', page: -1, size: 7, state: 'gone', system_admin: 'yes', other: 1 }), {});
  assert.deepEqual(asFilter({ text: 'x', page: 3, size: 100 }), { text: 'x', limit: 100, offset: 200 });
  assert.deepEqual(asFilter({}), { limit: 50, offset: undefined });
  assert.equal(isFiltered({ page: 2, size: 25, sort: 'name', direction: 'ascending' }), false);
  assert.equal(isFiltered({ system_admin: false }), true);
});

test('a table as CSV keeps its cells apart, and has no formulas', async () => {
  const { csv } = await load('ui/list/csv.ts');
  assert.equal(csv([['a', 'b,c', 'say "x"'], [1, null, 'two\nlines'], ['=1+1', '-x', '@y']]), 'a,"b,c","say ""x"""\r\n1,,"two\nlines"\r\n\'=1+1,\'-x,\'@y\r\n');
});
