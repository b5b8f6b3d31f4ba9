// The sentences of the control plane in a preview: why a device matches, what will be done, and why there is no way back.
// The first pattern that fits counts; groups are `a`, `b` and `c`, and an action's name is `name`. Pure.

interface Sentence {
  pattern: RegExp;
  key: SentenceKey;
}

const sentence = <K extends string>(pattern: RegExp, key: K) => ({ pattern, key });

const WHY = [
  sentence(/^it has the tag (?<a>\S+)$/, 'tag'),
  sentence(/^its model is (?<a>.+)$/, 'model'),
  sentence(/^(?<a>\/.*) is not reported, so not (?<b>.+)$/s, 'missingNot'),
  sentence(/^(?<a>\/.*) is not reported$/s, 'missing'),
  sentence(/^(?<a>\/.*?) is reported: (?<b>.+)$/s, 'reportedAs'),
  sentence(/^(?<a>\/.*) is reported$/s, 'reported'),
  sentence(/^(?<a>\/.*?) is (?<b>.+), not (?<c>.+)$/s, 'not'),
  sentence(/^(?<a>\/.*?) is (?<b>.+)$/s, 'is'),
];

const EFFECT = [
  sentence(/^(?<name>[a-z]+) is asked of the device$/, 'asked'),
  sentence(/^(?<name>[a-z]+) of (?<b>\S+); the device has not reported its snaps, so it is not known what that will change$/, 'unknown'),
  sentence(/^(?<a>\S+) is installed from its default channel$/, 'installedUsual'),
  sentence(/^(?<a>\S+) is installed from (?<b>\S+)$/, 'installed'),
  sentence(/^(?<a>\S+) is not on the device, so (?<name>[a-z]+) will fail$/, 'willFail'),
  sentence(/^(?<a>.+) is on the device already$/, 'there'),
  sentence(/^(?<a>.+) is removed, with its data$/, 'removed'),
  sentence(/^(?<a>.+) of (?<b>.+) is refreshed from (?<c>.+)$/, 'refreshed'),
  sentence(/^(?<a>.+) goes back to the revision before$/, 'reverted'),
  sentence(/^(?<a>.+) is configured$/, 'configured'),
  sentence(/^(?<a>.+) is disabled already$/, 'disabledAlready'),
  sentence(/^(?<a>.+) is enabled already$/, 'enabledAlready'),
  sentence(/^(?<name>[a-z]+) of (?<b>.+)$/, 'actionOn'),
];

const NO_WAY_BACK = [
  sentence(/^it cannot be undone$/, 'never'),
  sentence(/^it changes nothing that could be undone$/, 'nothing'),
  sentence(/^the device has not reported its snaps, so what to go back to is not known$/, 'unknownBack'),
  sentence(/^the snap is not on the device$/, 'noSnap'),
  sentence(/^the snap was there before$/, 'hadSnap'),
  sentence(/^the device did not report the channel, so what to go back to is not known$/, 'noChannel'),
  sentence(/^it was enabled before$/, 'wasEnabled'),
  sentence(/^it was disabled before$/, 'wasDisabled'),
  sentence(/^its services were so before$/, 'wasSo'),
  sentence(/^it sets nothing$/, 'setsNothing'),
];

type SentenceKey = (typeof WHY | typeof EFFECT | typeof NO_WAY_BACK)[number]['key'];

const ALL = { why: WHY, effect: EFFECT, undo: NO_WAY_BACK } as const satisfies Record<string, Sentence[]>;

export interface Said {
  key: SentenceKey;
  values: { a: string; b: string; c: string };
  /** An action's name. */
  name: string;
}

/** Which sentence it is, with what it says; undefined for one that is not known. */
export function recognised(what: keyof typeof ALL, text: string): Said | undefined {
  for (const { pattern, key } of ALL[what] as Sentence[]) {
    const found = pattern.exec(text);
    if (!found) continue;
    const { a = '', b = '', c = '', name = '' } = found.groups ?? {};
    return { key, values: { a, b, c }, name };
  }
  return undefined;
}
