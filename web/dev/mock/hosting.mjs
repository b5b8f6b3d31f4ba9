// Services that agents make on their devices: one in each state, and operations that take their time. An image or snap with "bad" in it
// cannot be had; with "sick" in it, it never answers.

import { randomUUID } from 'node:crypto';
import { agents, seesAgent } from './agents.mjs';
import { forget, seenServices } from './services.mjs';
import { DAY_S, Refusal, ago, changed, demand, env, list, missing, note, place } from './state.mjs';

const STEP_MS = Number(env.MOCK_STEP_MS ?? 1500);
const MAX_HOSTED = 32;
const SECRET = /password|passwd|secret|token/i;

/** What runs services on each agent's device, by turns; the fifth may host nothing. */
const ENGINES = [
  { engine: 'docker 27.3.1', snaps: false },
  { engine: 'podman 4.9.4', snaps: true },
  { snaps: true, problem: 'cannot connect to /run/docker.sock: permission denied' },
  { engine: 'docker 24.0.7', snaps: false },
  { engine: 'docker 20.10.24', snaps: true },
  { engine: 'docker 27.3.1', snaps: false },
  { snaps: false },
];
const engineOf = (agent) => ENGINES[agents.indexOf(agent) % 8];

/** Each is the service, with `spec`, `running` and `key_folder` beside it. */
const hosted = env.MOCK_HOSTED === '0' || agents.length < 6 ? [] : [
  made(agents[0], 'Gateway Press 1', 'neuron', { image: 'emqx/neuron:2.6.3', volumes: [{ name: 'data', path: '/opt/neuron/persistence' }], environment: { NEURON_LOG_LEVEL: 'info', MQTT_PASSWORD: '' }, memory_mib: 512, cpu_millis: 500 }, 'running'),
  made(agents[0], 'Rules Press 1', 'ekuiper', { image: 'lfedge/ekuiper:2.1.2' }, 'stopped'),
  made(agents[1], 'Gateway Press 2', 'neuron', { image: 'emqx/neuron:2.6.2', volumes: [{ name: 'data', path: '/opt/neuron/persistence' }] }, 'returned', { message: 'emqx/neuron:2.6.4 did not answer on port 7000 within 120 s; it ended with exit code 1: “license.lic: no such file”' }),
  made(agents[1], 'Analytics Press 2', 'neuronex', { image: 'registry.example.com/neuronex:9.9', registry_user: 'plant' }, 'failed', { present: undefined, message: 'registry.example.com/neuronex:9.9 cannot be fetched: manifest unknown' }),
  made(agents[2], 'Rules Pump house', 'ekuiper', { snap: 'ekuiper', channel: '2.1/stable', port: 9081 }, 'running', { present: '2.1/stable' }),
  made(agents[4], 'Broker Panel 3', 'nanomq', { image: 'emqx/nanomq:0.25.3-full', ports: [{ container: 1883, host: 1883 }, { container: 14567, host: 14567, udp: true }], command: ['nanomq', 'start', '--conf', '/etc/nanomq.conf'] }, 'under_way', { present: undefined, message: 'fetching emqx/nanomq:0.25.3-full, 42 of 118 MB' }),
  made(agents[4], 'Flows Panel 3', 'http', { image: 'nodered/node-red:4.1', port: 1880 }, 'down', { message: 'it ended with exit code 137 (out of memory) and is not started again after 5 times' }, 'none'),
  made(agents[5], 'Gateway Boiler room', 'neuron', { image: 'emqx/neuron:2.6.3' }, 'waiting', { present: undefined }),
  made(agents[3], '包装七号网关', 'neuron', { image: 'emqx/neuron:2.6.3' }, 'running'),
];

function made(agent, name, kind, spec, state, more = {}, authentication = 'token') {
  const { organisation_id, organisation_name, project_id, project_name, name: agent_name } = agent.membership;
  const progress = JSON.parse(JSON.stringify({ state, present: spec.image ?? spec.channel, since: ago(state === 'under_way' ? 25 : DAY_S / 3), ...more }));
  const runs = state === 'running' || state === 'returned';
  return {
    id: randomUUID(), name, kind, description: '', way: 'hosted', authentication, tags: [], agent_id: agent.id, agent_name, offer: `h-${randomUUID().slice(0, 8)}`, path: agent.path,
    organisation_id, organisation_name, project_id, project_name, created_at: ago(2 * DAY_S), hosted: progress, ...(authentication === 'token' ? { keys: [1] } : {}), spec, running: state !== 'stopped',
    ...(runs && kind !== 'http' ? { check: { at: ago(60), answers: true, version: { neuron: '2.15.0', ekuiper: '2.1.2' }[kind], finding: { code: 'proven', weight: 'good', message: `${{ neuron: 'Neuron', ekuiper: 'eKuiper' }[kind]} accepts our credential, and no call without one` } } } : {}),
  };
}

const agentOf = (service) => agents.find(({ id }) => id === service.agent_id);

/** As a service of the list: what its agent is, and whether it offers it. */
export const hostedServices = (me) => hosted.filter((each) => agentOf(each) && seesAgent(me)(agentOf(each))).map(({ spec: _, running: __, key_folder: ___, ...service }) => {
  const { presence } = agentOf(service);
  const runs = ['running', 'returned', 'under_way', 'waiting'].includes(service.hosted.state) && service.hosted.present;
  return { ...service, presence, state: presence === 'offline' ? 'offline' : runs ? 'online' : 'not_offered' };
});

/** Changes one that people edit like any service of an agent's. */
export const changeHosted = (id, change) => Object.assign(hosted.find((each) => each.id === id) ?? {}, change);

function one(me, id) {
  const found = hosted.find((each) => each.id === id && seesAgent(me)(agentOf(each)));
  if (!found) throw missing();
  return found;
}

/** Goes through what an agent tells, one step after the other; nothing while it is offline. */
function work(service, steps) {
  const turn = (service.turn ?? 0) + 1;
  Object.defineProperty(service, 'turn', { value: turn, writable: true, configurable: true, enumerable: false });
  tell(service, { state: 'waiting' });
  const next = ([step, ...rest]) => {
    if (!step || service.turn !== turn || !hosted.includes(service)) return;
    if (agentOf(service)?.presence === 'offline') return void setTimeout(next, STEP_MS, [step, ...rest]).unref();
    // What was taken back is not wished any more.
    if (step.state === 'returned') service.spec = { ...service.spec, ...(service.spec.image ? { image: step.present } : { channel: step.present }) };
    tell(service, step);
    setTimeout(next, STEP_MS, rest).unref();
  };
  setTimeout(next, STEP_MS / 2, steps).unref();
}

function tell(service, { state, message, present = service.hosted.present }) {
  service.hosted = { state, since: ago(0), ...(present ? { present } : {}), ...(message ? { message } : {}) };
  changed('services');
}

/** From nothing, or from what is there. */
function making(wanted, before) {
  const busy = (message) => ({ state: 'under_way', message });
  const fetching = [busy(`fetching ${wanted}, 12 of 118 MB`), busy(`fetching ${wanted}, 97 of 118 MB`)];
  const failed = (message) => (before ? { state: 'returned', message, present: before } : { state: 'failed', message });
  if (wanted.includes('bad')) return [fetching[0], failed(`${wanted} cannot be fetched: manifest unknown`)];
  if (wanted.includes('sick')) return [...fetching, busy('waiting until it answers'), failed(`${wanted} did not answer within 120 s`)];
  return [...fetching, busy('putting the keys in place'), busy('waiting until it answers'), { state: 'running', present: wanted }];
}

const shown = ({ spec: { registry_password: _, environment, ...spec } }) => ({
  ...spec, ...(environment ? { environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, SECRET.test(name) ? '***' : value])) } : {}),
});

function gone(service) {
  hosted.splice(hosted.indexOf(service), 1);
  changed('services');
}

const OPERATIONS = {
  start: (service) => {
    service.running = true;
    work(service, [{ state: 'under_way', message: 'starting' }, { state: 'running' }]);
  },
  stop: (service) => {
    service.running = false;
    work(service, [{ state: 'under_way', message: 'stopping' }, { state: 'stopped' }]);
  },
  restart: (service) => {
    service.running = true;
    work(service, service.hosted.present ? [{ state: 'under_way', message: 'starting again' }, { state: 'running' }] : making(service.spec.image ?? service.spec.channel));
  },
  upgrade: (service, to) => {
    service.spec = service.spec.image ? { ...service.spec, image: to } : { ...service.spec, channel: to };
    work(service, making(to, service.hosted.present));
  },
  // The record goes at once, whatever the agent still has to do.
  delete: gone,
  release: gone,
};

function operate(me, { operation, to }, id) {
  const service = seenServices(me).find((each) => each.id === id);
  if (!service) throw missing();
  demand(me, place(service.project_id), 'project_admin');
  if (service.way === 'hosted') OPERATIONS[operation](one(me, id), to);
  else if (operation === 'delete' && service.way === 'direct') forget(id);
  else if (operation !== 'restart') throw new Refusal(409, 'not_hosted', 'no agent has made this service');
  else if (service.kind !== 'nanomq') throw new Refusal(409, 'no_such_call', `${service.kind} has no call that starts it again; do that on its device`);
  note(me, `service.${operation}`, service.name, { object_id: id, organisation_id: service.organisation_id, project_id: service.project_id, ...(to ? { after: { to } } : {}) });
}

export const routes = {
  'GET /hosting': ({ me, query }) => list(agents.filter((agent) => seesAgent(me)(agent) && engineOf(agent) && agent.membership && (!query.project || agent.membership.project_id === query.project)).map((agent) => ({
    agent_id: agent.id, agent_name: agent.membership.name, online: agent.presence === 'online', ...engineOf(agent),
    services: agents.indexOf(agent) % 16 === 11 ? MAX_HOSTED : hosted.filter(({ agent_id }) => agent_id === agent.id).length,
  })), query, { name: (each) => each.agent_name.toLowerCase() }, 'name'),
  'POST /services/hosted': ({ me, body }) => {
    const { agents: ids, name, kind, spec, authentication, description = '', tags = [], key_folder } = body;
    if (spec.image?.includes('refused')) throw new Refusal(400, 'invalid_request', `image: “${spec.image}” is not allowed here`, 'choose another');
    const answer = { services: [], refused: [] };
    for (const id of ids) {
      const agent = agents.find((each) => each.id === id);
      demand(me, place(agent.membership.project_id), 'project_admin');
      const called = ids.length > 1 ? `${name} ${agent.membership.name}` : name;
      const reason = seenServices(me).some((each) => each.name === called && each.project_id === agent.membership.project_id) ? `a service "${called}" exists already in this project`
        : spec.image && !engineOf(agent)?.engine ? 'nothing runs containers there' : spec.snap && !engineOf(agent)?.snaps ? 'snaps cannot be installed there' : undefined;
      if (reason) {
        answer.refused.push({ agent_id: id, reason });
        continue;
      }
      const service = { ...made(agent, called, kind, spec, 'waiting', { present: undefined }, authentication), description, tags, created_at: ago(0), running: true, ...(key_folder ? { key_folder } : {}) };
      hosted.push(service);
      work(service, making(spec.image ?? `${spec.snap} ${spec.channel ?? ''}`.trim()));
      note(me, 'service.host', called, { object_id: service.id, organisation_id: service.organisation_id, project_id: service.project_id });
      answer.services.push(hostedServices(me).find((each) => each.id === service.id));
    }
    changed('services');
    return [201, answer];
  },
  'GET /services/:id/hosted': ({ me, id }) => {
    const service = one(me, id);
    return { service_id: id, spec: shown(service), ...(service.key_folder ? { key_folder: service.key_folder } : {}), running: service.running, progress: service.hosted };
  },
  'POST /services/operations': ({ me, body }) => list(body.services.map((id) => {
    try {
      operate(me, body, id);
      return { service_id: id, done: true };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return { service_id: id, done: false, reason: refusal.body.error.message };
    }
  })),
};
