// Actions in words.

import type { TFunction } from 'i18next';
import type { ActionToDo } from '../api/types';
import { isObject, readJson } from '../ui/json';
import { KINDS, isActionName } from './kinds';

/** `{name: "refresh", snap: "pump"}` as "Refresh pump". A name that is new stays as it is written. */
export function actionText(t: TFunction, { name, snap }: ActionToDo): string {
  if (!isActionName(name)) return [name, snap].filter(Boolean).join(' ');
  return name === 'snapshot' && !snap ? t('actions.snapshotAll') : t(`actions.what.${name}`, { snap: snap || '…' });
}

/** What more was said, in a line: the channel, the services, the keys of a configuration, the address. */
export function actionDetail({ name, data }: ActionToDo): string {
  if (!data || !isActionName(name)) return data ?? '';
  const { needs } = KINDS[name];
  if (needs === 'channel' || needs === 'maybe channel') return data;
  const typed = readJson(data);
  if (!('value' in typed) || !isObject(typed.value)) return '';
  const { value } = typed;
  switch (needs) {
    case 'services':
      return Array.isArray(value.services) ? value.services.join(', ') : '';
    case 'config':
      return Object.keys(value).join(', ');
    case 'user':
      return String(value.email ?? value.username ?? '');
    default:
      return typeof value.url === 'string' ? value.url : '';
  }
}
