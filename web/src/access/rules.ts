// What the control plane demands of what people type; said before it is broken.

import type { TFunction } from 'i18next';

export const MIN_PASSWORD_CHARS = 10;
export const MAX_NAME_CHARS = 50;

export function emailProblem(t: TFunction, email: string): string | null {
  return /^\S+@\S+$/.test(email.trim()) ? null : t('rule.email');
}

export function passwordProblem(t: TFunction, password: string): string | null {
  return [...password].length >= MIN_PASSWORD_CHARS ? null : t('rule.password', { min: MIN_PASSWORD_CHARS });
}

export function filledProblem(t: TFunction, value: string): string | null {
  return value.trim() ? null : t('rule.filled');
}

/** Letters and digits of any script, spaces, "_" and "-". */
export function nameProblem(t: TFunction, name: string): string | null {
  const trimmed = name.trim();
  if (!trimmed) return t('rule.filled');
  if ([...trimmed].length > MAX_NAME_CHARS) return t('rule.nameLong', { max: MAX_NAME_CHARS });
  return /^[\p{Alphabetic}\p{N} _-]+$/u.test(trimmed) ? null : t('rule.nameCharacters');
}

/** A host name as a name that the rules allow. */
export function nameFrom(hostname: string): string {
  const allowed = [...hostname].map((each) => (/[\p{Alphabetic}\p{N} _-]/u.test(each) ? each : '-')).join('');
  return [...allowed.replace(/-{2,}/g, '-').trim()].slice(0, MAX_NAME_CHARS).join('');
}
