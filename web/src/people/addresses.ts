import { isEmail } from '../access/rules';

/** The most users that one request makes. */
export const MAX_AT_ONCE = 100;

/** The addresses in a text, each once: on lines of their own, or with commas, semicolons or blanks between; `Ada <ada@example.com>` too. */
export function addresses(text: string): string[] {
  const found = text.replace(/[^<>\n,;]*<([^<>]*)>/g, ' $1 ').split(/[\s,;，；]+/).filter(Boolean);
  const seen = new Set<string>();
  return found.filter((each) => !seen.has(each.toLowerCase()) && seen.add(each.toLowerCase()));
}

export function badAddresses(all: string[]): string[] {
  return all.filter((each) => !isEmail(each));
}
