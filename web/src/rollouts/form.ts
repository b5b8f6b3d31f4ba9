// What somebody fills in for a rollout, judged by the rules of the control plane, and what is asked of it then.
// Pure; tested by tests/rollouts.test.mjs.

import { NO_FIELDS, problemsOf, toDo, type AskFields } from '../actions/kinds';
import { placeIds } from '../agents/places';
import { MAX_CONDITIONS, MAX_TAGS, MAX_WAVES, type RolloutRequest, type TwinCondition, type TwinTest } from '../api/types';
import { readJson } from '../ui/json';

export interface ConditionFields {
  path: string;
  test: TwinTest;
  /** JSON, or a text as it is. */
  value: string;
}

export interface RolloutFields {
  name: string;
  /** As agents/places.ts writes it. */
  place: string | null;
  /** Words with commas or spaces between. */
  tags: string;
  model: string;
  conditions: ConditionFields[];
  action: AskFields;
  /** Sizes with commas or spaces between. */
  waves: string;
  failures: string;
  watchS: number;
  waitForAway: boolean;
  includeLater: boolean;
  expiresInS: number;
}

export const DAY_S = 24 * 3600;

export const NO_ROLLOUT: RolloutFields = {
  name: '', place: null, tags: '', model: '', conditions: [], action: { ...NO_FIELDS, name: 'refresh' },
  waves: '1, 10%', failures: '0', watchS: 0, waitForAway: false, includeLater: false, expiresInS: DAY_S,
};

export const TESTS = ['is', 'is_not', 'present', 'absent'] as const satisfies TwinTest[];

/** Whether a test compares with a value. */
export const compares = (test: TwinTest) => test === 'is' || test === 'is_not';

const MAX_TEXT_CHARS = 500;
const MAX_NUMBER = 4_294_967_295;

export const words = (text: string) => [...new Set(text.split(/[\s,，、]+/).filter(Boolean))];

/** Sizes may be there twice. */
const sizes = (text: string) => text.split(/[\s,，、]+/).filter(Boolean);

export const isTag = (text: string) => /^[a-z0-9._:/-]{1,64}$/.test(text);

/** A number of devices such as `5`, or a share of all such as `10%`. */
export function isSize(text: string): boolean {
  const [, digits, share] = /^(\d+)(%?)$/.exec(text) ?? [];
  return digits !== undefined && Number(digits) <= (share ? 100 : MAX_NUMBER);
}

/** What a condition is compared with: JSON where it is JSON, else the text. */
export function typedValue(text: string): unknown {
  const typed = readJson(text.trim());
  return 'value' in typed ? typed.value : text.trim();
}

/** What is wrong, as the last part of a text's key. */
export type RolloutProblem = 'filled' | 'tag' | 'manyTags' | 'long' | 'path' | 'size' | 'manyWaves' | 'manyConditions';

/** By field; those of a condition by `path.<its place>` and `value.<its place>`. */
export function rolloutProblems(fields: RolloutFields): Record<string, RolloutProblem> {
  const found: Record<string, RolloutProblem> = {};
  if (!fields.place) found.place = 'filled';
  const tags = words(fields.tags);
  if (tags.some((tag) => !isTag(tag))) found.tags = 'tag';
  else if (tags.length > MAX_TAGS) found.tags = 'manyTags';
  if ([...fields.model.trim()].length > MAX_TEXT_CHARS) found.model = 'long';
  fields.conditions.forEach(({ path, test, value }, index) => {
    if (!path.trim()) found[`path.${index}`] = 'filled';
    else if (!path.trim().startsWith('/') || [...path.trim()].length > MAX_TEXT_CHARS) found[`path.${index}`] = 'path';
    if (compares(test) && !value.trim()) found[`value.${index}`] = 'filled';
  });
  if (fields.conditions.length > MAX_CONDITIONS) found.conditions = 'manyConditions';
  return { ...found, ...paceProblems(fields) };
}

/** What is wrong with the sizes of waves, and with how many may fail. */
export function paceProblems(fields: Pick<RolloutFields, 'waves' | 'failures'>): { waves?: 'size' | 'manyWaves'; failures?: 'size' } {
  const waves = sizes(fields.waves);
  return {
    ...(waves.some((size) => !isSize(size)) ? { waves: 'size' as const } : waves.length > MAX_WAVES ? { waves: 'manyWaves' as const } : {}),
    ...(fields.failures.trim() && !isSize(fields.failures.trim()) ? { failures: 'size' as const } : {}),
  };
}

/** As requests have it; the fields have no problems. */
export function paceOf(fields: Pick<RolloutFields, 'waves' | 'failures' | 'watchS'>): { waves?: string[]; failure_limit?: string; watch_s: number } {
  const waves = sizes(fields.waves);
  const failures = fields.failures.trim();
  return { ...(waves.length > 0 ? { waves } : {}), ...(failures ? { failure_limit: failures } : {}), watch_s: fields.watchS };
}

/** Whether all but the name, which has a rule of its own, can be sent. */
export const isComplete = (fields: RolloutFields) => Object.keys(rolloutProblems(fields)).length === 0 && Object.keys(problemsOf(fields.action)).length === 0;

/** What is asked; the fields have no problems. */
export function rolloutRequest(fields: RolloutFields): RolloutRequest {
  const tags = words(fields.tags);
  const model = fields.model.trim();
  const conditions = fields.conditions.map(({ path, test, value }): TwinCondition => ({
    path: path.trim(), test, ...(compares(test) ? { value: typedValue(value) } : {}),
  }));
  return {
    name: fields.name.trim(),
    selection: { ...placeIds(fields.place), ...(tags.length > 0 ? { tags } : {}), ...(model ? { model } : {}), ...(conditions.length > 0 ? { conditions } : {}) },
    action: toDo(fields.action),
    plan: {
      ...paceOf(fields), wait_for_away: fields.waitForAway, include_later: fields.includeLater, expires_in_s: fields.expiresInS,
    },
  };
}
