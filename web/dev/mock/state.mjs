// What the invented installation holds, and the few rules that the pages depend on.

import { randomUUID } from 'node:crypto';

export const env = process.env;
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
export const DAY_S = 86_400;

export class Refusal {
  constructor(status, code, message, hint, fault = 'request') {
    Object.assign(this, { status, body: { error: { code, message, fault, hint, request_id: randomUUID().slice(0, 8) } } });
  }
}
export const missing = () => new Refusal(404, 'not_found', 'there is no such thing here', 'it may have been deleted');
export const notAllowed = (role) => new Refusal(403, 'not_allowed', `this needs the role ${role} here`, 'ask an administrator');
export const taken = (what, name) => new Refusal(409, 'name_taken', `${what} "${name}" exists already`, 'choose another name');

// Live events.
export const listeners = new Set();
export const changed = (...kinds) => {
  for (const kind of kinds) for (const each of listeners) each.write(`event: changed\ndata: ${JSON.stringify({ kind })}\n\n`);
};

// Lists.
export const contains = (text, ...fields) => !text || fields.join('\n').toLowerCase().includes(text.toLowerCase());
export function list(items, { sort, direction, offset = 0, limit = 1000 } = {}, sorts = {}, usual = undefined) {
  const of = sorts[sort ?? usual];
  const sorted = of ? items.toSorted((a, b) => ((x, y) => (x < y ? -1 : x > y ? 1 : 0))(of(a) ?? '', of(b) ?? '')) : [...items];
  if (of && (direction ?? (sorts.usual ?? 'ascending')) === 'descending') sorted.reverse();
  return { items: sorted.slice(Number(offset), Number(offset) + Number(limit)), total: sorted.length };
}

// Places.
const project = (name, description = '') => ({ id: randomUUID(), name, description, created_at: ago(30 * DAY_S) });
const organisation = (name, description, projects, age) => {
  const made = { id: randomUUID(), name, description, created_at: ago(age * DAY_S), projects };
  projects.forEach((each) => (each.organisation_id = made.id));
  return made;
};
export const organisations = [
  organisation('Northern Plants', 'Presses and pumps on the coast', [project('Line 1', 'The old press line'), project('Water treatment')], 90),
  organisation('华东工厂', '上海与苏州', [project('包装车间', '七条包装线')], 40),
  organisation('Test bench', '', [], 3),
];
export const projects = () => organisations.flatMap((each) => each.projects);

// People. Everybody's password is edgeward-demo.
export const PASSWORD = 'edgeward-demo-1';
const person = (email, display_name, more = {}) => ({
  id: randomUUID(), email, display_name, phone: '', state: 'active', system_admin: false, sso_only: false, grants: [],
  created_at: ago(20 * DAY_S), last_sign_in_at: ago(7000), language: null, password: PASSWORD, ...more,
});
const [north, east] = organisations;
const at = (place, role) => ({ place: place.id, role });
export const users = [
  person('admin@example.com', 'Ada Berger', { system_admin: true, phone: '+49 731 555 01' }),
  person('olga@example.com', 'Olga Nyström', { grants: [at(north, 'admin')] }),
  person('paul@example.com', 'Paul Wieland', { grants: [at(north, 'member'), at(north.projects[0], 'admin')] }),
  person('vera@example.com', 'Vera Lindqvist', { grants: [at(north, 'viewer')], phone: '+46 8 555 23 11' }),
  person('wang.fang@example.com', '王芳', { grants: [at(east, 'admin')], language: 'zh' }),
  person('li.wei@example.com', '李伟', { grants: [at(east, 'member'), at(east.projects[0], 'viewer')], state: 'invited', last_sign_in_at: null, password: null }),
  person('sso@example.com', 'Samir Osman', { grants: [at(north, 'member'), at(north.projects[1], 'viewer')], sso_only: true, password: null }),
  person('gone@example.com', 'Gerd Ohne', { grants: [at(north, 'viewer')], state: 'disabled', last_sign_in_at: ago(80 * DAY_S) }),
];
for (let n = 0; n < Number(env.MOCK_USERS ?? 0); n++) {
  users.push(person(`person${n}@example.com`, `Person ${String(n).padStart(4, '0')}`, { grants: [at(n % 3 ? north : east, n % 5 ? 'viewer' : 'member')], created_at: ago(n * 3600) }));
}

const memberRole = (user, id) => user.grants.find((each) => each.place === id)?.role;
const ORDER = ['system_admin', 'organisation_admin', 'project_admin', 'viewer'];
export const least = (role, wanted) => role !== undefined && ORDER.indexOf(role) <= ORDER.indexOf(wanted);

export function roleAtProject(user, { id, organisation_id }) {
  if (user.system_admin) return 'system_admin';
  if (memberRole(user, organisation_id) === 'admin') return 'organisation_admin';
  const role = memberRole(user, id);
  if (role) return role === 'admin' ? 'project_admin' : 'viewer';
  return memberRole(user, organisation_id) === 'viewer' ? 'viewer' : undefined;
}
export function roleAtOrganisation(user, { id, projects: inside }) {
  if (user.system_admin) return 'system_admin';
  const role = memberRole(user, id);
  if (!role) return undefined;
  if (role === 'admin') return 'organisation_admin';
  return inside.some((each) => memberRole(user, each.id) === 'admin') ? 'project_admin' : 'viewer';
}
export const anywhere = (user) => (user.system_admin ? 'system_admin' : ORDER.find((role) => organisations.some((each) => roleAtOrganisation(user, each) === role)));

/** An organisation as somebody sees it; undefined where they may not. */
export function seen(user, organisation) {
  if (!roleAtOrganisation(user, organisation)) return undefined;
  return { ...organisation, projects: organisation.projects.filter((each) => roleAtProject(user, each)).toSorted((a, b) => a.name.localeCompare(b.name)) };
}
export const seenOrganisations = (user) => organisations.map((each) => seen(user, each)).filter(Boolean).toSorted((a, b) => a.name.localeCompare(b.name));
export const permissions = (user) => ({
  system_admin: user.system_admin,
  organisations: seenOrganisations(user).map((each) => ({
    id: each.id, name: each.name, role: roleAtOrganisation(user, each),
    projects: each.projects.map((project) => ({ id: project.id, name: project.name, role: roleAtProject(user, project) })),
  })),
});

/** A place of either kind. */
export function place(id) {
  const found = organisations.find((each) => each.id === id) ?? projects().find((each) => each.id === id);
  if (!found) throw missing();
  return found;
}
export const ownerOf = (found) => ('organisation_id' in found ? organisations.find(({ id }) => id === found.organisation_id) : found);
export const roleAt = (user, found) => ('organisation_id' in found ? roleAtProject(user, found) : roleAtOrganisation(user, found));

/** Demands a role at a place; hidden ones answer as missing. */
export function demand(user, found, wanted) {
  const role = roleAt(user, found);
  if (!role) throw missing();
  if (!least(role, wanted)) throw notAllowed(wanted);
}
export const demandSystem = (user) => {
  if (!user.system_admin) throw notAllowed('system_admin');
};

export function membership({ place: id, role }) {
  const found = place(id);
  const owner = ownerOf(found);
  return {
    organisation_id: owner.id, organisation_name: owner.name, project_id: found === owner ? null : found.id, project_name: found === owner ? null : found.name, role,
  };
}
/** Gives a role; whoever is in a project is in its organisation. */
export function give(user, id, role) {
  const owner = ownerOf(place(id));
  if (owner.id !== id && !memberRole(user, owner.id)) user.grants.push({ place: owner.id, role: 'member' });
  const had = user.grants.find((each) => each.place === id);
  if (had) had.role = role;
  else user.grants.push({ place: id, role });
}

// Sessions: cookie to what is known about it.
export const sessions = new Map();

// The audit log.
export const audit = [];
export function note(by, action, object_name, more = {}) {
  audit.push({
    number: audit.length + 1, at: ago(0), author_kind: by ? 'user' : 'anonymous', author_id: by?.id ?? null, author_name: by?.display_name ?? '', address: '198.51.100.7',
    request_id: randomUUID().slice(0, 8), action, object_id: null, object_name, organisation_id: null, project_id: null, before: null, after: null,
    outcome: 'done', reason: '', previous: 'a'.repeat(64), hash: randomUUID().replaceAll('-', '').repeat(2), ...more,
  });
  changed('audit');
}
