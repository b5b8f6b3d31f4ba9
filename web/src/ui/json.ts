// JSON that somebody types: what it says, or where it stops being JSON. Browsers word that differently,
// some without the place, so the place is found here. Pure; tested by tests/devices.test.mjs.

export type Typed = { value: unknown } | { line: number; column: number };

export function readJson(text: string): Typed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const before = text.slice(0, firstWrong(text)).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** As it is shown and edited. */
export const pretty = (value: unknown) => JSON.stringify(value, null, 2);

const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

class Wrong extends Error {}

/** The place of the first character that cannot be there. */
function firstWrong(text: string): number {
  let at = 0;
  const space = () => {
    while (' \t\n\r'.includes(text[at] ?? 'x')) at += 1;
  };
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw new Wrong();
    at += found[0].length;
  };
  const sign = (wanted: string) => {
    space();
    if (text[at] !== wanted) throw new Wrong();
    at += 1;
  };
  const next = (end: string) => {
    space();
    if (text[at] === end) {
      at += 1;
      return false;
    }
    sign(',');
    return true;
  };
  const value = () => {
    space();
    const first = text[at] ?? '';
    if (first === '{' || first === '[') {
      const end = first === '{' ? '}' : ']';
      at += 1;
      space();
      if (text[at] === end) {
        at += 1;
        return;
      }
      do {
        if (first === '{') {
          space();
          take(STRING);
          sign(':');
        }
        value();
      } while (next(end));
    } else {
      take(first === '"' ? STRING : /[-\d]/.test(first) ? NUMBER : WORD);
    }
  };
  try {
    value();
    space();
  } catch (error) {
    // Too deep for the browser is wrong as well, wherever.
    if (!(error instanceof Wrong || error instanceof RangeError)) throw error;
  }
  return at;
}
