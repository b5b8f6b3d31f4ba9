// Where a service is, as people type it: with or without a scheme, and without a port where the kind has a usual one. Pure.

import { usualPort } from './kinds';

export type AddressProblem = 'scheme' | 'more' | 'brackets' | 'port' | 'host';

const LAST_PORT = 65_535;
const SCHEME_PORT = { http: 80, https: 443 } as const;

/** `http://192.168.1.7:7000`, or what is wrong with the text. */
export function addressOf(text: string, kind: string): { address: string } | { problem: AddressProblem } {
  const typed = text.trim();
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(typed) ?? [];
  const known = scheme.toLowerCase();
  if (known !== 'http' && known !== 'https') return { problem: 'scheme' };
  const place = rest.replace(/\/$/, '');
  if (/[/?#@\s]/.test(place)) return { problem: 'more' };
  const [, bracketed, plain = '', port] = /^(?:(\[[^\]]*\])|([^:[\]]*))(?::(.*))?$/.exec(place) ?? [];
  const host = bracketed ?? plain;
  if (!host) return { problem: place.includes(':') && !place.startsWith(':') ? 'brackets' : 'host' };
  if (port !== undefined && !bracketed && port.includes(':')) return { problem: 'brackets' };
  const usual = usualPort(kind) ?? SCHEME_PORT[known];
  const number = port === undefined ? String(usual) : port;
  if (!/^\d{1,5}$/.test(number) || Number(number) < 1 || Number(number) > LAST_PORT) return { problem: 'port' };
  return { address: `${known}://${host.toLowerCase()}:${Number(number)}` };
}

export const isSecure = (address: string) => /^\s*https:/i.test(address);

/** 64 hexadecimal digits out of what tools print, such as `sha256 Fingerprint=AB:CD:…`; undefined for anything else. */
export function fingerprintOf(text: string): string | undefined {
  const digits = text.trim().replace(/^.*=/s, '').replace(/[:\s]/g, '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

/** What to type into a terminal to see a service's fingerprint. */
export function fingerprintCommand(address: string): string {
  return `openssl s_client -connect ${address.replace(/^\w+:\/\//, '')} </dev/null | openssl x509 -noout -fingerprint -sha256`;
}
