// What somebody fills in for a delivery, judged by the rules of the control plane, and what is asked of it then.
// Pure; tested by tests/deliveries.test.mjs.

import { MAX_VALUE_CHARS, type DeliveryRequest, type Values } from '../api/types';
import { paceOf, paceProblems } from '../rollouts/form';
import { DEFAULT_ROW } from './table';

export interface DeliverFields {
  name: string;
  version: number;
  to: 'services' | 'tag';
  /** By their ids, in the order of the list. */
  chosen: string[];
  tag: string;
  defaults: Values;
  /** By the ids of services; an empty text is no value. */
  own: Record<string, Values>;
  waves: string;
  failures: string;
  watchS: number;
}

export const NO_DELIVERY: Omit<DeliverFields, 'version'> = { name: '', to: 'services', chosen: [], tag: '', defaults: {}, own: {}, waves: '1, 10%', failures: '0', watchS: 0 };

/** What is wrong, as the last part of a text's key. */
export type DeliverProblem = 'filled' | 'chosen' | 'size' | 'manyWaves';

/** Of the fields beside the values. */
export function deliverProblems(fields: DeliverFields): Partial<Record<'chosen' | 'tag' | 'waves' | 'failures', DeliverProblem>> {
  return {
    ...(fields.to === 'services' && fields.chosen.length === 0 ? { chosen: 'chosen' as const } : {}),
    ...(fields.to === 'tag' && !fields.tag ? { tag: 'filled' as const } : {}),
    ...paceProblems(fields),
  };
}

/** The rows of the table: the default one, then one for each chosen service. */
export const rowsOf = ({ to, chosen }: Pick<DeliverFields, 'to' | 'chosen'>) => [DEFAULT_ROW, ...(to === 'services' ? chosen : [])];

/** The placeholders without a value, and those with one that is too long, by row; a row without any is not there. */
export function valueProblems(fields: DeliverFields, placeholders: string[]): Record<string, { missing: string[]; long: string[] }> {
  return Object.fromEntries(rowsOf(fields).flatMap((row) => {
    const values = row === DEFAULT_ROW ? fields.defaults : (fields.own[row] ?? {});
    const needed = row !== DEFAULT_ROW || fields.to === 'tag';
    const missing = needed ? placeholders.filter((name) => !values[name] && !fields.defaults[name]) : [];
    const long = placeholders.filter((name) => [...(values[name] ?? '')].length > MAX_VALUE_CHARS);
    return missing.length + long.length > 0 ? [[row, { missing, long }]] : [];
  }));
}

/** Those that the version has, and that are not empty. */
const given = (values: Values | undefined, placeholders: string[]): Values => Object.fromEntries(placeholders.flatMap((name) => (values?.[name] ? [[name, values[name]]] : [])));

/** What is asked; the fields have no problems. */
export function deliveryRequest(fields: DeliverFields, template: string, placeholders: string[]): DeliveryRequest {
  const defaults = given(fields.defaults, placeholders);
  return {
    name: fields.name.trim(), template_id: template, version: fields.version,
    ...(fields.to === 'tag' ? { tag: fields.tag } : {
      services: fields.chosen.map((id) => {
        const values = given(fields.own[id], placeholders);
        return { service_id: id, ...(Object.keys(values).length > 0 ? { values } : {}) };
      }),
    }),
    ...(Object.keys(defaults).length > 0 ? { defaults } : {}),
    plan: paceOf(fields),
  };
}

/** A refusal that names services, `Pump 1: why; Pump 2: why`, by their ids; empty where it names none of these. */
export function refusedRows(message: string, services: { id: string; name: string }[]): Record<string, string> {
  const ids = new Map(services.map(({ id, name }) => [name, id]));
  const found: Record<string, string> = {};
  let last: string | undefined;
  for (const part of message.split('; ')) {
    const [, name = '', why = ''] = /^([^:]+): (.+)$/s.exec(part) ?? [];
    const id = ids.get(name);
    if (id !== undefined) {
      found[id] = why;
      last = id;
    } else if (last !== undefined && !/^and \d+ more$/.test(part)) found[last] += `; ${part}`;
  }
  return found;
}
