// Merge patches (RFC 7396) as the control plane makes them: what changes one document into another, and
// what a patch says leaf by leaf. Pure; tested by tests/devices.test.mjs.

import { isObject } from '../ui/json';
import type { JsonObject } from '../api/types';

export const same = (a: unknown, b: unknown): boolean => {
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, index) => same(each, b[index]));
  return a === b;
};

/** What makes `after` of `before`; undefined when they are the same. */
export function patchBetween(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  for (const [name, is] of Object.entries(after)) {
    const was = before[name];
    if (isObject(was) && isObject(is)) {
      const inside = patchBetween(was, is);
      if (inside) patch[name] = inside;
    } else if (!(name in before) || !same(was, is)) {
      patch[name] = is;
    }
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

export function merge(document: JsonObject, patch: JsonObject): JsonObject {
  const result = { ...document };
  for (const [name, value] of Object.entries(patch)) {
    const was = result[name];
    if (value === null) delete result[name];
    else if (isObject(value)) result[name] = merge(isObject(was) ? was : {}, value);
    else result[name] = value;
  }
  return result;
}

export interface PatchLeaf {
  path: string[];
  /** Undefined: it was taken away. */
  value: unknown;
}

/** The leaves of a patch; a null takes away. */
export function patchLeaves(patch: unknown, path: string[] = []): PatchLeaf[] {
  if (isObject(patch) && Object.keys(patch).length > 0) return Object.entries(patch).flatMap(([name, value]) => patchLeaves(value, [...path, name]));
  return [{ path, value: patch === null ? undefined : patch }];
}

/** The patch that sets one leaf, or takes it away with null. */
export function leafPatch(path: string[], value: unknown): JsonObject {
  return path.toReversed().reduce<unknown>((inside, name) => ({ [name]: inside }), value) as JsonObject;
}

/** Whether a patch changes what is at a path, above it or below. */
export function touches(patch: unknown, path: string[]): boolean {
  let at = patch;
  for (const name of path) {
    if (!isObject(at)) return true;
    if (!(name in at)) return false;
    at = at[name];
  }
  return true;
}

/**
 * What to send to snapd so that a configuration becomes as it was edited: keys at the top with their whole
 * value, null for those that are gone. Undefined when nothing changes.
 */
export function configChange(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const change: JsonObject = {};
  for (const name of Object.keys(before)) if (!(name in after)) change[name] = null;
  for (const [name, value] of Object.entries(after)) if (!(name in before) || !same(before[name], value)) change[name] = value;
  return Object.keys(change).length > 0 ? change : undefined;
}
