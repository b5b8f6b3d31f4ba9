// On which devices a service can be made, and why not on the others. Pure; tested by tests/hosting.test.mjs.

import { MAX_HOSTED, type HostingAgent } from '../api/types';

export type Hindrance = 'noEngine' | 'noSnaps' | 'full';

/** What is in the way of a service there; that it is offline is not: it is made when the agent is back. */
export function hindranceOf(agent: HostingAgent, from: 'image' | 'snap'): Hindrance | undefined {
  if (from === 'image' && !agent.engine) return 'noEngine';
  if (from === 'snap' && !agent.snaps) return 'noSnaps';
  return agent.services >= MAX_HOSTED ? 'full' : undefined;
}
