// What the control plane says of a rollout, in the language of whoever looks. What is not known here stays as it was said.
// Tested by tests/rollouts.test.mjs.

import type { TFunction } from 'i18next';
import { isActionName } from '../actions/kinds';
import { actionDetail, actionText } from '../actions/words';
import type { CourseKind } from './RolloutMarks';
import { recognised, type Said } from './sentences';

export function reasonText(t: TFunction, reason: string, of: CourseKind = 'rollout'): string {
  const failures = /^(\d+)(?: devices?)? failed; the limit is (\d+)$/.exec(reason);
  if (failures) return t(`${of}.reason.failures`, { count: Number(failures[1]), failed: failures[1], limit: failures[2] });
  const paused = /^paused by (.+)$/s.exec(reason);
  if (paused) return t(`${of}.reason.pausedBy`, { name: paused[1] });
  if (reason === 'the undoing was aborted') return t(`${of}.reason.undoAborted`);
  const undone = /^undone on (\d+) of (\d+)(?:; on (\d+) the undoing did not succeed)?(?:; on (\d+) there was no way back)?$/.exec(reason);
  if (!undone) return reason;
  const [, done, total, failed, lost] = undone;
  return [
    t(`${of}.reason.undone`, { done, total }),
    ...(failed ? [t(`${of}.reason.undoFailed`, { number: failed })] : []), ...(lost ? [t(`${of}.reason.noWayBack`, { number: lost })] : []),
  ].join(t('list.comma'));
}

/** Why a device matches. */
export const whyText = (t: TFunction, why: string) => textOf(t, recognised('why', why), why);

/** What will be done to it. */
export const effectText = (t: TFunction, effect: string) => textOf(t, recognised('effect', effect), effect);

const textOf = (t: TFunction, said: Said | undefined, text: string) => (said ? saidText(t, said) : text);

function saidText(t: TFunction, { key, values, name }: Said): string {
  return t(`rollout.said.${key}`, { ...values, name: isActionName(name) ? t(`actions.name.${name}`) : name });
}

/** A way back, as `refresh pump latest/edge`; or why there is none. */
export function undoText(t: TFunction, undo: string): string {
  const [name = '', snap = '', ...rest] = undo.split(' ');
  const none = recognised('undo', undo);
  if (none) return saidText(t, none);
  if (!isActionName(name) || !snap) return undo;
  const todo = { name, snap, data: rest.join(' ') };
  return [actionText(t, todo), actionDetail(todo)].filter(Boolean).join(' · ');
}
