// Rollouts that go on by themselves, and tags.

import { randomUUID } from 'node:crypto';
import { agents } from './agents.mjs';
import { managed, makeAction, actionOf, reported } from './devices.mjs';
import { Refusal, ago, changed, demand, env, list, missing, note, ownerOf, place, roleAtOrganisation, roleAtProject } from './state.mjs';

// Tags.
const tags = new Map(managed().map(({ id }, n) => [id, [['line-3', 'hall:2'], ['line-3'], []][n % 3]]));
const tagsOf = (id) => tags.get(id) ?? [];
const inPlace = ({ membership }, { organisation, project }) => (!organisation || membership.organisation_id === organisation) && (!project || membership.project_id === project);
const sees = (me, { membership }) => !!roleAtProject(me, { id: membership.project_id, organisation_id: membership.organisation_id });
function device(me, id) {
  const agent = agents.find((each) => each.id === id);
  if (!agent?.membership || !sees(me, agent)) throw missing();
  return agent;
}

// Which devices.
const at = (document, path) => path.split('/').slice(1).reduce((value, name) => value?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);
function why(agent, { tags: wanted = [], model, conditions = [] }) {
  const twin = reported(agent);
  const said = [];
  for (const tag of wanted) {
    if (!tagsOf(agent.id).includes(tag)) return undefined;
    said.push(`it has the tag ${tag}`);
  }
  if (model) {
    if (twin.device?.model !== model) return undefined;
    said.push(`its model is ${model}`);
  }
  for (const { path, test, value } of conditions) {
    const found = at(twin, path);
    const same = JSON.stringify(found) === JSON.stringify(value);
    if (!{ is: same, is_not: !same, present: found !== undefined, absent: found === undefined }[test]) return undefined;
    said.push(found === undefined ? `${path} is not reported` : `${path} is ${JSON.stringify(found)}`);
  }
  return said;
}
const choose = (selection) => managed().filter((agent) => inPlace(agent, { organisation: selection.organisation_id, project: selection.project_id }))
  .flatMap((agent) => { const said = why(agent, selection); return said ? [{ agent, why: said }] : []; })
  .toSorted((a, b) => Number(a.agent.presence === 'offline') - Number(b.agent.presence === 'offline'));
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
function plan({ plan: { waves } = {}, selection }) {
  const chosen = choose(selection);
  const each = sizes(waves, chosen.length);
  const waveOf = each.flatMap((size, n) => Array(size).fill(n + 1));
  return { chosen: chosen.map((one, n) => ({ ...one, wave: waveOf[n] })), sizes: each };
}
function back(agent, { name, snap, data }) {
  const known = reported(agent).snaps?.[snap];
  if (!known) return { effect: `${snap ?? name} is not on the device, so ${name} will fail`, undo: 'the snap is not on the device', by: null };
  return { effect: `${snap} ${known.version} (revision ${known.revision}) of ${known.tracking} is refreshed from ${data || known.tracking}`, undo: `revert ${snap}`, by: { name: 'revert', snap } };
}

// Rollouts.
const rollouts = [];
const NONE = { waiting: 0, queued: 0, under_way: 0, done: 0, failed: 0, expired: 0, cancelled: 0 };
const WORD = { queued: 'queued', sent: 'under_way', running: 'under_way', done: 'done', failed: 'failed', expired: 'expired', cancelled: 'cancelled' };
const count = (states) => states.reduce((sum, state) => ({ ...sum, [WORD[state] ?? 'waiting']: sum[WORD[state] ?? 'waiting'] + 1 }), { ...NONE });
const now = (each) => ({ ...each, ...(each.action_id ? actionOf(each.action_id) : {}) });
function shown({ devices, ...rollout }) {
  const states = devices.map((each) => ({ wave: each.wave, state: each.action_id ? actionOf(each.action_id).state : each.state }));
  const waves = [...new Set(states.map(({ wave }) => wave))].map((wave) => count(states.filter((each) => each.wave === wave).map(({ state }) => state)));
  return { ...rollout, waves, counts: count(states.map(({ state }) => state)), undo: count(devices.flatMap(({ undo_state, undo_action_id }) => (undo_action_id ? [actionOf(undo_action_id).state] : undo_state ? [undo_state] : []))) };
}
function make(request, more = {}) {
  const { chosen } = plan(request);
  const found = request.selection.project_id ? place(request.selection.project_id) : place(request.selection.organisation_id);
  rollouts.unshift({
    id: randomUUID(), name: request.name, organisation_id: ownerOf(found).id, project_id: request.selection.project_id ?? null, selection: { ...request.selection, organisation_id: ownerOf(found).id }, action: request.action, plan: request.plan,
    state: 'running', reason: '', begun: 0, created_at: ago(0), created_by: 'Ada Berger', changed_at: ago(0),
    devices: chosen.map(({ agent, wave }) => ({ device_id: agent.id, device_name: agent.membership.name, project_id: agent.membership.project_id, wave, state: null, message: '', action_id: null, undo: back(agent, request.action).by, undo_state: null, undo_message: '', undo_action_id: null })),
    ...more,
  });
  return rollouts[0];
}
if (env.MOCK_ROLLOUTS !== '0' && managed().length > 0) {
  const [first] = managed();
  const selection = { organisation_id: first.membership.organisation_id, conditions: [{ path: '/snaps/pump/tracking', test: 'is', value: 'latest/stable' }] };
  const old = make({ name: 'Pump 2 5', selection, action: { name: 'refresh', snap: 'pump', data: 'latest/edge' }, plan: { waves: ['1', '50%'], failure_limit: '0', watch_s: 300, expires_in_s: 86_400 } }, { state: 'paused', reason: '2 devices failed; the limit is 0', begun: 2, created_at: ago(9000), changed_at: ago(600) });
  old.devices.forEach((each, n) => Object.assign(each, each.wave > 2 ? {} : n % 2 ? { state: 'failed', message: 'cannot perform the following tasks:\n- Run hook post-refresh (run hook "post-refresh": exit status 1)' } : { state: 'done' }));
  const undone = make({ name: 'Dashboards off', selection: { organisation_id: first.membership.organisation_id, tags: ['line-3'] }, action: { name: 'disable', snap: 'old-dashboard' }, plan: { watch_s: 0 } }, { state: 'undone', reason: 'undone on 2 of 3; on 1 there was no way back', begun: 1, created_at: ago(300_000), changed_at: ago(250_000) });
  undone.devices.forEach((each, n) => Object.assign(each, { state: 'done', undo_state: n === 1 ? 'failed' : 'done', undo_message: n === 1 ? 'snap "old-dashboard" is not installed' : '' }));
}

function mine(me, id, least) {
  const found = rollouts.find((each) => each.id === id);
  if (!found || !(found.project_id ? roleAtProject(me, place(found.project_id)) : roleAtOrganisation(me, place(found.organisation_id)))) throw missing();
  if (least) demand(me, place(found.project_id ?? found.organisation_id), least);
  return found;
}
function change(me, id, verb, from, to, more = () => undefined) {
  const found = mine(me, id, 'project_admin');
  if (!from.includes(found.state)) throw new Refusal(409, 'rollout_state', `the rollout is ${found.state}; it cannot be ${verb} now`);
  Object.assign(found, { state: to, reason: verb === 'pause' ? `paused by ${me.display_name}` : '', changed_at: ago(0) });
  more(found);
  note(me, `rollout.${verb}`, found.name, { object_id: id });
  changed('rollouts');
  return [202, shown(found)];
}
const agentOf = ({ device_id }) => agents.find(({ id }) => id === device_id);
function step() {
  for (const rollout of rollouts) {
    const counts = shown(rollout);
    if (rollout.state === 'running') {
      const failed = counts.counts.failed;
      const wave = counts.waves[rollout.begun - 1];
      const through = rollout.begun === 0 || (wave && wave.waiting === 0 && wave.under_way === 0);
      if (failed > Number.parseInt(rollout.plan.failure_limit ?? '0', 10) && !rollout.forgiven) Object.assign(rollout, { state: 'paused', reason: `${failed} devices failed; the limit is ${rollout.plan.failure_limit ?? 0}` });
      else if (through && rollout.begun < counts.waves.length) {
        rollout.begun += 1;
        for (const each of rollout.devices.filter((one) => one.wave === rollout.begun)) each.action_id = makeAction(agentOf(each), rollout.action, { rollout_id: rollout.id }).id;
      } else if (through && rollout.begun >= counts.waves.length && !rollout.plan.include_later && counts.counts.queued === 0) rollout.state = 'done';
      changed('rollouts');
    } else if (rollout.state === 'undoing') {
      const left = counts.undo.waiting + counts.undo.queued + counts.undo.under_way;
      if (left === 0) Object.assign(rollout, { state: 'undone', reason: `undone on ${counts.undo.done} of ${counts.counts.done}` });
      changed('rollouts');
    }
  }
}
setInterval(step, 2 * Number(env.MOCK_STEP_MS ?? 600)).unref();

export const routes = {
  'GET /devices/:id/tags': ({ me, id }) => ({ tags: tagsOf(device(me, id).id) }),
  'PUT /devices/:id/tags': ({ me, id, body }) => {
    demand(me, place(device(me, id).membership.project_id), 'project_admin');
    tags.set(id, body.tags.toSorted());
    changed('agents');
    return { tags: tagsOf(id) };
  },
  'GET /tags': ({ me, query }) => {
    const used = new Map();
    for (const agent of managed()) if (sees(me, agent) && inPlace(agent, query)) for (const tag of tagsOf(agent.id)) used.set(tag, (used.get(tag) ?? 0) + 1);
    return list([...used].map(([tag, devices]) => ({ tag, devices })).toSorted((a, b) => a.tag.localeCompare(b.tag)));
  },
  'POST /rollouts/preview': ({ me, body }) => {
    demand(me, place(body.selection.project_id ?? body.selection.organisation_id), body.selection.project_id ? 'project_admin' : 'organisation_admin');
    const { chosen, sizes: waves } = plan(body);
    const online = chosen.filter(({ agent }) => agent.presence === 'online').length;
    return {
      total: chosen.length, online, offline: chosen.length - online, waves,
      devices: chosen.slice(0, 500).map(({ agent, why: said, wave }) => ({ device_id: agent.id, device_name: agent.membership.name, project_id: agent.membership.project_id, online: agent.presence === 'online', wave, why: said, effect: back(agent, body.action).effect, undo: back(agent, body.action).undo })),
    };
  },
  'POST /rollouts': ({ me, body }) => {
    demand(me, place(body.selection.project_id ?? body.selection.organisation_id), body.selection.project_id ? 'project_admin' : 'organisation_admin');
    if (choose(body.selection).length === 0 && !body.plan?.include_later) throw new Refusal(409, 'selection_size', 'no device matches; change the selection, or include devices that come to match later');
    const made = make(body, { created_by: me.display_name });
    note(me, 'rollout.create', made.name, { object_id: made.id });
    changed('rollouts');
    return [201, shown(made)];
  },
  'GET /rollouts': ({ me, query }) => list(rollouts.filter((each) => (each.project_id ? roleAtProject(me, place(each.project_id)) : roleAtOrganisation(me, place(each.organisation_id))) &&
    ['organisation', 'project'].every((key) => !query[key] || each[`${key}_id`] === query[key]) && (!query.state || each.state === query.state)).map(shown), query),
  'GET /rollouts/:id': ({ me, id }) => shown(mine(me, id)),
  'GET /rollouts/:id/devices': ({ me, id, query }) => list(mine(me, id).devices.map((each) => {
    const { state, message } = now(each);
    const undoing = each.undo_action_id && actionOf(each.undo_action_id);
    return { ...each, state, message: message ?? '', ...(undoing ? { undo_state: undoing.state, undo_message: undoing.message } : {}) };
  }), query),
  'POST /rollouts/:id/pause': ({ me, id }) => change(me, id, 'pause', ['running'], 'paused'),
  'POST /rollouts/:id/resume': ({ me, id }) => change(me, id, 'resume', ['paused'], 'running', (found) => { found.forgiven = true; }),
  'POST /rollouts/:id/abort': ({ me, id }) => change(me, id, 'abort', ['running', 'paused', 'undoing'], 'aborted'),
  'POST /rollouts/:id/undo': ({ me, id }) => change(me, id, 'undo', ['running', 'paused', 'aborted', 'done'], 'undoing', (found) => {
    for (const each of found.devices) if (now(each).state === 'done' && each.undo) each.undo_action_id = makeAction(agentOf(each), each.undo, { rollout_id: id }).id;
  }),
};
