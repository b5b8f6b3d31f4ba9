import type { Agent } from '../api/types';

/** What people call it: the name it was adopted under, or the device's host name. */
export function agentName(agent: Agent): string {
  return agent.membership?.name ?? (agent.hostname || agent.id.slice(0, 8));
}
