// Registered devices, who vouches for them, and the snaps that their models need.

import { createHash, randomUUID } from 'node:crypto';
import { agents } from './agents.mjs';
import { DAY_S, Refusal, ago, changed, contains, demand, demandSystem, env, list, missing, note, organisations, ownerOf, place, projects, roleAtOrganisation, roleAtProject } from './state.mjs';

const keyId = (text) => createHash('sha512').update(text).digest('base64url').slice(0, 64);
const enrolment = new Map(organisations.map(({ id }, n) => [id, {
  keys: n === 0 ? [
    { id: keyId('acme'), account: 'acme-works', name: 'serial-2024', added_at: ago(60 * DAY_S) },
    { id: keyId('brand'), account: 'generic', name: '', added_at: ago(9 * DAY_S) },
  ] : [],
  allow_unverified: n === 1, automatic_project_id: null,
}]));
const required = organisations.slice(0, 1).flatMap(({ id }) => [
  { organisation_id: id, brand: 'acme-works', model: 'gateway-24-amd64', snaps: [{ name: 'pump', channel: 'latest/stable' }, { name: 'node-red' }] },
  { organisation_id: id, brand: null, model: 'pi-4-arm64', snaps: [{ name: 'mosquitto' }] },
]);

const registrations = [];
const make = (project, identity, more = {}) => {
  const made = {
    id: randomUUID(), project_id: project.id, ...identity, store: '', status: 'waiting', dialect: null, verification: 'pending', verified_by: null, automatic: false,
    device_data_bytes: 0, registered_at: ago(0), enrolled_at: null, clash: null, ...more,
  };
  registrations.unshift(made);
  return made;
};
if (env.MOCK_REGISTRATIONS !== '0') {
  const enrolled = agents.filter(({ membership }) => membership);
  enrolled.forEach((agent, n) => make(place(agent.membership.project_id), { brand: 'acme-works', model: 'gateway-24-amd64', serial: `AW-${1000 + n}-7F3C2` }, {
    id: agent.id, status: n === 3 ? 'disabled' : 'enrolled', store: 'acme-store', dialect: n % 4 === 2 ? 'iot' : 'edgeward', enrolled_at: ago(DAY_S * (n + 1)), registered_at: ago(DAY_S * (n + 2)), automatic: n % 5 === 1,
    ...(n % 3 === 0 ? { verification: 'unverified' } : { verification: 'verified', verified_by: keyId('acme') }), device_data_bytes: n % 2 ? 1840 : 0,
    clash: n === 2 ? { count: 3, last_at: ago(5000), addresses: '198.51.100.7, 203.0.113.21' } : null,
  }));
  for (const [n, project] of projects().entries()) make(project, { brand: 'acme-works', model: 'pi-4-arm64', serial: `AW-${2000 + n}-B` }, { registered_at: ago(600 * (n + 1)), device_data_bytes: 12 });
}

const shown = (each) => {
  const project = place(each.project_id);
  const owner = ownerOf(project);
  return { ...each, organisation_id: owner.id, organisation_name: owner.name, project_name: project.name };
};
const sees = (me, each) => !!roleAtProject(me, place(each.project_id));
function mine(me, id) {
  const found = registrations.find((each) => each.id === id);
  if (!found || !sees(me, found)) throw missing();
  return found;
}
function change(me, id, verb, by) {
  const found = mine(me, id);
  demand(me, place(found.project_id), 'project_admin');
  Object.assign(found, by);
  note(me, `device.${verb}`, found.serial, { object_id: id });
  changed('registrations');
  return shown(found);
}
function fresh(project, identity, data = '') {
  const known = registrations.find((each) => ['brand', 'model', 'serial'].every((part) => each[part] === identity[part]));
  if (known) throw new Refusal(409, 'already_registered', `the device \`${identity.brand}/${identity.model}/${identity.serial}\` is already registered`);
  return make(project, identity, { device_data_bytes: Buffer.from(data, 'base64').length });
}
const rules = (me, id, least) => {
  demand(me, place(id), least);
  return enrolment.get(id) ?? enrolment.set(id, { keys: [], allow_unverified: false, automatic_project_id: null }).get(id);
};

export const routes = {
  'GET /registrations': ({ me, query }) => list(registrations.filter((each) => sees(me, each)).map(shown).filter((each) =>
    ['organisation', 'project'].every((key) => !query[key] || each[`${key}_id`] === query[key]) && ['status', 'model'].every((key) => !query[key] || each[key] === query[key]) &&
    contains(query.text, each.brand, each.model, each.serial, each.id)).toSorted((a, b) => b.registered_at.localeCompare(a.registered_at)), query),
  'POST /registrations': ({ me, body: { project_id, device_data, ...identity } }) => {
    demand(me, place(project_id), 'project_admin');
    const made = fresh(place(project_id), identity, device_data);
    changed('registrations');
    return [201, shown(made)];
  },
  'POST /projects/:id/registrations': ({ me, id, text }) => {
    demand(me, place(id), 'project_admin');
    const lines = text.trim().split(/\r?\n/).filter((line) => line.trim() && !line.startsWith('brand,'));
    // What only the control plane can find.
    const bad = text.split('\n').findIndex((line) => line.includes('refuse-me'));
    if (bad >= 0) throw new Refusal(400, 'invalid_request', `line ${bad + 1}: the serial number contains control characters`);
    for (const line of lines) {
      const [brand, model, serial, data] = line.split(',').map((value) => value.trim());
      fresh(place(id), { brand, model, serial }, data);
    }
    changed('registrations');
    return [201, { registered: lines.length }];
  },
  'GET /registrations/:id': ({ me, id }) => shown(mine(me, id)),
  'PATCH /registrations/:id': ({ me, id, body }) => change(me, id, 'update', { device_data_bytes: Buffer.from(body.device_data, 'base64').length }),
  'POST /registrations/:id/enable': ({ me, id }) => change(me, id, 'enable', { status: 'waiting' }),
  'POST /registrations/:id/disable': ({ me, id }) => change(me, id, 'disable', { status: 'disabled' }),
  'DELETE /registrations/:id': ({ me, id }) => {
    change(me, id, 'delete', {});
    registrations.splice(registrations.findIndex((each) => each.id === id), 1);
    return 204;
  },
  'GET /organisations/:id/enrolment': ({ me, id }) => rules(me, id, 'project_admin'),
  'PUT /organisations/:id/enrolment': ({ me, id, body }) => {
    const found = rules(me, id, 'organisation_admin');
    if (body.automatic_project_id !== found.automatic_project_id) demandSystem(me);
    Object.assign(found, body);
    changed('registrations');
    return found;
  },
  'POST /organisations/:id/enrolment/keys': ({ me, id, body }) => {
    const found = rules(me, id, 'organisation_admin');
    if (!body.assertion.includes('type: account-key')) throw new Refusal(400, 'invalid_request', 'the assertion cannot be used: it is not an account-key assertion');
    found.keys.push({ id: keyId(body.assertion), account: /^account-id: (.+)$/m.exec(body.assertion)?.[1] ?? 'acme', name: /^name: (.+)$/m.exec(body.assertion)?.[1] ?? 'default', added_at: ago(0) });
    changed('registrations');
    return found;
  },
  'DELETE /organisations/:id/enrolment/keys/:key': ({ me, id, key }) => {
    const found = rules(me, id, 'organisation_admin');
    found.keys = found.keys.filter((each) => each.id !== key);
    changed('registrations');
    return 204;
  },
  'GET /required-snaps': ({ me, query }) => list(required.filter(({ organisation_id }) => roleAtOrganisation(me, place(organisation_id)) && (!query.organisation || organisation_id === query.organisation))),
  'PUT /required-snaps': ({ me, body }) => {
    demand(me, place(body.organisation_id), 'organisation_admin');
    const at = required.findIndex((each) => each.organisation_id === body.organisation_id && each.brand === body.brand && each.model === body.model);
    if (at >= 0) required.splice(at, 1);
    if (body.snaps.length) required.push(body);
    changed('registrations');
    return body;
  },
};
