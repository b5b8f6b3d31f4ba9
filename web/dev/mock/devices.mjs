// Devices: their twins, and actions that go on by themselves.

import { createHash, randomUUID } from 'node:crypto';
import { agents } from './agents.mjs';
import { DAY_S, Refusal, ago, changed, demand, env, list, missing, note, place, roleAtProject } from './state.mjs';

const object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const managed = () => agents.filter(({ membership }) => membership);
const sees = (me, agent) => !!roleAtProject(me, { id: agent.membership.project_id, organisation_id: agent.membership.organisation_id });
function device(me, id) {
  const agent = agents.find((each) => each.id === id);
  if (!agent || (agent.membership && !sees(me, agent))) throw missing();
  return agent;
}

// Twins.
const snap = (version, revision, more = {}) => ({
  version, revision, channel: 'stable', tracking: 'latest/stable', confinement: 'strict', status: 'active', devmode: false,
  installed_size: 41_223_168, installed_at: ago(9 * DAY_S), services: {}, config: {}, ...more,
});
const reportedOf = (agent, n) => ({
  agent: { version: agent.version, dialect: n % 8 === 4 ? 'iot' : 'edgeward' },
  os: n % 8 === 1 ? { id: 'debian', version_id: '12', kernel: '6.1.0-28-amd64' } : { id: 'ubuntu-core', version_id: '24', kernel: '6.8.0-45-generic', series: '16', on_classic: false, snapd: '2.66.1' },
  ...(n % 8 === 1 ? {} : {
    device: { brand: 'acme-works', model: 'gateway-24-amd64', serial: `AW-${1000 + n}-7F3C2`, store: 'acme-store', device_key: createHash('sha512').update(agent.id).digest('base64').repeat(4) },
    snaps: {
      pump: snap('2.4.1', '118', {
        services: { daemon: { daemon: 'simple', enabled: true, active: true }, web: { daemon: 'simple', enabled: true, active: n % 2 === 0 }, 'backup-timer': { daemon: 'oneshot', enabled: false, active: false } },
        config: { port: 8080, log: { level: 'info', days: 14 }, tags: ['line-1', 'east'] },
      }),
      'edgeward-agent': snap('0.2.0', '77', { confinement: 'classic', services: { agent: { daemon: 'notify', enabled: true, active: true } } }),
      'node-red': snap('4.0.5', 'x2', { devmode: true, channel: '', tracking: '', confinement: 'devmode', installed_size: 214_000_123, services: { 'node-red': { daemon: 'simple', enabled: true, active: true } } }),
      'old-dashboard': snap('1.0', '9', { status: 'installed', channel: 'edge', tracking: 'latest/stable', installed_size: 812 }),
      core24: snap('20241119', '716', { confinement: '', installed_size: 69_091_328 }), snapd: snap('2.66.1', '23258', { installed_size: 46_448_640 }), pc: snap('24-0.1', '178', { tracking: '24/stable', installed_size: 15_900_000 }),
      'pc-kernel': snap('6.8.0-45.45', '2021', { tracking: '24/stable', installed_size: 326_000_000 }), 'mosquitto': snap('2.0.20', '973', { services: { mosquitto: { daemon: 'simple', enabled: true, active: true } } }),
    },
  }),
});
const twins = new Map();
function twinOf(agent) {
  const n = agents.indexOf(agent);
  if (!twins.has(agent.id)) {
    const silent = n % 8 === 5;
    const twin = { reported: { value: silent ? {} : reportedOf(agent, n), version: silent ? 0 : 4, at: silent ? null : ago(340) }, desired: { value: {}, version: 0, at: null }, differs_since: null, history: [] };
    if (!silent) {
      twin.history.push({ part: 'reported', version: 4, at: ago(340), writer: agent.id, patch: { snaps: { pump: { services: { web: { active: false } } } } } });
      twin.history.push({ part: 'reported', version: 3, at: ago(9000), writer: agent.id, patch: { snaps: { pump: { version: '2.4.1', revision: '118', config: { log: { days: 14 } } }, 'old-pump': null } } });
    }
    twins.set(agent.id, twin);
    if (n % 8 === 0) {
      write(twin, 'desired', { snaps: { pump: { tracking: 'latest/edge', config: { port: 9090, log: { level: 'info' } } } }, site: { name: 'Ulm' } }, 'Ada Berger', ago(7200));
      twin.differs_since = ago(7200);
    }
    if (n % 8 === 2) write(twin, 'desired', { snaps: { pump: { tracking: 'latest/stable' } } }, 'Olga Nyström', ago(90_000));
  }
  return twins.get(agent.id);
}
function between(before, after) {
  const patch = {};
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  for (const [name, is] of Object.entries(after)) {
    const inside = object(before[name]) && object(is) ? between(before[name], is) : JSON.stringify(before[name]) === JSON.stringify(is) ? undefined : is;
    if (inside !== undefined) patch[name] = inside;
  }
  return Object.keys(patch).length ? patch : undefined;
}
function merged(value, patch) {
  const result = { ...value };
  for (const [name, is] of Object.entries(patch)) {
    if (is === null) delete result[name];
    else result[name] = object(is) ? merged(object(result[name]) ? result[name] : {}, is) : is;
  }
  return result;
}
function write(twin, part, value, writer, at = ago(0)) {
  const patch = between(twin[part].value, value);
  if (!patch) return;
  twin.history.unshift({ part, version: twin[part].version + 1, at, writer, patch, undo: between(value, twin[part].value) });
  twin[part] = { value, version: twin[part].version + 1, at };
  twin.differs_since = leaves(twin).length ? (twin.differs_since ?? at) : null;
}
function leaves({ desired, reported }) {
  const found = [];
  const compare = (wished, is, path) => {
    for (const [name, value] of Object.entries(wished)) {
      const here = [...path, name];
      const there = is?.[name];
      if (object(value) && Object.keys(value).length && (there === undefined || object(there))) compare(value, there, here);
      else if (JSON.stringify(value) !== JSON.stringify(there)) found.push({ path: here, desired: value, ...(there === undefined ? {} : { reported: there }) });
    }
  };
  compare(desired.value, reported.value, []);
  return found;
}
const shown = (agent) => {
  const { reported, desired, differs_since, history: _, ...twin } = twinOf(agent);
  return { device_id: agent.id, reported, desired, ...twin, difference: leaves({ reported, desired }), differs_since };
};
function wish(me, id, query, make) {
  const agent = device(me, id);
  if (!agent.membership) throw new Refusal(409, 'not_managed', "the device's agent is not managed; adopt it first");
  demand(me, place(agent.membership.project_id), 'project_admin');
  const twin = twinOf(agent);
  // Somebody else is always a little faster where this is asked for.
  if (env.MOCK_CONFLICT && !twin.raced) {
    twin.raced = true;
    write(twin, 'desired', merged(twin.desired.value, { site: { name: 'Ulm', hall: 3 } }), 'Olga Nyström');
  }
  if (query.version !== undefined && Number(query.version) !== twin.desired.version) {
    changed('twins');
    throw new Refusal(409, 'version_conflict', `the document has version ${twin.desired.version} by now and not ${query.version}; read it again and decide anew`);
  }
  write(twin, 'desired', make(twin.desired.value), me.display_name);
  note(me, 'twin.wish', agent.membership.name, { object_id: agent.id });
  changed('twins');
  return shown(agent);
}

// Actions.
const actions = [];
const make = (agent, action, more = {}) => {
  actions.unshift({
    id: randomUUID(), device_id: agent.id, action, state: 'queued', label: '', done: 0, total: 0, change: null, cancelling: false, result: null, message: '',
    created_at: ago(0), created_by: 'Ada Berger', expires_at: ago(-DAY_S), changed_at: ago(0), rollout_id: null, ...more,
  });
  return actions[0];
};
managed().forEach((agent, n) => {
  make(agent, { name: 'list' }, { state: 'done', created_at: ago(86_000 + n), changed_at: ago(85_990 + n), result: [{ name: 'pump', version: '2.4.1', revision: 118 }] });
  if (n % 3 === 0) make(agent, { name: 'setconf', snap: 'pump', data: '{"port":8080}' }, { state: 'done', created_at: ago(50_000 + n), changed_at: ago(49_000), created_by: 'Olga Nyström' });
  if (n % 3 === 1) make(agent, { name: 'refresh', snap: 'pump', data: 'latest/edge' }, {
    state: 'failed', created_at: ago(4000 + n), changed_at: ago(3900), change: '52',
    message: 'cannot perform the following tasks:\n- Download snap "pump" (121) from channel "latest/edge" (dial tcp: lookup api.snapcraft.io on 127.0.0.53:53: server misbehaving)\n- Run hook post-refresh (run hook "post-refresh": exit status 1)',
  });
  if (n % 5 === 2) make(agent, { name: 'logs', data: '{"url":"https://logs.example.com/put","limit":1000}' }, { state: 'expired', created_at: ago(200_000 + n), changed_at: ago(110_000) });
  if (n % 6 === 4) make(agent, { name: 'stop', snap: 'mosquitto' }, { state: 'cancelled', created_at: ago(9000 + n), changed_at: ago(8900) });
});
for (const agent of managed()) if (agent.presence === 'offline') make(agent, { name: 'refresh', snap: 'pump' }, { created_at: ago(120) });
actions.sort((a, b) => b.created_at.localeCompare(a.created_at));

const named = (action) => {
  const { membership } = agents.find(({ id }) => id === action.device_id);
  return { ...action, device_name: membership.name, organisation_id: membership.organisation_id, project_id: membership.project_id };
};
const open = ({ state }) => ['queued', 'sent', 'running'].includes(state);
const STEPS = 12;
function effect(agent, { name, snap: which, data }) {
  const twin = twinOf(agent);
  const snaps = twin.reported.value.snaps;
  if (!snaps) return;
  const set = (change) => write(twin, 'reported', merged(twin.reported.value, { snaps: { [which]: change } }), agent.id);
  if (name === 'install') set(snap('1.0', '1', data ? { tracking: data } : {}));
  if (name === 'remove') set(null);
  if (name === 'switch') set({ tracking: data, version: '2.5.0-dev', revision: '121' });
  if (name === 'disable') set({ status: 'installed' });
  if (name === 'enable') set({ status: 'active' });
  if (name === 'setconf') set({ config: JSON.parse(data) });
  if (['start', 'stop', 'restart'].includes(name)) {
    const chosen = data ? JSON.parse(data).services.map((each) => each.split('.')[1]) : Object.keys(snaps[which]?.services ?? {});
    set({ services: Object.fromEntries(chosen.map((each) => [each, { active: name !== 'stop', enabled: name !== 'stop' }])) });
  }
}
/** A step of all that is under way. */
function step() {
  let moved = false;
  for (const action of actions.filter(open)) {
    const agent = agents.find(({ id }) => id === action.device_id);
    if (agent.presence === 'offline' && action.state === 'queued') continue;
    moved = true;
    action.changed_at = ago(0);
    if (action.cancelling) Object.assign(action, { state: 'cancelled', cancelling: false });
    else if (action.state === 'queued') action.state = 'sent';
    else if (action.state === 'sent') Object.assign(action, { state: 'running', change: String(100 + actions.length) });
    else if (!['refresh', 'install', 'switch', 'remove', 'revert', 'snapshot'].includes(action.action.name) || action.done >= STEPS) {
      const missing = action.action.snap && action.action.name !== 'install' && !twinOf(agent).reported.value.snaps?.[action.action.snap];
      if (missing) Object.assign(action, { state: 'failed', message: `snap "${action.action.snap}" is not installed` });
      else {
        Object.assign(action, { state: 'done', result: action.action.name === 'conf' ? { port: 8080 } : null });
        effect(agent, action.action);
        changed('twins');
      }
    } else Object.assign(action, { total: STEPS, done: action.done + 1, label: action.done < 7 ? `Download snap "${action.action.snap}" (121) from channel "latest/stable"` : `Run configure hook of "${action.action.snap}" snap` });
  }
  if (moved) changed('actions');
}
export const makeAction = make;
export const actionOf = (id) => actions.find((each) => each.id === id);
export const reported = (agent) => twinOf(agent).reported.value;

setInterval(step, Number(env.MOCK_STEP_MS ?? 600)).unref();

export const routes = {
  'GET /devices/:id/twin': ({ me, id }) => shown(device(me, id)),
  'PUT /devices/:id/twin/desired': ({ me, id, body, query }) => wish(me, id, query, () => body),
  'PATCH /devices/:id/twin/desired': ({ me, id, body, query }) => wish(me, id, query, (value) => merged(value, body)),
  'GET /devices/:id/twin/history': ({ me, id, query }) => {
    const path = (query.path ?? '').split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const touches = (patch, [name, ...rest]) => name === undefined || !object(patch) || (name in patch && touches(patch[name], rest));
    const found = twinOf(device(me, id)).history.filter((change) => (!query.part || change.part === query.part) && touches(change.patch, path)).toSorted((a, b) => b.at.localeCompare(a.at));
    return list(found.map(({ undo: _, ...change }) => change).slice(0, Number(query.limit ?? 100)));
  },
  'GET /devices/:id/twin/then': ({ me, id, query }) => {
    if (query.at < ago(20 * DAY_S)) throw new Refusal(404, 'forgotten', 'what the twin was then is not remembered any more; the last 500 changes of each part are');
    const twin = twinOf(device(me, id));
    const past = (part) => twin.history.filter((change) => change.part === part && change.at > query.at).reduce(({ value, version }, { undo }) => ({ value: undo ? merged(value, undo) : value, version: version - 1, at: query.at }), twin[part]);
    return { device_id: id, at: query.at, reported: past('reported'), desired: past('desired') };
  },
  'GET /devices/differing': ({ me, query }) => list(managed().filter((agent) => sees(me, agent) && (!query.organisation || agent.membership.organisation_id === query.organisation) && (!query.project || agent.membership.project_id === query.project) && leaves(twinOf(agent)).length)
    .map((agent) => ({ device_id: agent.id, name: agent.membership.name, since: twinOf(agent).differs_since }))),
  'POST /actions': ({ me, body }) => {
    const asked = body.device_ids.map((id) => device(me, id));
    for (const agent of asked) {
      if (!agent.membership) throw new Refusal(409, 'not_managed', `the agent of the device ${agent.id} is not managed; adopt it first`);
      demand(me, place(agent.membership.project_id), 'project_admin');
    }
    if (body.action.snap === 'too-many') throw new Refusal(409, 'too_many_waiting', `100 actions wait for the device ${asked[0].membership.name} already`, 'call some off, or wait');
    const made = asked.map((agent) => make(agent, body.action, { created_by: me.display_name, expires_at: ago(-(body.expires_in_s ?? DAY_S)) }));
    changed('actions');
    return [202, { actions: made.map(({ id, device_id }) => ({ id, device_id })) }];
  },
  'GET /actions': ({ me, query }) => {
    if (env.MOCK_ACTIONS === '0') return list([]);
    return list(actions.map(named).filter((action) => !!roleAtProject(me, { id: action.project_id, organisation_id: action.organisation_id }) && ['device', 'organisation', 'project'].every((key) => !query[key] || action[`${key}_id`] === query[key]) &&
      (!query.state || action.state === query.state) && (query.open === undefined || String(open(action)) === query.open) && (!query.name || action.action.name === query.name)), query);
  },
  'GET /actions/:id': ({ id }) => named(actions.find((each) => each.id === id) ?? (() => { throw missing(); })()),
  'POST /actions/:id/cancel': ({ me, id }) => {
    const action = actions.find((each) => each.id === id) ?? (() => { throw missing(); })();
    demand(me, place(named(action).project_id), 'project_admin');
    if (!open(action)) throw new Refusal(409, 'action_ended', `the action has ended: ${action.state}`);
    if (action.state === 'queued') Object.assign(action, { state: 'cancelled', changed_at: ago(0) });
    else action.cancelling = true;
    changed('actions');
    return [202, named(action)];
  },
};
