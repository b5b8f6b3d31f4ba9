// Doing one thing with many agents: who is left out and why, then one request after another, a few at a
// time. A transfer is one request for all of them (for each thousand): all move, or none.

import type { QueryClient } from '@tanstack/react-query';
import { nameFrom } from '../../access/rules';
import { adoptAgent, deleteAgent, releaseAgent, transferAgents } from '../../api/calls';
import { MAX_TRANSFERRED, type Agent, type Organisation, type Session } from '../../api/types';
import { obstacle, type AgentAct, type Obstacle } from '../may';

/** Requests under way at once. */
const AT_ONCE = 4;

export interface Plan {
  agents: Agent[];
  /** Those that stay as they are. */
  left: { agent: Agent; why: Obstacle }[];
}

/** Which of them it can be done with, the target being a project's id where the act has one. */
export function plan(session: Session | null | undefined, act: AgentAct, agents: Agent[], target: string | null): Plan {
  const made: Plan = { agents: [], left: [] };
  for (const agent of agents) {
    const there = act === 'transfer' && !!target && agent.membership?.project_id === target;
    const why = obstacle(session, act, agent) ?? (there ? 'there' : undefined);
    if (why) made.left.push({ agent, why });
    else made.agents.push(agent);
  }
  return made;
}

/** Names to adopt under: the host names, told apart by numbers. */
export function adoptionNames(agents: Agent[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    agents.map((agent) => {
      const base = nameFrom(agent.hostname) || agent.id.slice(0, 8);
      let name = base;
      for (let number = 2; taken.has(name); number += 1) name = `${[...base].slice(0, 50 - `-${number}`.length).join('')}-${number}`;
      taken.add(name);
      return [agent.id, name];
    }),
  );
}

export type Result = { agent: Agent; error?: unknown };

interface RunOptions {
  act: AgentAct;
  agents: Agent[];
  target: { organisation: Organisation; project: string } | undefined;
  onResult: (results: Result[]) => void;
}

/** Does it with all of them; a refusal of one does not stop the others. */
export async function run({ act, agents, target, onResult }: RunOptions): Promise<void> {
  if (act === 'transfer') {
    for (let first = 0; first < agents.length; first += MAX_TRANSFERRED) {
      const part = agents.slice(first, first + MAX_TRANSFERRED);
      const error = await outcome(() => transferAgents({ agent_ids: part.map(({ id }) => id), project_id: target?.project ?? '' }));
      onResult(part.map((agent) => ({ agent, error })));
    }
    return;
  }
  const names = adoptionNames(agents);
  const one = (agent: Agent): Promise<unknown> => {
    switch (act) {
      case 'adopt':
        return adoptAgent(agent.id, {
          name: names.get(agent.id) ?? agent.hostname, organisation_id: target?.organisation.id ?? '', project_id: target?.project ?? '',
        });
      case 'release':
        return releaseAgent(agent.id);
      case 'delete':
        return deleteAgent(agent.id);
    }
  };
  const waiting = [...agents];
  const worker = async () => {
    for (let agent = waiting.shift(); agent; agent = waiting.shift()) {
      const now = agent;
      onResult([{ agent: now, error: await outcome(() => one(now)) }]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function outcome(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}

export function renew(queryClient: QueryClient) {
  for (const key of ['agents', 'services', 'overview']) void queryClient.invalidateQueries({ queryKey: [key] });
}
