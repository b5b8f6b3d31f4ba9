// Agents and join tokens.

import { randomUUID } from 'node:crypto';
import {
  DAY_S, Refusal, ago, anywhere, changed, contains, demand, env, least, list, missing, note, organisations, ownerOf, place, projects, roleAtOrganisation, roleAtProject,
} from './state.mjs';

export const agents = fleet(Number(env.MOCK_AGENTS ?? 8));
const tokens = [
  { id: randomUUID(), uses_left: 3, created_at: ago(7200), expires_at: ago(-80_000), project_id: null, organisation_id: organisations[0].id },
  { id: randomUUID(), uses_left: 1, created_at: ago(200_000), expires_at: ago(3600), project_id: organisations[0].projects[0].id, organisation_id: organisations[0].id },
];

export function fleet(count) {
  const hosts = ['gw-press-01', 'gw-press-02', 'pump-house.north', 'packing-cell-7', 'edge-panel-03', 'boiler-room', 'gateway-new', 'rpi4-test'];
  const words = ['Cabinet A2, ground floor', '', 'Pump house behind the weir', '包装线 7 号柜', 'Operator panel', 'Boiler control, read only', 'Fresh from the box', ''];
  return Array.from({ length: count }, (_, n) => {
    const managed = n % 8 < 6;
    const online = n % 8 !== 5 && n % 8 !== 7;
    const owner = organisations[n % 8 === 3 ? 1 : 0];
    const project = owner.projects[n % owner.projects.length];
    const offers = [
      { name: 'neuron', kind: 'neuron', description: 'Industrial gateway' },
      ...(n % 4 === 0 ? [{ name: 'flows', kind: 'http', description: 'Node-RED editor' }] : []),
    ].map((offer) => ({ ...offer, service_id: managed ? randomUUID() : null }));
    return {
      id: randomUUID(), management: managed ? 'managed' : 'unmanaged', presence: online ? 'online' : 'offline',
      hostname: hosts[n % 8] + (n >= 8 ? `-${String(n).padStart(4, '0')}` : ''), description: words[n % 8], version: n % 8 === 4 ? '0.0.9' : '0.1.0', platform: n % 2 ? 'linux aarch64' : 'linux x86_64',
      address: `198.51.100.${10 + (n % 200)}`, path: n % 8 === 2 ? 'Ulm' : 'direct', offers: n % 8 === 7 ? [] : offers,
      created_at: ago(DAY_S * (n % 30) + 4000 + n), last_heard_at: online ? ago(n % 15) : ago(9000 + 70_000 * (n % 4)), certificate_expires_at: ago(-DAY_S * 60),
      membership: managed ? belonging(['Press 1', 'Press 2', 'Pump house', '包装七号', 'Panel 3', 'Boiler room'][n % 8] + (n >= 8 ? ` ${n}` : ''), project, n % 8 !== 5) : null,
      waits_in: !managed && n % 8 === 6 ? { organisation_id: owner.id, organisation_name: owner.name } : null,
    };
  });
}
function belonging(name, project, confirmed = false) {
  const owner = ownerOf(project);
  return { name, organisation_id: owner.id, organisation_name: owner.name, project_id: project.id, project_name: project.name, confirmed };
}

export const seesAgent = (me) => ({ membership, waits_in }) => {
  if (membership) return !!roleAtProject(me, { id: membership.project_id, organisation_id: membership.organisation_id });
  return me.system_admin || (waits_in && least(roleAtOrganisation(me, place(waits_in.organisation_id)), 'project_admin'));
};
export const within = (query, belongs) => (!query.organisation || belongs?.organisation_id === query.organisation) && (!query.project || belongs?.project_id === query.project);
function one(me, id) {
  const agent = agents.find((each) => each.id === id && seesAgent(me)(each));
  if (!agent) throw missing();
  return agent;
}
function manage(me, agent) {
  if (agent.membership) demand(me, place(agent.membership.project_id), 'project_admin');
}
function adopt(agent, name, project) {
  Object.assign(agent, {
    management: 'managed', waits_in: null, offers: agent.offers.map((offer) => ({ ...offer, service_id: offer.service_id ?? randomUUID() })), membership: belonging(name, project),
  });
  setTimeout(() => { if (agent.membership) agent.membership.confirmed = true; changed('agents'); }, 1500);
  changed('agents', 'services');
}

export const routes = {
  'GET /agents': ({ me, query }) => list(
    agents.filter((agent) => seesAgent(me)(agent) && (!query.management || agent.management === query.management) && (!query.presence || agent.presence === query.presence) &&
      within(query, agent.membership ?? agent.waits_in) && contains(query.text, agent.membership?.name, agent.hostname, agent.description, agent.address, agent.id)),
    query, { created: (a) => a.created_at, name: (a) => (a.membership?.name ?? a.hostname).toLowerCase(), last_heard: (a) => a.last_heard_at, version: (a) => a.version, usual: query.sort && query.sort !== 'created' ? 'ascending' : 'descending' }, 'created'),
  'GET /agents/:id': ({ me, id }) => one(me, id),
  'DELETE /agents/:id': ({ me, id }) => {
    const agent = one(me, id);
    if (agent.management === 'managed') throw new Refusal(409, 'agent_managed', 'a managed agent cannot be deleted', 'release it first');
    agents.splice(agents.indexOf(agent), 1);
    note(me, 'agent.delete', agent.hostname);
    changed('agents');
    return 204;
  },
  'POST /agents/:id/adopt': ({ me, id, body }) => {
    const project = place(body.project_id);
    demand(me, project, 'project_admin');
    if (body.name === 'taken') throw new Refusal(409, 'name_taken', 'an agent "taken" exists already in this project', 'choose another name');
    adopt(one(me, id), body.name, project);
    note(me, 'agent.adopt', body.name, { organisation_id: project.organisation_id, project_id: project.id, after: { name: body.name, project: project.name } });
    return [201, one(me, id)];
  },
  'POST /agents/:id/release': ({ me, id }) => {
    const agent = one(me, id);
    manage(me, agent);
    const { organisation_id, organisation_name } = agent.membership;
    Object.assign(agent, { management: 'unmanaged', membership: null, waits_in: { organisation_id, organisation_name }, offers: agent.offers.map((offer) => ({ ...offer, service_id: null })) });
    note(me, 'agent.release', agent.hostname);
    changed('agents', 'services');
    return agent;
  },
  'POST /agents/transfer': ({ me, body }) => {
    const project = place(body.project_id);
    demand(me, project, 'project_admin');
    const moved = body.agent_ids.map((id) => one(me, id));
    if (moved.some((agent) => !agent.membership)) throw new Refusal(409, 'agent_unmanaged', 'an unmanaged agent cannot be transferred', 'adopt it first');
    for (const agent of moved) agent.membership = { ...belonging(agent.membership.name, project), confirmed: true };
    note(me, 'agent.transfer', project.name);
    changed('agents', 'services');
    return list(moved);
  },
  'GET /agent-tokens': ({ me }) => list(tokens.filter(({ organisation_id }) => me.system_admin || (organisation_id && least(roleAtOrganisation(me, place(organisation_id)), 'project_admin')))),
  'POST /agent-tokens': ({ me, body }) => {
    const project = body.project_id && projects().find(({ id }) => id === body.project_id);
    if (!me.system_admin && !project && !body.organisation_id) throw new Refusal(400, 'invalid_request', 'name an organisation or a project', 'choose where the devices belong');
    if (!least(anywhere(me), 'project_admin')) throw new Refusal(403, 'not_allowed', 'this needs the role project_admin here', 'ask an administrator');
    const token = { id: randomUUID(), uses_left: body.uses, created_at: ago(0), expires_at: ago(-body.expires_in_s), project_id: body.project_id ?? null, organisation_id: project?.organisation_id ?? body.organisation_id ?? null };
    tokens.push(token);
    note(me, 'join_token.create', '');
    changed('join_tokens');
    if (env.MOCK_LIVELY) setTimeout(() => { agents.push({ ...fleet(7)[6], created_at: ago(0) }); changed('agents'); }, 4000);
    const text = `ew1.${Buffer.from('edge.example.com:8883').toString('base64url')}.${'3f9c21d07ab45e6688d1c4f0a2b7e953'.repeat(2)}.q8ZrT1xN0hV7kYw2`;
    return [201, { ...token, text, command: `edgeward-agent join ${text}` }];
  },
  'DELETE /agent-tokens/:id': ({ id }) => {
    tokens.splice(tokens.findIndex((token) => token.id === id), 1);
    changed('join_tokens');
    return 204;
  },
};

setInterval(() => {
  for (const agent of agents) if (agent.presence === 'online') agent.last_heard_at = ago(0);
  if (env.MOCK_LIVELY && agents.length > 0) {
    const agent = agents[Math.floor(Math.random() * agents.length)];
    agent.presence = agent.presence === 'online' ? 'offline' : 'online';
  }
  changed('agents');
}, 5_000).unref();
