/** Asks for a few at a time, one request after another, and puts the answers together. */
export async function inParts<T, R>(items: T[], atOnce: number, ask: (part: T[]) => Promise<R[]>): Promise<R[]> {
  const answers: R[] = [];
  for (let first = 0; first < items.length; first += atOnce) answers.push(...(await ask(items.slice(first, first + atOnce))));
  return answers;
}
