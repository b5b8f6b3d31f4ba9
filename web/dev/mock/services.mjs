// The overview, and edge services: those of agents, those that agents have made (hosting.mjs), and some that are reached directly. What they answer is invented from their addresses:
// "wrong-key", "old-clock", "other", "open" and "away" in one are found out; everything else accepts us.

import { randomUUID } from 'node:crypto';
import { agents, seesAgent, within } from './agents.mjs';
import { changeHosted, hostedServices } from './hosting.mjs';
import { DAY_S, Refusal, ago, changed, contains, demand, env, list, missing, note, ownerOf, place, projects, roleAtProject } from './state.mjs';

const TITLES = { neuron: 'Neuron', nanomq: 'NanoMQ', ekuiper: 'eKuiper', neuronex: 'NeuronEX', http: 'HTTP service' };
const VERSIONS = { neuron: '2.15.0', nanomq: '0.25.3', ekuiper: '2.1.2', neuronex: '3.6.1' };
const PROVING_MS = Number(env.MOCK_PROVING_MS ?? 900);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** What people have changed of agents' services, by id. */
const changes = new Map();
const direct = env.MOCK_DIRECT === '0' ? [] : [
  made('Weir gateway', 'neuron', 'http://192.168.40.12:7000', projects()[1], { authentication: 'token', description: 'Beside the pump house', tags: ['site:coast', 'water'] }),
  made('Line broker', 'nanomq', 'http://broker.plant.example:8081', projects()[0], { authentication: 'basic', user: 'edgeward', tags: ['line-3'] }),
  made('Rules at the gate', 'ekuiper', 'http://wrong-key.plant.example:9081', projects()[0], { authentication: 'token' }),
  made('Kiln', 'neuronex', 'https://192.168.40.31:8085', projects()[0], { authentication: 'token', pinned: '5f'.repeat(32) }),
  made('Old panel', 'neuron', 'http://old-clock.plant.example:7000', projects()[0], { authentication: 'token', tags: ['line-3', 'press'] }),
  made('Weather station', 'http', 'https://weather.plant.example:443', projects()[1], { authentication: 'none' }),
  made('Test Neuron', 'neuron', 'http://open.plant.example:7000', projects()[1], { authentication: 'none' }),
  made('Boiler 2', 'neuron', 'http://away.plant.example:7000', projects()[0], { authentication: 'token', tags: ['line-3'] }),
  made('包装线网关', 'neuron', 'http://other.plant.example:7000', projects()[2], { authentication: 'token' }),
];

function made(name, kind, address, project, more) {
  const owner = ownerOf(project);
  const service = {
    id: randomUUID(), name, kind, description: '', way: 'direct', address, path: 'direct', created_at: ago(3 * DAY_S), organisation_id: owner.id, organisation_name: owner.name,
    project_id: project.id, project_name: project.name, tags: [], ...(more.authentication === 'token' ? { keys: [1] } : {}), ...more,
  };
  return Object.assign(service, looked(service, 40));
}

/** What a look finds. */
function looked({ kind, address = '', authentication }, age = 0) {
  const title = TITLES[kind] ?? TITLES.http;
  const about = (code, weight, message, fix) => ({ code, weight, message, ...(fix ? { fix } : {}) });
  const finding = address.includes('wrong-key')
    ? about('no_key_file', 'bad', `${title} has no key file edgeward.pub${kind === 'ekuiper' ? ' in etc/mgmt' : ''}`, 'copy edgeward.pub to where it belongs')
    : address.includes('old-clock')
      ? about('clock_apart', 'bad', `${title} refuses our tokens, because its clock is 3 hours behind ours`, 'set the clock of the service\'s device, best by NTP; ours must be right too')
      : address.includes('other')
        ? about('not_this_product', 'bad', `this is not ${title}; it looks like NanoMQ`, 'change the service\'s kind to nanomq, or correct its address')
        : address.includes('away')
          ? about('unreachable', 'bad', `${title} does not answer: cannot connect: connection refused`)
          : kind === 'http'
            ? about('reached', 'good', 'the service answers (200), without a credential too, so that ours is not proven')
            : authentication === 'none' || address.includes('open')
              ? about('no_authentication', 'warning', `${title} has authentication switched off: it accepts anybody's calls`, 'see the service\'s own documentation')
              : about('proven', 'good', `${title} accepts our credential, and no call without one`);
  const answers = finding.weight !== 'bad';
  return { state: answers ? 'online' : 'offline', check: { at: ago(age), answers, ...(answers && VERSIONS[kind] ? { version: VERSIONS[kind] } : {}), finding } };
}

const ofAgents = (me) => agents.filter(seesAgent(me)).filter(({ membership }) => membership).flatMap((agent) =>
  agent.offers.map((offer, index) => ({
    id: offer.service_id, name: agent.membership.name + (index ? ` ${offer.name}` : ''), kind: offer.kind, description: offer.description, way: 'agent', authentication: 'none', tags: [],
    state: agent.presence === 'offline' ? 'offline' : agent.version === '0.0.9' && index === 0 ? 'not_offered' : 'online',
    agent_id: agent.id, agent_name: agent.membership.name, offer: offer.name, presence: agent.presence, path: agent.path, created_at: agent.created_at,
    organisation_id: agent.membership.organisation_id, organisation_name: agent.membership.organisation_name,
    project_id: agent.membership.project_id, project_name: agent.membership.project_name, ...changes.get(offer.service_id),
  })));

const services = (me) => [...ofAgents(me), ...hostedServices(me), ...direct.filter((each) => roleAtProject(me, { id: each.project_id, organisation_id: each.organisation_id }))];

function one(me, id) {
  return services(me).find((each) => each.id === id) ?? (() => { throw missing(); })();
}

/** For hosting.mjs: all that somebody sees, and the end of one that is reached directly. */
export const seenServices = services;
export const forget = (id) => {
  direct.splice(direct.findIndex((each) => each.id === id), 1);
  changed('services');
};

/** For deliveries: one that somebody sees, and all of a project and kind. */
export const serviceOf = (me, id) => one(me, id);
export const servicesIn = (project, kind) => services({ system_admin: true, grants: [] }).filter((each) => each.project_id === project && each.kind === kind);

function refuse(service, { id, name, address }) {
  const others = direct.filter((each) => each.id !== id && each.project_id === service.project_id);
  if (name && others.some((each) => each.name === name)) throw new Refusal(409, 'name_taken', `a service "${name}" exists already in this project`, 'choose another name');
  const there = address && others.find((each) => each.address === address);
  if (there) throw new Refusal(409, 'address_taken', `"${there.name}" in this project has this address already`, 'change that one, or give another address');
  if (address?.includes('bad')) throw new Refusal(400, 'invalid_request', 'address: "bad" is not a host name');
}

/** What is found, unless it is in the way. */
async function proven(service, unproven) {
  await wait(PROVING_MS);
  const found = looked(service);
  const { message, fix, weight } = found.check.finding;
  if (weight === 'bad' && !unproven) throw new Refusal(422, 'not_proven', message, fix, 'service');
  return found;
}

const noPassword = ({ password: _, unproven: __, ...rest }) => rest;

const matching = (me, query) => services(me).filter((service) => (!query.state || service.state === query.state) && within(query, service) &&
  ['kind', 'way', 'authentication'].every((name) => !query[name] || service[name] === query[name]) && (!query.tag || service.tags.includes(query.tag)) &&
  (!query.ids || query.ids.split(',').includes(service.id)) &&
  (!query.key_behind || behind(service, Number(query.key_behind))) &&
  contains(query.text, service.name, service.agent_name, service.kind, service.description, service.address, service.id));

// The key pairs: MOCK_ROTATION=1 for two.
const key = (number, age) => ({ number, file_name: number === 1 ? 'edgeward.pub' : `edgeward-${number}.pub`, fingerprint: `${number}f`.repeat(32), made_at: ago(age) });
const pairs = [key(1, 200 * DAY_S), ...(env.MOCK_ROTATION ? [key(2, 7200)] : [])];
if (env.MOCK_ROTATION) Object.assign(direct.find(({ name }) => name === 'Kiln') ?? {}, { keys: [1, 2] });
const behind = (service, number) => service.authentication === 'token' && !service.keys?.includes(number);

/** A wave for each figure. */
function figures({ kind, address = '' }) {
  const now = Math.floor(Date.now() / 300_000) * 300;
  const wave = (name, height, swing) => ({
    name, points: Array.from({ length: 288 }, (_, index) => [now - (287 - index) * 300, Math.round(height + Math.sin(index / 17) * swing)]).filter((_, index) => index < 120 || index > 150),
  });
  const of = {
    neuron: [wave('uptime_s', 400_000, 0), wave('drivers', 12, 0), wave('drivers_running', 11, 1), wave('drivers_disconnected', 1, 1), wave('tags', 1400, 30)],
    nanomq: [wave('uptime_s', 80_000, 0), wave('connections', 40, 12), wave('messages_received', 120_000, 40_000), wave('messages_sent', 90_000, 20_000)],
    ekuiper: [wave('rules', 9, 0), wave('rules_running', 7, 2), wave('rules_stopped', 2, 2)],
  };
  return { every_s: 300, troubles: address.includes('192.168.40') ? ['2 drivers are disconnected', 'it has crashed before'] : [], series: of[kind] ?? [] };
}

/** What an invented API answers. */
function answer({ method, path, body }) {
  const json = (status, value) => ({ status, headers: [['content-type', 'application/json'], ['server', 'invented']], body: JSON.stringify(value), bytes: JSON.stringify(value).length, is_cut: false, took_ms: 18 });
  if (path.includes('binary')) return { status: 200, headers: [['content-type', 'image/png']], bytes: 52_311, is_cut: false, took_ms: 31 };
  if (path.includes('redirect')) return { status: 302, headers: [['location', 'https://elsewhere.example/sign-in']], body: '', bytes: 0, is_cut: false, took_ms: 9 };
  if (path.includes('script')) return { status: 200, headers: [['content-type', 'text/html'], ['set-cookie', 'edgeward_session=stolen']], body: '<script>alert(1)</script><img src=x onerror=alert(2)>', bytes: 53, is_cut: false, took_ms: 9 };
  if (path.includes('long')) return { status: 200, headers: [['content-type', 'text/plain']], body: 'metric_of_something 1234\n'.repeat(41_943), bytes: 1_048_576, is_cut: true, took_ms: 740 };
  if (path.includes('missing')) return json(404, { error: 2003 });
  return json(200, method === 'GET' ? { nodes: [{ name: 'press', plugin: 'Modbus TCP', running: 3, link: 1, tags: 118 }, { name: 'furnace', plugin: 'OPC UA', running: 3, link: 0, tags: 44 }] } : { error: 0, taken: body ?? null });
}

export const routes = {
  'GET /services/tags': ({ me, query }) => {
    const counts = new Map();
    for (const service of services(me).filter((each) => within(query, each))) for (const tag of service.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    return list([...counts].map(([tag, count]) => ({ tag, services: count })));
  },
  'POST /services/tags': ({ me, body }) => list(body.services.map((id) => {
    const service = one(me, id);
    const tags = [...new Set([...service.tags.filter((tag) => !body.remove.includes(tag)), ...body.add])].toSorted();
    if (service.name.includes('panel')) return { service_id: id, error: { code: 'too_many_tags', message: 'it has 10 tags already, which is the most' } };
    if (service.way === 'direct') Object.assign(service, { tags });
    else if (service.way === 'hosted') changeHosted(id, { tags });
    else changes.set(id, { ...changes.get(id), tags });
    changed('services');
    return { service_id: id, tags };
  })),
  'POST /services/import': ({ text }) => {
    const lines = text.trim().split('\n').slice(1);
    const wrong = lines.map((line, index) => ({ line: index + 2, reason: line.includes('agent') ? 'a service behind an agent comes with it: adopt the agent' : 'endpoint is without a port', bad: !/:\d/.test(line) })).filter(({ bad }) => bad);
    return { imported: lines.length - wrong.length, refused: wrong.length, lines: wrong.map(({ line, reason }) => ({ line, column: 'endpoint', code: 'invalid', reason })), ignored_columns: ['colour'] };
  },
  'GET /services/export': ({ me, query }) => ({
    text: ['category,name,nodeType,endpoint,scheme,tagName', ...matching(me, query).filter(({ id }) => !query.ids || query.ids.includes(id)).map((each) => `2,${each.name},Direct,${each.address ?? ''},http,${each.tags.join(' ')}`), ''].join('\r\n'), type: 'text/csv', name: 'services.csv',
  }),
  'GET /services/:id/figures': ({ me, id }) => figures(one(me, id)),
  'POST /services/:id/call': async ({ me, id, body }) => {
    one(me, id);
    await wait(400);
    if (body.path.includes('/data/import') && !body.path.includes('partial') && !body.meant) throw new Refusal(409, 'deletes_first', 'this import deletes all streams, tables, rules and plugins before it begins; add ?partial=1 to keep what is there');
    if (body.path.includes('away')) throw new Refusal(502, 'service_unreachable', 'cannot connect: connection refused', 'look whether the service runs there', 'service');
    return answer(body);
  },
  'GET /keys': ({ me }) => list(pairs.map((pair, index) => {
    const all = services(me).filter(({ authentication }) => authentication === 'token');
    const left = all.filter((service) => behind(service, pair.number)).length;
    return { ...pair, state: index > 0 ? 'next' : 'current', proven: all.length - left, behind: left };
  })),
  'POST /keys': () => {
    if (pairs.length > 1) throw new Refusal(409, 'rotation_begun', 'there are two key pairs already', 'retire the older one first');
    pairs.push(key(pairs[0].number + 1, 0));
    changed('services');
    return [201, pairs[1]];
  },
  'GET /keys/:number': ({ number }) => ({ ...pairs.find((each) => each.number === Number(number)), pem: `-----BEGIN PUBLIC KEY-----\n${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAinventedinventedinve\n'.repeat(6)}-----END PUBLIC KEY-----\n` }),
  'POST /keys/:number/retire': ({ me, number, body }) => {
    const left = services(me).filter((service) => behind(service, pairs[1].number));
    if (left.length > 0 && !body.force) throw new Refusal(409, 'services_left', `${left.length} services are left behind: ${left.map(({ name }) => name).join(', ')}`, 'place the new key there first');
    pairs.splice(pairs.findIndex((each) => each.number === Number(number)), 1);
    changed('services');
    return 204;
  },
  'POST /keys/:number/place': async ({ me, number }) => {
    await wait(700);
    // What is no list would be taken for a status and a body.
    return [200, services(me).filter((service) => behind(service, Number(number))).map((service) => {
      const placed = service.name.includes('Weir');
      if (placed) service.keys = [...(service.keys ?? []), Number(number)].toSorted();
      return placed ? { service_id: service.id, placed } : { service_id: service.id, placed, reason: 'the agent is offline' };
    })];
  },
  'GET /overview': ({ me }) => {
    const seen = agents.filter(seesAgent(me));
    const count = (management, presence) => seen.filter((a) => a.management === management && a.presence === presence).length;
    const all = services(me);
    const online = all.filter(({ state }) => state === 'online').length;
    return {
      version: '0.1.0', database: 'sqlite', ca_fingerprint: '3f9c21d07ab45e6688d1c4f0a2b7e95310cc9d84e17f6a5b2038f4d6917be0c5',
      agents: { managed_online: count('managed', 'online'), managed_offline: count('managed', 'offline'), unmanaged_online: count('unmanaged', 'online'), unmanaged_offline: count('unmanaged', 'offline') },
      services: { online, offline: all.length - online },
      agent_service: { kind: 'embedded', address: 'edge.example.com:8883', connected: true, since: ago(93_000), last_error: null },
    };
  },
  'GET /services': ({ me, query }) => list(
    matching(me, query),
    query, { name: (s) => s.name.toLowerCase(), kind: (s) => s.kind, agent: (s) => s.agent_name, created: (s) => s.created_at }, 'name'),
  'GET /services/:id': ({ me, id }) => one(me, id),
  'POST /services': async ({ me, body }) => {
    const project = place(body.project_id);
    demand(me, project, 'project_admin');
    refuse({ project_id: project.id }, body);
    const found = await proven(body, body.unproven);
    const service = { ...made(body.name, body.kind, body.address, project, noPassword(body)), ...found, created_at: ago(0) };
    direct.push(service);
    note(me, 'service.add', service.name, { object_id: service.id, organisation_id: service.organisation_id, project_id: project.id });
    changed('services');
    return [201, service];
  },
  'PATCH /services/:id': async ({ me, id, body }) => {
    const service = one(me, id);
    demand(me, place(service.project_id), 'project_admin');
    refuse(service, { id, ...body });
    const after = { ...service, ...noPassword(body) };
    if (!after.pinned) delete after.pinned;
    if (Object.keys(body).some((name) => !['name', 'description', 'unproven'].includes(name))) Object.assign(after, service.way === 'direct' ? await proven(after, body.unproven) : { check: (await proven(after, true)).check });
    if (service.way === 'direct') direct[direct.findIndex((each) => each.id === id)] = after;
    else if (service.way === 'hosted') changeHosted(id, { name: after.name, authentication: after.authentication, user: after.user, tags: after.tags, check: after.check });
    else changes.set(id, { ...changes.get(id), name: after.name, authentication: after.authentication, user: after.user, check: after.check });
    note(me, 'service.change', after.name, { object_id: id, organisation_id: service.organisation_id, project_id: service.project_id });
    changed('services');
    return one(me, id);
  },
  'POST /services/:id/prove': async ({ me, id }) => {
    const service = one(me, id);
    demand(me, place(service.project_id), 'project_admin');
    await wait(PROVING_MS);
    const { state, check } = looked(service);
    if (service.way === 'direct') Object.assign(service, { state, check });
    else if (service.way === 'hosted') changeHosted(id, { check });
    else changes.set(id, { ...changes.get(id), check });
    return one(me, id);
  },
  'DELETE /services/:id': ({ me, id }) => {
    const service = one(me, id);
    demand(me, place(service.project_id), 'project_admin');
    if (service.way !== 'direct') throw new Refusal(409, 'of_agent', 'this service comes with its agent', 'release the agent, or take the service out of its configuration');
    direct.splice(direct.indexOf(service), 1);
    note(me, 'service.delete', service.name, { object_id: id, organisation_id: service.organisation_id, project_id: service.project_id });
    changed('services');
    return 204;
  },
  'POST /services/:id/open': ({ me, id }) => {
    const service = one(me, id);
    if (service.way !== 'direct' && service.presence !== 'online') throw new Refusal(503, 'agent_offline', 'the agent of this service is offline', 'see that the device has power and a network', 'agent');
    return { url: `/favicon.svg?opened=${id}`, expires_at: ago(-30) };
  },
};
