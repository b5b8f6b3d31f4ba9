// What somebody may do with an agent, so that nothing is offered that would be refused.

import { can } from '../api/permissions';
import type { Agent, Session } from '../api/types';

export type AgentAct = 'adopt' | 'transfer' | 'release' | 'delete';

export const ACTS: AgentAct[] = ['adopt', 'transfer', 'release', 'delete'];

/** Why something is not to be done with an agent. */
export type Obstacle = 'managed' | 'unmanaged' | 'role' | 'there';

/** What is in the way; undefined when nothing is. */
export function obstacle(session: Session | null | undefined, act: AgentAct, agent: Agent): Obstacle | undefined {
  const { membership, waits_in } = agent;
  if (act === 'adopt' || act === 'delete') {
    if (membership) return 'managed';
    // Adopting needs a project of one's own, whichever; deleting needs the place where it waits.
    const may =
      act === 'adopt'
        ? can(session, 'manage_agents')
        : waits_in
          ? can(session, 'manage_waiting_agents', { organisation: waits_in.organisation_id })
          : can(session, 'manage_unassigned_agents', 'system');
    return may ? undefined : 'role';
  }
  if (!membership) return 'unmanaged';
  return can(session, 'manage_agents', { project: membership.project_id, organisation: membership.organisation_id }) ? undefined : 'role';
}

export function may(session: Session | null | undefined, act: AgentAct, agent: Agent): boolean {
  return obstacle(session, act, agent) === undefined;
}
