// Templates, and deliveries that go on by themselves. A service with "away" in its address, and one that is offline, fails.

import { randomUUID } from 'node:crypto';
import { Refusal, ago, changed, contains, demand, env, list, missing, note, place, projects, roleAtProject, taken } from './state.mjs';
import { serviceOf, servicesIn } from './services.mjs';

const NAME = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}/g;
const placeholders = (text) => [...new Set([...text.matchAll(NAME)].flatMap(([, name]) => name ?? []))];
const sees = (me, each) => !!roleAtProject(me, { id: each.project_id, organisation_id: each.organisation_id });

// Templates.
const templates = [];
function template(project, name, kind, description, versions, age = 0) {
  const made = {
    id: randomUUID(), name, kind, description, organisation_id: project.organisation_id, project_id: project.id, newest: versions.length, created_at: ago(age), created_by: 'Ada Berger', changed_at: ago(age / 2),
    versions: versions.map((each, index) => ({ number: index + 1, extent: 'part', note: '', created_at: ago(age / (index + 1)), created_by: 'Ada Berger', ...each })),
  };
  templates.push(made);
  return made;
}
const ALARMS = '{\n  "rules": {\n    "alarms": {\n      "sql": "SELECT * FROM plant WHERE temperature > ${limit}",\n      "actions": [{ "mqtt": { "server": "${broker}", "topic": "${topic}", "qos": 1 } }]\n    }\n  }\n}\n';
const short = ({ versions: _, ...rest }) => rest;
function mine(me, id, least) {
  const found = templates.find((each) => each.id === id);
  if (!found || !sees(me, found)) throw missing();
  if (least) demand(me, place(found.project_id), least);
  return found;
}
function checked(text) {
  if (!text?.trim()) throw new Refusal(400, 'invalid_request', 'text has 0 bytes; it must have 1 to 4194304');
  if (text.includes('bad')) throw new Refusal(400, 'invalid_request', 'text: line 1: a name of letters, digits, _ and - and then a brace must follow ${ (write $${ for a literal ${)');
}

// Deliveries.
const deliveries = [];
const NONE = { waiting: 0, queued: 0, under_way: 0, done: 0, failed: 0, expired: 0, cancelled: 0 };
const count = (states) => states.reduce((sum, state) => ({ ...sum, [state]: sum[state] + 1 }), { ...NONE });
function sizes(waves = [], total) {
  const made = [];
  let left = total;
  for (const wave of waves) {
    const size = Math.min(left, Math.max(1, wave.endsWith('%') ? Math.ceil((total * parseInt(wave, 10)) / 100) : Number(wave)));
    if (size > 0) made.push(size);
    left -= size;
  }
  return left > 0 ? [...made, left] : made;
}
const waveOf = (plan, total) => sizes(plan?.waves, total).flatMap((size, index) => Array(size).fill(index + 1));
function begun({ id, name, template: of, version, defaults, plan, to }) {
  const waves = waveOf(plan, to.length);
  deliveries.unshift({
    id, name, organisation_id: of.organisation_id, project_id: of.project_id, template_id: of.id, template_name: of.name, version, kind: of.kind, extent: of.versions[version - 1].extent, defaults, plan,
    state: 'running', reason: '', begun: 0, created_at: ago(0), created_by: 'Ada Berger', changed_at: ago(0),
    services: to.map(({ service, values }, index) => ({ service_id: service.id, name: service.name, wave: waves[index], values, state: 'waiting', message: '', undo_message: '', bad: service.state !== 'online' })),
  });
  return deliveries[0];
}
if (env.MOCK_DELIVERIES !== '0') {
  const [line] = projects();
  const gateway = template(line, 'Gateway links', 'neuron', 'Drivers and groups of every gateway of the line', [
    { text: '{ "nodes": [{ "name": "mqtt", "broker": "${broker}" }] }' }, { text: '{\n  "nodes": [\n    { "name": "mqtt", "host": "${broker}", "topic": "${topic}" },\n    { "name": "press", "plugin": "Modbus TCP", "interval": 100 }\n  ]\n}\n', note: 'The topic differs by line' },
  ], 900_000);
  template(line, 'Alarms', 'ekuiper', 'Rules that warn when something is hot', [{ text: ALARMS }], 500_000);
  template(line, 'Broker', 'nanomq', '', [{ text: 'mqtt {\n  max_packet_size = 10MB\n}\n', extent: 'whole' }], 90_000);
  const services = servicesIn(line.id, 'neuron');
  const old = begun({ id: randomUUID(), name: 'Gateway links 1', template: gateway, version: 1, defaults: { broker: '10.0.0.2' }, plan: { waves: ['1', '50%'], failure_limit: '0', watch_s: 300 }, to: services.map((each) => ({ service: each, values: {} })) });
  Object.assign(old, { state: 'paused', reason: '1 failed; the limit is 0', begun: 2, created_at: ago(9000), changed_at: ago(600) });
  old.services.forEach((each, index) => each.wave < 3 && Object.assign(each, index === 1 ? { state: 'failed', message: 'cannot write its configuration: Neuron answered 400 (error 2014: the plugin is not there); what there was is put back' } : { state: 'done' }));
}

function shown({ services, ...delivery }) {
  const waves = [...new Set(services.map(({ wave }) => wave))].map((wave) => count(services.filter((each) => each.wave === wave).map(({ state }) => state)));
  return { ...delivery, ...(templates.some(({ id }) => id === delivery.template_id) ? {} : { template_id: undefined }), waves, counts: count(services.map(({ state }) => state)), undo: count(services.flatMap(({ undo_state }) => undo_state ?? [])) };
}
function wanted(me, body) {
  const of = mine(me, body.template_id, 'project_admin');
  const version = of.versions[(body.version ?? of.newest) - 1];
  const named = (body.services ?? []).map(({ service_id, values = {} }) => ({ service: serviceOf(me, service_id), values }));
  const tagged = body.tag ? servicesIn(of.project_id, of.kind).filter((each) => each.tags.includes(body.tag) && !named.some(({ service }) => service.id === each.id)).map((service) => ({ service, values: {} })) : [];
  const to = [...named, ...tagged];
  if (to.length === 0) throw new Refusal(409, 'selection_size', 'no service is named, and none has the tag');
  const wrong = to.flatMap(({ service, values }) => {
    const all = { ...body.defaults, ...values };
    const lost = placeholders(version.text).filter((name) => !(name in all));
    const ends = Object.entries(all).find(([, value]) => value.includes('"'));
    return lost.length ? [`${service.name}: there is no value for ${lost.join(', ')}`] : ends ? [`${service.name}: the value of ${ends[0]} cannot stand where the template has it: it has a quotation mark`] : [];
  });
  if (wrong.length) throw new Refusal(400, 'invalid_request', wrong.join('; '));
  return { id: randomUUID(), name: body.name, template: of, version: version.number, defaults: body.defaults ?? {}, plan: body.plan ?? {}, to };
}
function own(me, id, least) {
  const found = deliveries.find((each) => each.id === id);
  if (!found || !sees(me, found)) throw missing();
  if (least) demand(me, place(found.project_id), least);
  return found;
}
function change(me, id, verb, from, to, more = () => undefined) {
  const found = own(me, id, 'project_admin');
  if (!from.includes(found.state)) throw new Refusal(409, 'rollout_state', `the delivery is ${found.state}; it cannot be ${verb} now`);
  Object.assign(found, { state: to, reason: verb === 'pause' ? `paused by ${me.display_name}` : '', changed_at: ago(0) });
  more(found);
  note(me, `delivery.${verb}`, found.name, { object_id: id });
  changed('deliveries');
  return [202, shown(found)];
}
function step() {
  for (const each of deliveries) {
    const { services } = each;
    if (each.state === 'running') {
      const at = services.filter(({ state }) => state === 'under_way');
      at.forEach((one) => Object.assign(one, one.bad ? { state: 'failed', message: 'cannot read its configuration: the service does not answer: connection refused' } : { state: 'done' }, { changed_at: ago(0) }));
      const failed = services.filter(({ state }) => state === 'failed').length;
      const through = services.every(({ wave, state }) => wave > each.begun || !['waiting', 'under_way'].includes(state));
      if (failed > Number.parseInt(each.plan.failure_limit ?? '0', 10) && !each.forgiven) Object.assign(each, { state: 'paused', reason: `${failed} failed; the limit is ${each.plan.failure_limit ?? 0}` });
      else if (services.some(({ wave, state }) => wave <= each.begun && state === 'waiting')) services.filter(({ wave, state }) => wave <= each.begun && state === 'waiting').slice(0, 2).forEach((one) => { one.state = 'under_way'; });
      else if (through && services.some(({ state }) => state === 'waiting')) each.begun += 1;
      else if (through) each.state = 'done';
      changed('deliveries');
    } else if (each.state === 'undoing') {
      const next = services.find(({ undo_state }) => undo_state === 'waiting' || undo_state === 'under_way');
      if (next) next.undo_state = next.undo_state === 'waiting' ? 'under_way' : 'done';
      else Object.assign(each, { state: 'undone', reason: `undone on ${services.filter(({ undo_state }) => undo_state === 'done').length} of ${services.filter(({ state }) => state === 'done').length}` });
      changed('deliveries');
    }
  }
}
setInterval(step, 2 * Number(env.MOCK_STEP_MS ?? 600)).unref();

export const routes = {
  'GET /templates': ({ me, query }) => list(templates.filter((each) => sees(me, each) && ['organisation', 'project'].every((key) => !query[key] || each[`${key}_id`] === query[key]) &&
    (!query.kind || each.kind === query.kind) && contains(query.text, each.name, each.description)).map(short), { ...query, sort: 'name' }, { name: ({ name }) => name }),
  'POST /templates': ({ me, body }) => {
    const project = place(body.project_id);
    demand(me, project, 'project_admin');
    if (templates.some(({ name, project_id }) => name === body.name && project_id === project.id)) throw taken('a template', body.name);
    checked(body.text);
    const made = template(project, body.name, body.kind, body.description ?? '', [{ text: body.text, extent: body.extent, created_by: me.display_name }]);
    note(me, 'template.create', made.name, { object_id: made.id, project_id: project.id, organisation_id: project.organisation_id });
    changed('templates');
    return [201, short(made)];
  },
  'GET /templates/:id': ({ me, id }) => short(mine(me, id)),
  'DELETE /templates/:id': ({ me, id }) => {
    const found = mine(me, id, 'project_admin');
    templates.splice(templates.indexOf(found), 1);
    changed('templates');
    return 204;
  },
  'GET /templates/:id/versions': ({ me, id }) => [200, mine(me, id).versions.map(({ text: _, ...rest }) => rest).toReversed()],
  'POST /templates/:id/versions': ({ me, id, body }) => {
    const found = mine(me, id, 'project_admin');
    checked(body.text);
    found.versions.push({ number: found.versions.length + 1, note: '', ...body, created_at: ago(0), created_by: me.display_name });
    Object.assign(found, { newest: found.versions.length, changed_at: ago(0) });
    changed('templates');
    return [201, short(found)];
  },
  'GET /templates/:id/versions/:number': ({ me, id, number }) => {
    const found = mine(me, id).versions[Number(number) - 1];
    if (!found) throw missing();
    const names = placeholders(found.text);
    return { ...found, ...(names.length ? { placeholders: names } : {}) };
  },
  'GET /services/:id/configuration': ({ me, id }) => {
    const service = serviceOf(me, id);
    if (service.state !== 'online') throw new Refusal(503, 'offline', 'the service does not answer: connection refused', 'see the service\'s page', 'service');
    const text = '{\n  "nodes": [\n    { "name": "mqtt", "host": "10.0.0.7", "password": "${mqtt-password}" }\n  ]\n}\n';
    return { kind: service.kind, form: 'json', text, placeholders: placeholders(text) };
  },
  'POST /deliveries/preview': ({ me, body }) => {
    const { to, plan, defaults } = wanted(me, body);
    const waves = waveOf(plan, to.length);
    return {
      total: to.length, waves: sizes(plan.waves, to.length),
      services: to.slice(0, 100).map(({ service, values }, index) => ({
        service_id: service.id, name: service.name, wave: waves[index], ...(service.state === 'online' ? {} : { problem: 'cannot read its configuration: the service does not answer: connection refused' }),
        differences: service.state !== 'online' || index % 4 === 3 ? [] : [
          ...Object.entries({ ...defaults, ...values }).map(([name, value]) => ({ path: `/nodes/mqtt/${name}`, before: 'tcp://10.0.0.7:1883', after: value })), { path: '/nodes/press/interval', after: '100' }, { path: '/nodes/old/plugin', before: 'Modbus RTU' },
        ],
      })),
    };
  },
  'POST /deliveries': ({ me, body }) => {
    const made = Object.assign(begun(wanted(me, body)), { created_by: me.display_name });
    note(me, 'delivery.create', made.name, { object_id: made.id, project_id: made.project_id, organisation_id: made.organisation_id });
    changed('deliveries');
    return [201, shown(made)];
  },
  'GET /deliveries': ({ me, query }) => list(deliveries.filter((each) => sees(me, each) && ['organisation', 'project'].every((key) => !query[key] || each[`${key}_id`] === query[key]) && (!query.state || each.state === query.state)).map(shown), query),
  'GET /deliveries/:id': ({ me, id }) => shown(own(me, id)),
  'GET /deliveries/:id/services': ({ me, id, query }) => list(own(me, id).services.filter(({ state }) => !query.state || state === query.state).map(({ bad: _, ...each }) => each), query),
  'POST /deliveries/:id/pause': ({ me, id }) => change(me, id, 'pause', ['running'], 'paused'),
  'POST /deliveries/:id/resume': ({ me, id }) => change(me, id, 'resume', ['paused'], 'running', (found) => { found.forgiven = true; }),
  'POST /deliveries/:id/abort': ({ me, id }) => change(me, id, 'abort', ['running', 'paused', 'undoing'], 'aborted', ({ services }) => services.forEach((each) => { if (each.state === 'waiting') each.state = 'cancelled'; })),
  'POST /deliveries/:id/undo': ({ me, id }) => change(me, id, 'undo', ['running', 'paused', 'aborted', 'done'], 'undoing', ({ services }) => services.forEach((each) => {
    if (each.state === 'done') each.undo_state = 'waiting';
    else if (each.state === 'waiting') each.state = 'cancelled';
  })),
};
