// What the control plane demands of settings; each is said beside its field before it is broken.

import type { TFunction } from 'i18next';

export interface Range {
  min: number;
  max: number;
}

export const MIN_CHARS: Range = { min: 8, max: 128 };
export const IDLE_HOURS: Range = { min: 1, max: 720 };
export const REMEMBERED_DAYS: Range = { min: 1, max: 365 };
export const INVITATION_HOURS: Range = { min: 1, max: 720 };
export const RESET_HOURS: Range = { min: 1, max: 72 };
export const PORT: Range = { min: 1, max: 65_535 };
export const MAX_PROVIDER_ID_CHARS = 32;
export const MAX_PROVIDER_RULES = 100;

/** A whole number as typed; undefined when it is none. */
export function whole(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}

export function rangeProblem(t: TFunction, text: string, { min, max }: Range): string | null {
  const number = whole(text);
  return number !== undefined && number >= min && number <= max ? null : t('settings.rule.range', { min, max });
}

/** Scheme, host and port, and nothing after them. */
export function rootAddressProblem(t: TFunction, text: string): string | null {
  const url = parsed(text);
  const origin = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username;
  return origin && !text.trim().endsWith('?') && !text.trim().endsWith('#') ? null : t('settings.rule.rootAddress');
}

/** `https`, or `http` on the same machine. */
export function issuerProblem(t: TFunction, text: string): string | null {
  const url = parsed(text);
  const here = url && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return url && (url.protocol === 'https:' || (url.protocol === 'http:' && here)) && !url.search && !url.hash
    ? null
    : t('settings.rule.issuer');
}

export function hostProblem(t: TFunction, text: string): string | null {
  return /^[^\s/:@]+$|^\[?[0-9a-fA-F:]+\]?$/.test(text.trim()) ? null : t('settings.rule.host');
}

/** `name@example.com`, or `Name <name@example.com>`. */
export function senderProblem(t: TFunction, text: string): string | null {
  return /^([^<>]*<\s*[^\s<>@]+@[^\s<>@]+\s*>|[^\s<>@]+@[^\s<>@]+)$/.test(text.trim()) ? null : t('settings.rule.sender');
}

export function providerIdProblem(t: TFunction, text: string): string | null {
  return new RegExp(`^[a-z0-9-]{1,${MAX_PROVIDER_ID_CHARS}}$`).test(text.trim())
    ? null
    : t('settings.rule.providerId', { max: MAX_PROVIDER_ID_CHARS });
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text.trim());
  } catch {
    return undefined;
  }
}
