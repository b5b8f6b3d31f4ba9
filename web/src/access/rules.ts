// What the control plane demands of what people type; said before it is broken.

import type { TFunction } from 'i18next';
import type { PasswordRules } from '../api/types';

export const MAX_NAME_CHARS = 50;
export const MAX_DISPLAY_NAME_CHARS = 100;
export const MAX_PHONE_CHARS = 40;
const MAX_EMAIL_CHARS = 254;
const MAX_PASSWORD_BYTES = 1024;

export function isEmail(text: string): boolean {
  const email = text.trim();
  return /^\S+@\S+$/.test(email) && [...email].length <= MAX_EMAIL_CHARS;
}

export function emailProblem(t: TFunction, email: string): string | null {
  return isEmail(email) ? null : t('rule.email');
}

/** The parts of the password rules that are asked for, and whether a password keeps each. */
export function passwordParts(rules: PasswordRules, password: string): { key: 'chars' | 'letter' | 'digit' | 'symbol'; kept: boolean }[] {
  return [
    { key: 'chars' as const, asked: true, kept: [...password].length >= rules.min_chars },
    { key: 'letter' as const, asked: rules.letter, kept: /\p{Alphabetic}/u.test(password) },
    { key: 'digit' as const, asked: rules.digit, kept: /\p{N}/u.test(password) },
    { key: 'symbol' as const, asked: rules.symbol, kept: /[^\p{Alphabetic}\p{N}]/u.test(password) },
  ].filter(({ asked }) => asked);
}

export function passwordProblem(t: TFunction, rules: PasswordRules, password: string): string | null {
  if (new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES) return t('rule.passwordLong', { max: MAX_PASSWORD_BYTES });
  const broken = passwordParts(rules, password).find(({ kept }) => !kept);
  return broken ? t('rule.passwordLacks', { what: t(`rule.part.${broken.key}`, { min: rules.min_chars }) }) : null;
}

export function filledProblem(t: TFunction, value: string): string | null {
  return value.trim() ? null : t('rule.filled');
}

export function displayNameProblem(t: TFunction, name: string): string | null {
  return filledProblem(t, name) ?? lengthProblem(t, name, MAX_DISPLAY_NAME_CHARS);
}

export function lengthProblem(t: TFunction, text: string, max: number): string | null {
  return [...text.trim()].length > max ? t('rule.nameLong', { max }) : null;
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
