import type { TFunction } from 'i18next';
import type { Agent } from '../api/types';

/** What people call it: the name it was adopted under, or the device's host name. */
export function agentName(agent: Agent): string {
  return agent.membership?.name ?? (agent.hostname || agent.id.slice(0, 8));
}

/** Where an unmanaged one waits, in a few words; nothing for a managed one. */
export function waitsIn(t: TFunction, agent: Agent): string | undefined {
  if (agent.management === 'managed') return undefined;
  return agent.waits_in ? t('agent.waitsIn', { organisation: agent.waits_in.organisation_name }) : t('agent.waitsNowhere');
}
