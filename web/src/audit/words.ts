// Actions in words. A word that is new stays as it is written.

import type { TFunction } from 'i18next';
import { i18next } from '../i18n';

/** `agent.adopt` as "Agent adopted". */
export function actionWords(t: TFunction, action: string): string {
  const [thing = '', verb = ''] = action.split('.');
  return i18next.exists(`audit.did.${thing}.${verb}`) ? t(`audit.did.${thing}.${verb}` as 'audit.did.agent.adopt') : action;
}

/** `agent` or `agent.` as "Agents". */
export function thingWords(t: TFunction, thing: string): string {
  const name = thing.replace(/\.$/, '');
  return i18next.exists(`audit.thing.${name}`) ? t(`audit.thing.${name}` as 'audit.thing.agent') : name;
}
