// The lines of a list that were not taken, as a list to put right and import again. Pure.

/** The first line, which names the columns, and those with these numbers; a line ends where a line break stands outside quotation marks. */
export function refusedLines(list: string, lines: number[]): string {
  const wanted = new Set([1, ...lines]);
  return records(list).filter(({ line }) => wanted.has(line)).map(({ text }) => `${text}\r\n`).join('');
}

/** Each record with the number of the line that it begins on. */
function records(list: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  const text = list.replace(/^\ufeff/, '');
  let began = 0;
  let beganLine = 1;
  let line = 1;
  let quoted = false;
  let fresh = true;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    // A quotation mark counts at the beginning of a value; two of them inside toggle twice.
    if (character === '"' && (quoted || fresh)) {
      quoted = !quoted;
      fresh = true;
    } else fresh = !quoted && (character === ',' || (fresh && character === ' '));
    if (character === '\n') line += 1;
    if (character !== undefined && (quoted || character !== '\n')) continue;
    const record = text.slice(began, at).replace(/\r$/, '');
    if (record) found.push({ line: beganLine, text: record });
    began = at + 1;
    beganLine = line;
    fresh = true;
  }
  return found;
}
