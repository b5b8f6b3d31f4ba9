// Both languages say the same things, and say everything that the pages ask for.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import test from 'node:test';

const src = fileURLToPath(new URL('../src', import.meta.url));
const areas = (language) => readdirSync(join(src, 'i18n', language)).filter((name) => name.endsWith('.json')).sort();
const read = (language, area) => JSON.parse(readFileSync(join(src, 'i18n', language, area), 'utf8'));
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(tree, prefix = '') {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

const all = (language) => new Map(areas(language).flatMap((area) => flat(read(language, area))));
const texts = { en: all('en'), zh: all('zh') };
const bases = (language) => [...new Set([...texts[language].keys()].map((key) => key.replace(PLURAL, '')))].sort();

test('both languages have the same areas, all merged, and a concept is in one of them only', () => {
  assert.deepEqual(areas('zh'), areas('en'));
  for (const language of ['en', 'zh']) {
    const index = ['index.ts', 'rest.ts'].map((name) => readFileSync(join(src, 'i18n', language, name), 'utf8')).join('\n');
    const homes = new Map();
    for (const area of areas(language)) {
      assert.match(index, new RegExp(`\\.\\.\\.${area.replace('.json', '')}\\b`), `${language}/${area} is not merged`);
      for (const concept of Object.keys(read(language, area))) {
        assert.ok(!homes.has(concept), `${language}: "${concept}" is in ${homes.get(concept)} and ${area}`);
        homes.set(concept, area);
      }
    }
  }
});

test('a text is in the same area in both languages', () => {
  const places = (language) => areas(language).map((area) => [area, Object.keys(read(language, area)).sort()]);
  assert.deepEqual(places('zh'), places('en'));
});

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
  const sameInBoth = new Set(['noun.id', 'overview.version', 'rule.email', 'list.comma']);
  for (const [key, text] of texts.en) assert.ok(text.trim(), key);
  for (const [key, text] of texts.zh) {
    if (!sameInBoth.has(key)) assert.match(text, /\p{Script=Han}/u, key);
  }
});

test('everything that the audit log can say was done has its words', () => {
  const rust = readFileSync(join(src, '../../crates/server/src/audit/actions.rs'), 'utf8');
  const words = [...rust.matchAll(/^ {4}"([a-z_]+\.[a-z_]+)",$/gm)].map(([, word]) => word);
  assert.ok(words.length > 50, `only ${words.length} words`);
  for (const language of ['en', 'zh']) {
    assert.deepEqual(words.filter((word) => !texts[language].has(`audit.did.${word}`)), [], language);
    assert.deepEqual(words.filter((word) => !texts[language].has(`audit.thing.${word.split('.')[0]}`)), [], language);
  }
});

/** t('a.b') or t(`a.${x}.b`), where what is filled in stands for one word. */
function usedIn(sources, known) {
  const patterns = [...sources.matchAll(/\bt\(\s*(['`])([^'`]+)\1/g)].map(([, , key]) => key);
  assert.ok(patterns.length > 100, `only ${patterns.length} uses found`);
  const used = new Set();
  for (const pattern of new Set(patterns)) {
    const parts = pattern.split(/\$\{[^}]+\}/).map((part) => part.replace(/[.]/g, '\\.'));
    const matches = known.filter((key) => new RegExp(`^${parts.join('[^.]+')}$`).test(key));
    assert.ok(matches.length > 0, `no text for ${pattern}`);
    matches.forEach((key) => used.add(key));
  }
  return used;
}

test('every key that the sources use exists, and every key is used', () => {
  const sources = readdirSync(src, { recursive: true })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(src, path), 'utf8'))
    .join('\n');
  const known = bases('en');
  const used = usedIn(sources, known);
  assert.deepEqual(known.filter((key) => !used.has(key)), []);
});

/** The modules that the first page loads: what main.tsx imports, and so on; not what is imported when it is needed. */
function firstPage() {
  const found = new Set();
  const waiting = [join(src, 'main.tsx')];
  for (let path = waiting.pop(); path; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSync(path, 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export)\s(?!type\s)(?:[^;]*?\sfrom\s)?'(\.[^']*)';/gm)) {
      const base = join(path, '..', from);
      const file = [base, `${base}.ts`, `${base}.tsx`, join(base, 'index.ts')].find((each) => /\.tsx?$/.test(each) && existsSync(each));
      if (file) waiting.push(file);
    }
  }
  return found;
}

test('the first page says nothing whose text is loaded later', () => {
  const rest = readFileSync(join(src, 'i18n', 'en', 'rest.ts'), 'utf8');
  const late = [...rest.matchAll(/'\.\/(\w+)\.json'/g)].flatMap(([, area]) => Object.keys(read('en', `${area}.json`)));
  assert.ok(late.length >= 5, late.join());
  const sources = [...firstPage()].map((path) => readFileSync(path, 'utf8')).join('\n');
  const used = [...usedIn(sources, bases('en'))];
  assert.deepEqual(used.filter((key) => late.includes(key.split('.')[0])), []);
});
