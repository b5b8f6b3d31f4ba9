// What a device is handed when it enrols, as it is typed and as it is sent. Pure; tested by tests/registrations.test.mjs.

import { MAX_DEVICE_DATA_BYTES } from '../api/types';
import { bytesOf } from '../ui/json';
import { base64Bytes } from './listed';

export interface TypedData {
  kind: 'text' | 'base64';
  text: string;
}

export const NO_DATA: TypedData = { kind: 'text', text: '' };

/** What is wrong, as the last part of a text's key. */
export function dataProblem({ kind, text }: TypedData): 'base64' | 'large' | undefined {
  const bytes = kind === 'text' ? bytesOf(text) : base64Bytes(text);
  if (bytes === undefined) return 'base64';
  return bytes > MAX_DEVICE_DATA_BYTES ? 'large' : undefined;
}

export function asBase64({ kind, text }: TypedData): string {
  return kind === 'base64' ? text.trim() : encoded(new TextEncoder().encode(text));
}

export function encoded(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
