// What the audit page shows as different between two states.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import ts from 'typescript';

const source = readFileSync(new URL('../src/audit/difference.ts', import.meta.url), 'utf8');
const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
const { differences } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);

const told = (before, after) =>
  differences(before, after).map(({ path, change, before: was, after: is }) => [path.join('.'), change, was, is]);

test('leaves that were added, removed, changed and kept, in the order of what was', () => {
  assert.deepEqual(told({ a: 1, b: { c: 'x', d: true } }, { b: { c: 'y', d: true }, e: 0 }), [
    ['a', 'removed', '1', undefined],
    ['b.c', 'changed', 'x', 'y'],
    ['b.d', 'same', 'true', 'true'],
    ['e', 'added', undefined, '0'],
  ]);
});

test('a thing that is new, or gone, is new or gone in each leaf', () => {
  assert.deepEqual(told(null, { name: 'a' }), [['name', 'added', undefined, 'a']]);
  assert.deepEqual(told({ name: 'a' }, undefined), [['name', 'removed', 'a', undefined]]);
  assert.deepEqual(told(null, null), []);
});

test('null is the same as not being there', () => {
  assert.deepEqual(told({ a: null, b: null }, { b: 'x' }), [['b', 'added', undefined, 'x']]);
});

test('one that goes from the middle of a list does not move the others', () => {
  assert.deepEqual(told({ scopes: ['a', 'b', 'c'] }, { scopes: ['a', 'c'] }), [
    ['scopes.a', 'same', 'a', 'a'],
    ['scopes.b', 'removed', 'b', undefined],
    ['scopes.c', 'same', 'c', 'c'],
  ]);
  const rule = (name, role) => ({ name, role });
  assert.deepEqual(told({ rules: [rule('x', 1), rule('y', 2)] }, { rules: [rule('y', 3)] }), [
    ['rules.x.name', 'removed', 'x', undefined],
    ['rules.x.role', 'removed', '1', undefined],
    ['rules.y.name', 'same', 'y', 'y'],
    ['rules.y.role', 'changed', '2', '3'],
  ]);
});

test('equal entries of a list are counted, and empty ones are seen', () => {
  assert.deepEqual(told({ l: ['a', 'a'] }, { l: ['a'] }), [
    ['l.a', 'same', 'a', 'a'],
    ['l.a', 'removed', 'a', undefined],
  ]);
  assert.deepEqual(told({ l: [] }, { l: {} }), [['l', 'changed', '[]', '{}']]);
});
