// The places in a template's text where a value is filled in. Pure; tested by tests/deliveries.test.mjs.

const MARK = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_-]*)\})?/g;

/** Each name once, in the order of their appearance. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(MARK)].flatMap(([, name]) => name ?? []))];
}

/** The line of the first `${` that no name and brace follow, from 1. */
export function wrongMark(text: string): number | undefined {
  const wrong = [...text.matchAll(MARK)].find(([whole]) => whole === '${');
  return wrong && text.slice(0, wrong.index).split('\n').length;
}
