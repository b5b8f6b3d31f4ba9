// Both languages say the same things, and say everything that the pages ask for.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import test from 'node:test';

const src = fileURLToPath(new URL('../src', import.meta.url));
const read = (language) => JSON.parse(readFileSync(join(src, 'i18n', `${language}.json`), 'utf8'));
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(tree, prefix = '') {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

const texts = { en: new Map(flat(read('en'))), zh: new Map(flat(read('zh'))) };
const bases = (language) => [...new Set([...texts[language].keys()].map((key) => key.replace(PLURAL, '')))].sort();

test('both languages have exactly the same keys', () => {
  assert.deepEqual(bases('zh'), bases('en'));
});

test('each plural has the forms that its language needs, and no others', () => {
  for (const [language, map] of Object.entries(texts)) {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    for (const base of bases(language)) {
      const forms = [...map.keys()].filter((key) => PLURAL.test(key) && key.replace(PLURAL, '') === base);
      if (forms.length === 0) continue;
      assert.deepEqual(forms.map((key) => PLURAL.exec(key)[1]).sort(), needed, `${language} ${base}`);
    }
  }
});

test('both languages name the same values', () => {
  const values = (text) => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();
  for (const [key, text] of texts.zh) {
    assert.deepEqual(values(text), values(texts.en.get(key)), key);
  }
});

test('no text is empty, and Chinese is Chinese', () => {
  const sameInBoth = new Set(['noun.id', 'overview.version', 'rule.email']);
  for (const [key, text] of texts.en) assert.ok(text.trim(), key);
  for (const [key, text] of texts.zh) {
    if (!sameInBoth.has(key)) assert.match(text, /\p{Script=Han}/u, key);
  }
});

test('every key that the sources use exists, and every key is used', () => {
  const sources = readdirSync(src, { recursive: true })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(src, path), 'utf8'))
    .join('\n');
  const known = bases('en');
  // t('a.b') or t(`a.${x}.b`), where what is filled in stands for one word.
  const patterns = [...sources.matchAll(/\bt\(\s*(['`])([^'`]+)\1/g)].map(([, , key]) => key);
  assert.ok(patterns.length > 100, `only ${patterns.length} uses found`);
  const used = new Set();
  for (const pattern of new Set(patterns)) {
    const parts = pattern.split(/\$\{[^}]+\}/).map((part) => part.replace(/[.]/g, '\\.'));
    const matches = known.filter((key) => new RegExp(`^${parts.join('[^.]+')}$`).test(key));
    assert.ok(matches.length > 0, `no text for ${pattern}`);
    matches.forEach((key) => used.add(key));
  }
  assert.deepEqual(known.filter((key) => !used.has(key)), []);
});
