// The console with an invented fleet and no control plane, for working on pages. Development only.
//
//   npm run build && npm run mock        http://127.0.0.1:4174, sign in as admin@example.com / edgeward-demo
//   MOCK_SETUP=1 npm run mock            before the first administrator: /setup#demo-key
//   MOCK_AGENTS=1000 npm run mock        a large fleet; MOCK_AGENTS=0 none
//   MOCK_SIGNED_IN=1                     no sign-in; MOCK_LIVELY=1 agents come and go
//   MOCK_ROLE=organisation|project|viewer   less than a system administrator
//   npm run dev                          pages with hot reload, on top of a running mock

import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditRoutes } from './mock/audit.mjs';
import { settingsRoutes } from './mock/settings.mjs';

const env = process.env;
const dist = fileURLToPath(new URL('../../crates/server/web-dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const user = { id: randomUUID(), email: 'admin@example.com', display_name: 'Ada Berger', phone: '', language: null, has_password: true };
let password = 'edgeward-demo';
let setupNeeded = !!env.MOCK_SETUP;
const sessions = new Set();
const listeners = new Set();

const organisations = [
  { id: randomUUID(), name: 'Northern Plants', description: 'Both halls, and the water', created_at: ago(864000), projects: ['Line 1', 'Water treatment'].map((name) => ({ id: randomUUID(), name, description: '', created_at: ago(860000) })) },
  { id: randomUUID(), name: '华东工厂', description: '', created_at: ago(400000), projects: [{ id: randomUUID(), name: '包装车间', description: '', created_at: ago(390000) }] },
];
for (const { id, projects } of organisations) for (const project of projects) project.organisation_id = id;
/** What is signed in with, by MOCK_ROLE: in the first organisation, or in its first project. */
const permissions = () => {
  const role = env.MOCK_ROLE;
  const system_admin = !role;
  const of = () => (system_admin ? 'system_admin' : role === 'organisation' ? 'organisation_admin' : role === 'project' ? 'project_admin' : 'viewer');
  return {
    system_admin,
    organisations: organisations.slice(0, system_admin ? undefined : 1).map(({ id, name, projects }) => ({
      id, name, role: of(), projects: projects.slice(0, role === 'project' ? 1 : undefined).map((project) => ({ id: project.id, name: project.name, role: of() })),
    })),
  };
};
const session = () => ({ id: SESSION_ID, user, token: null, permissions: permissions(), expires_at: ago(-86400) });
const SESSION_ID = randomUUID();
const tokens = [
  { id: randomUUID(), uses_left: 3, created_at: ago(7200), expires_at: ago(-80000), project_id: null, organisation_id: organisations[0].id },
  { id: randomUUID(), uses_left: 1, created_at: ago(200000), expires_at: ago(3600), project_id: organisations[0].projects[0].id, organisation_id: organisations[0].id },
];
const agents = fleet(Number(env.MOCK_AGENTS ?? 8));

function fleet(count) {
  const hosts = ['gw-press-01', 'gw-press-02', 'pump-house.north', 'packing-cell-7', 'edge-panel-03', 'boiler-room', 'gateway-new', 'rpi4-test'];
  const words = ['Cabinet A2, ground floor', '', 'Pump house behind the weir', '包装线 7 号柜', 'Operator panel', 'Boiler control, read only', 'Fresh from the box', ''];
  return Array.from({ length: count }, (_, n) => {
    const managed = n % 8 < 6;
    const online = n % 8 !== 5 && n % 8 !== 7;
    const owner = organisations[n % 8 === 3 ? 1 : 0];
    const project = owner.projects[n % owner.projects.length];
    const host = hosts[n % 8] + (n >= 8 ? `-${String(n).padStart(4, '0')}` : '');
    const offers = [
      { name: 'neuron', kind: 'neuron', description: 'Industrial gateway' },
      ...(n % 4 === 0 ? [{ name: 'flows', kind: 'http', description: 'Node-RED editor' }] : []),
    ].map((offer) => ({ ...offer, service_id: managed ? randomUUID() : null }));
    return {
      id: randomUUID(), management: managed ? 'managed' : 'unmanaged', presence: online ? 'online' : 'offline', hostname: host,
      description: words[n % 8], version: n % 8 === 4 ? '0.0.9' : '0.1.0', platform: n % 2 ? 'linux aarch64' : 'linux x86_64',
      address: `198.51.100.${10 + (n % 200)}`, path: n % 8 === 2 ? 'Ulm' : 'direct', offers: n % 8 === 7 ? [] : offers,
      created_at: ago(86400 * (n % 30) + 4000), last_heard_at: online ? ago(n % 15) : ago(9000 + 70000 * (n % 4)),
      certificate_expires_at: ago(-86400 * 60),
      membership: managed
        ? { name: ['Press 1', 'Press 2', 'Pump house', '包装七号', 'Panel 3', 'Boiler room'][n % 8] + (n >= 8 ? ` ${n}` : ''), organisation_id: owner.id, organisation_name: owner.name, project_id: project.id, project_name: project.name, confirmed: n % 8 !== 5 }
        : null,
      waits_in: !managed && n % 8 === 7 ? { organisation_id: organisations[0].id, organisation_name: organisations[0].name } : null,
    };
  });
}

function services() {
  return agents.filter((agent) => agent.membership).flatMap((agent) =>
    agent.offers.map((offer, index) => ({
      id: offer.service_id, name: agent.membership.name + (index ? ` ${offer.name}` : ''), kind: offer.kind, description: offer.description,
      state: agent.presence === 'offline' ? 'offline' : agent.version === '0.0.9' && index === 0 ? 'not_offered' : 'online',
      agent_id: agent.id, agent_name: agent.membership.name, offer: offer.name, presence: agent.presence, path: agent.path, created_at: agent.created_at,
      organisation_id: agent.membership.organisation_id, organisation_name: agent.membership.organisation_name,
      project_id: agent.membership.project_id, project_name: agent.membership.project_name,
    })));
}

class Refusal {
  constructor(status, code, message, hint, fault = 'request') {
    Object.assign(this, { status, body: { error: { code, message, fault, hint, request_id: randomUUID().slice(0, 8) } } });
  }
}
const missing = () => new Refusal(404, 'not_found', 'there is no such thing here', 'it may have been deleted');
const changed = (...kinds) => {
  for (const kind of kinds) for (const each of listeners) each.write(`event: changed\ndata: ${JSON.stringify({ kind })}\n\n`);
};
const list = (items, { offset = 0, limit = 1000 } = {}) => ({ items: items.slice(Number(offset), Number(offset) + Number(limit)), total: items.length });
const sorted = (items, { sort, direction }, keys) => {
  const key = keys[sort];
  const up = direction === 'descending' ? -1 : 1;
  return key ? [...items].sort((a, b) => up * String(key(a) ?? '').localeCompare(String(key(b) ?? ''), 'en', { numeric: true })) : items;
};
const contains = (text, ...fields) => !text || fields.join('\n').toLowerCase().includes(text.toLowerCase());
const one = (id) => agents.find((agent) => agent.id === id) ?? (() => { throw missing(); })();
const belongs = (query, item) =>
  (!query.organisation || item?.organisation_id === query.organisation) && (!query.project || item?.project_id === query.project);

const routes = {
  'GET /setup': () => ({ needed: setupNeeded }),
  'POST /setup': (_, body) => {
    if (body.key !== 'demo-key') throw new Refusal(403, 'setup_key_wrong', 'this one-time link is not valid', 'open the link that the control plane printed when it last started');
    Object.assign(user, { email: body.email, display_name: body.display_name });
    password = body.password;
    setupNeeded = false;
  },
  'DELETE /session': (_, __, ___, session) => (sessions.delete(session), 204),
  'GET /session': session,
  'GET /session/options': () => ({ setup_needed: setupNeeded, language: 'en', password_rules: { min_chars: 10, letter: true, digit: false, symbol: false }, password_reset: true, providers: [{ id: 'corporate', name: 'Northern SSO' }] }),
  'GET /overview': () => {
    const count = (management, presence) => agents.filter((a) => a.management === management && a.presence === presence).length;
    const online = services().filter(({ state }) => state === 'online').length;
    return {
      version: '0.1.0', database: 'sqlite', ca_fingerprint: '3f9c21d07ab45e6688d1c4f0a2b7e95310cc9d84e17f6a5b2038f4d6917be0c5',
      agents: { managed_online: count('managed', 'online'), managed_offline: count('managed', 'offline'), unmanaged_online: count('unmanaged', 'online'), unmanaged_offline: count('unmanaged', 'offline') },
      services: { online, offline: services().length - online },
      agent_service: { kind: 'embedded', address: 'edge.example.com:8883', connected: true, since: ago(93000), last_error: null },
    };
  },
  'GET /organisations': () => list(organisations),
  'PATCH /organisations/:id': (id, change) => {
    const found = organisations.find((each) => each.id === id);
    Object.assign(found, change);
    changed('organisations');
    return found;
  },
  'PATCH /projects/:id': (id, change) => {
    const found = organisations.flatMap(({ projects }) => projects).find((each) => each.id === id);
    Object.assign(found, change);
    changed('organisations');
    return found;
  },
  'POST /organisations': (_, { name }) => {
    if (organisations.some((each) => each.name === name)) throw new Refusal(409, 'name_taken', `an organisation "${name}" exists already`, 'choose another name');
    organisations.push({ id: randomUUID(), name, projects: [] });
    changed('organisations');
    return [201, organisations.at(-1)];
  },
  'POST /organisations/:id/projects': (id, { name }) => {
    const project = { id: randomUUID(), name };
    organisations.find((each) => each.id === id).projects.push(project);
    changed('organisations');
    return [201, project];
  },
  'GET /agents': (_, __, query) =>
    list(sorted(agents.filter((agent) =>
      (!query.management || agent.management === query.management) && (!query.presence || agent.presence === query.presence) && belongs(query, agent.membership ?? agent.waits_in) &&
      contains(query.text, agent.membership?.name, agent.hostname, agent.description, agent.address, agent.id)), query, {
      name: (agent) => agent.membership?.name ?? agent.hostname, created: (agent) => agent.created_at, last_heard: (agent) => agent.last_heard_at, version: (agent) => agent.version,
    }), query),
  'POST /agents/transfer': (_, { agent_ids, project_id }) => {
    const owner = organisations.find(({ projects }) => projects.some(({ id }) => id === project_id));
    const project = owner.projects.find(({ id }) => id === project_id);
    for (const id of agent_ids) Object.assign(one(id).membership, { organisation_id: owner.id, organisation_name: owner.name, project_id, project_name: project.name, confirmed: false });
    changed('agents', 'services');
    return list(agent_ids.map(one));
  },
  'GET /agents/:id': (id) => one(id),
  'DELETE /agents/:id': (id) => {
    if (one(id).management === 'managed') throw new Refusal(409, 'agent_managed', 'a managed agent cannot be deleted', 'release it first');
    agents.splice(agents.indexOf(one(id)), 1);
    changed('agents');
    return 204;
  },
  'POST /agents/:id/adopt': (id, body) => {
    const organisation = organisations.find((each) => each.id === body.organisation_id);
    const project = organisation.projects.find((each) => each.id === body.project_id);
    if (body.name === 'taken') throw new Refusal(409, 'name_taken', 'an agent "taken" exists already in this project', 'choose another name');
    Object.assign(one(id), {
      management: 'managed', offers: one(id).offers.map((offer) => ({ ...offer, service_id: randomUUID() })),
      membership: { name: body.name, organisation_id: organisation.id, organisation_name: organisation.name, project_id: project.id, project_name: project.name, confirmed: false },
    });
    setTimeout(() => { if (one(id).membership) one(id).membership.confirmed = true; changed('agents'); }, 1500);
    changed('agents', 'services');
    return [201, one(id)];
  },
  'POST /agents/:id/release': (id) => {
    const { organisation_id, organisation_name } = one(id).membership;
    Object.assign(one(id), { management: 'unmanaged', membership: null, waits_in: { organisation_id, organisation_name }, offers: one(id).offers.map((offer) => ({ ...offer, service_id: null })) });
    changed('agents', 'services');
    return one(id);
  },
  'GET /services': (_, __, query) =>
    list(sorted(services().filter((service) => (!query.state || service.state === query.state) && belongs(query, service) && contains(query.text, service.name, service.agent_name, service.kind, service.description, service.id)), { sort: 'name', ...query }, {
      name: (each) => each.name, kind: (each) => each.kind, agent: (each) => each.agent_name, created: (each) => each.created_at,
    }), query),
  'GET /services/:id': (id) => services().find((each) => each.id === id) ?? (() => { throw missing(); })(),
  'POST /services/:id/open': (id) => {
    if (services().find((each) => each.id === id)?.presence !== 'online') throw new Refusal(503, 'agent_offline', 'the agent of this service is offline', 'see that the device has power and a network', 'agent');
    return { url: `/favicon.svg?opened=${id}`, expires_at: ago(-30) };
  },
  'GET /agent-tokens': () => list(tokens),
  'POST /agent-tokens': (_, body) => {
    const token = { id: randomUUID(), uses_left: body.uses, created_at: ago(0), expires_at: ago(-body.expires_in_s), project_id: body.project_id ?? null, organisation_id: body.organisation_id ?? null };
    tokens.push(token);
    changed('join_tokens');
    if (env.MOCK_LIVELY) setTimeout(() => { agents.push({ ...fleet(7)[6], created_at: ago(0) }); changed('agents'); }, 4000);
    const text = `ew1.${Buffer.from('edge.example.com:8883').toString('base64url')}.${'3f9c21d07ab45e6688d1c4f0a2b7e953'.repeat(2)}.q8ZrT1xN0hV7kYw2`;
    return [201, { ...token, text, command: `edgeward-agent join ${text}` }];
  },
  'DELETE /agent-tokens/:id': (id) => {
    tokens.splice(tokens.findIndex((token) => token.id === id), 1);
    changed('join_tokens');
    return 204;
  },
};
Object.assign(routes, settingsRoutes({ Refusal, changed, agents, ago }), auditRoutes({ agents, organisations, user, ago }));
const OPEN_TO_ALL = ['GET /setup', 'POST /setup', 'GET /session/options'];

async function api(request, answer, url) {
  const session = /edgeward_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const body = await new Promise((done) => {
    let text = '';
    request.on('data', (part) => (text += part)).on('end', () => done(text ? JSON.parse(text) : undefined));
  });
  const path = url.pathname.slice('/api/v1'.length);
  const id = /^\/[a-z-]+\/([^/]+)/.exec(path)?.[1];
  const exact = `${request.method} ${path}`;
  const sso = /^\/settings\/sso\/(?!test$)([^/]+)$/.exec(path)?.[1];
  const route = routes[exact] ? exact : sso ? `${request.method} /settings/sso/:id` : `${request.method} ${id ? path.replace(id, ':id') : path}`;
  const signIn = () => {
    const made = randomUUID();
    sessions.add(made);
    answer.setHeader('set-cookie', `edgeward_session=${made}; HttpOnly; SameSite=Lax; Path=/`);
    return [201, routes['GET /session']()];
  };
  if (route === 'POST /setup') {
    routes[route](undefined, body);
    return signIn();
  }
  if (route === 'POST /session') {
    if (body.email !== user.email || body.password !== password) {
      throw new Refusal(401, 'credentials_wrong', 'e-mail address or password is wrong', 'check both; passwords tell capital letters apart');
    }
    return signIn();
  }
  if (!OPEN_TO_ALL.includes(route) && !sessions.has(session) && !env.MOCK_SIGNED_IN) {
    throw new Refusal(401, 'not_signed_in', 'nobody is signed in', 'sign in first');
  }
  if (route === 'GET /events') {
    answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    answer.write(': hello\n\n');
    listeners.add(answer);
    request.on('close', () => listeners.delete(answer));
    return undefined;
  }
  if (route === 'GET /ca') {
    answer.setHeader('content-type', 'application/x-pem-file');
    answer.end('-----BEGIN CERTIFICATE-----\n(invented)\n-----END CERTIFICATE-----\n');
    return undefined;
  }
  if (!routes[route]) throw missing();
  return routes[route](sso ?? id, body, Object.fromEntries(url.searchParams), session);
}

function page(answer, pathname) {
  const wanted = join(dist, normalize(pathname));
  const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  answer.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'cache-control': 'no-cache' });
  createReadStream(file).pipe(answer);
}

createServer((request, answer) => {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return page(answer, url.pathname);
  const send = (status, body) => {
    answer.writeHead(status, { 'content-type': 'application/json' });
    answer.end(body === undefined ? undefined : JSON.stringify(body));
  };
  return api(request, answer, url).then(
    (result) => {
      if (result === undefined) return;
      if (Array.isArray(result)) send(...result);
      else if (typeof result === 'number') send(result);
      else send(200, result);
    },
    (error) => (error instanceof Refusal ? send(error.status, error.body) : send(500, new Refusal(500, 'internal', String(error), undefined, 'control_plane').body)),
  );
}).listen(Number(env.MOCK_PORT ?? 4174), '127.0.0.1', () => console.log(`http://127.0.0.1:${env.MOCK_PORT ?? 4174}`));

setInterval(() => {
  for (const agent of agents) if (agent.presence === 'online') agent.last_heard_at = ago(0);
  if (env.MOCK_LIVELY && agents.length > 0) {
    const agent = agents[Math.floor(Math.random() * agents.length)];
    agent.presence = agent.presence === 'online' ? 'offline' : 'online';
  }
  changed('agents');
}, 5_000).unref();
