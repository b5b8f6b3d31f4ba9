// Users, organisations, projects, members, API tokens.

import { randomUUID } from 'node:crypto';
import { links, ofUser } from './access.mjs';
import { agents } from './agents.mjs';
import { settings } from './settings.mjs';
import {
  DAY_S, Refusal, ago, anywhere, changed, contains, demand, demandSystem, give, least, list, membership, missing, notAllowed, note,
  organisations, ownerOf, place, roleAt, roleAtOrganisation, seen, seenOrganisations, sessions, taken, users,
} from './state.mjs';

const lastAdmin = (what) => new Refusal(409, 'last_admin', `this is the last active ${what}`, 'make somebody else an administrator first');

/** Who may edit an account, roughly. */
const manageable = (me, user) =>
  me.system_admin || (!user.system_admin && user.grants.length > 0 && user.grants.every(({ place: id, role }) => {
    const mine = roleAt(me, place(id));
    return least(mine, 'organisation_admin') || (mine === 'project_admin' && ('organisation_id' in place(id) || role === 'member'));
  }));
const visible = (me, user) => me.system_admin || user === me || user.grants.some(({ place: id }) => least(roleAt(me, place(id)), 'project_admin'));
const shown = (me, { grants, password: _, language: __, ...user }, account) => ({
  ...user, memberships: grants.filter(({ place: id }) => roleAt(me, place(id))).map(membership), manageable: manageable(me, account),
});
function one(me, id) {
  const user = users.find((each) => each.id === id);
  if (!user || !visible(me, user)) throw missing();
  return user;
}
function managed(me, id) {
  const user = one(me, id);
  if (!manageable(me, user)) throw notAllowed('organisation_admin');
  return user;
}
function keepsAdmins(user) {
  if (user.system_admin && !users.some((each) => each !== user && each.system_admin && each.state === 'active')) throw lastAdmin('system administrator');
  for (const { place: id, role } of user.grants) keepsAdmin(id, user, role);
}
function keepsAdmin(id, user, role) {
  if (role !== 'admin' || user.state !== 'active') return;
  if (!users.some((each) => each !== user && each.state === 'active' && each.grants.some((grant) => grant.place === id && grant.role === 'admin'))) {
    throw lastAdmin(`administrator of "${place(id).name}"`);
  }
}
function link(user, purpose) {
  const token = randomUUID().replaceAll('-', '');
  links.set(token, { user, purpose });
  return { mailed: !!settings.mail, mail_error: null, url: settings.mail ? null : `http://127.0.0.1:4174/invitation#${token}`, expires_at: ago(-2 * DAY_S) };
}
function endSessions(user) {
  for (const [cookie, session] of sessions) if (session.user === user) sessions.delete(cookie);
  changed('sessions');
}

const memberOf = (id) => (user) => {
  const grant = user.grants.find((each) => each.place === id);
  return grant ? [{ user_id: user.id, email: user.email, display_name: user.display_name, state: user.state, role: grant.role, by_sso: user.sso_only }] : [];
};
const members = {
  look: ({ me, id }) => {
    demand(me, place(id), 'project_admin');
    return list(users.flatMap(memberOf(id)).toSorted((a, b) => a.display_name.localeCompare(b.display_name)));
  },
  manage: (me, id) => demand(me, place(id), 'organisation_id' in place(id) ? 'project_admin' : 'organisation_admin'),
  set: (me, id, user, role) => {
    members.manage(me, id);
    const had = user.grants.find((each) => each.place === id)?.role;
    if (had === 'admin' && role !== 'admin') keepsAdmin(id, user, had);
    give(user, id, role);
    note(me, had ? 'member.change' : 'member.add', user.email, { after: { role }, organisation_id: ownerOf(place(id)).id });
    changed('users');
    return memberOf(id)(user)[0];
  },
  add: ({ me, id, body }) => {
    const user = users.find(({ email }) => email.toLowerCase() === body.email.toLowerCase());
    if (!user) throw new Refusal(404, 'not_found', `nobody with the address ${body.email} has an account`, 'invite them first');
    return members.set(me, id, user, body.role);
  },
  change: ({ me, id, other, body }) => members.set(me, id, users.find((each) => each.id === other) ?? (() => { throw missing(); })(), body.role),
  remove: ({ me, id, other }) => {
    members.manage(me, id);
    const user = users.find((each) => each.id === other);
    const had = user?.grants.find((each) => each.place === id);
    if (!had) throw missing();
    keepsAdmin(id, user, had.role);
    const gone = [id, ...('projects' in place(id) ? place(id).projects.map((each) => each.id) : [])];
    user.grants = user.grants.filter((each) => !gone.includes(each.place));
    note(me, 'member.remove', user.email);
    changed('users');
    return 204;
  },
};
const edit = ({ me, id, body }) => {
  const found = place(id);
  demand(me, found, 'organisation_id' in found ? 'project_admin' : 'organisation_admin');
  const siblings = 'organisation_id' in found ? ownerOf(found).projects : organisations;
  if (siblings.some((each) => each !== found && each.name === body.name)) throw taken('this name', body.name);
  Object.assign(found, body);
  changed('organisations');
  return found;
};

const apiTokens = [
  { id: randomUUID(), name: 'Nightly export', owner: users[0], system_admin: true, grants: [], created_at: ago(40 * DAY_S), expires_at: ago(-50 * DAY_S), last_used_at: ago(20_000) },
  { id: randomUUID(), name: '包装车间看板', owner: users[4], system_admin: false, grants: [{ place: organisations[1].projects[0].id, role: 'viewer' }], created_at: ago(10 * DAY_S), expires_at: null, last_used_at: null },
  { id: randomUUID(), name: 'Old dashboard', owner: users[1], system_admin: false, grants: [{ place: organisations[0].id, role: 'viewer' }], created_at: ago(200 * DAY_S), expires_at: ago(2 * DAY_S), last_used_at: ago(3 * DAY_S) },
];
const apiToken = ({ owner, grants, ...token }) => ({ ...token, owner_id: owner.id, owner_name: owner.display_name, memberships: grants.map(membership) });

export const routes = {
  'GET /users': ({ me, query }) => {
    if (!least(anywhere(me), 'project_admin')) throw notAllowed('project_admin');
    const found = users.filter((user) =>
      visible(me, user) && contains(query.text, user.display_name, user.email, user.phone) && (!query.state || user.state === query.state) &&
      (query.system_admin === undefined || String(user.system_admin) === query.system_admin) &&
      [query.organisation, query.project].every((id) => !id || user.grants.some((each) => each.place === id)));
    const page = list(found, query, { name: (u) => u.display_name.toLowerCase(), email: (u) => u.email, last_sign_in: (u) => u.last_sign_in_at, created: (u) => u.created_at }, 'name');
    return { ...page, items: page.items.map((user) => shown(me, user, user)) };
  },
  'POST /users': ({ me, body }) => [201, {
    results: body.emails.map((email) => {
      if (users.some((each) => each.email.toLowerCase() === email.toLowerCase())) {
        return { email, user: null, link: null, error: new Refusal(409, 'email_taken', `an account for ${email} exists already`, 'add it as a member instead').body.error };
      }
      const invited = !body.password && !body.sso_only;
      const user = {
        id: randomUUID(), email, display_name: body.display_name ?? email.split('@')[0], phone: body.phone ?? '', state: invited ? 'invited' : 'active', system_admin: !!body.system_admin,
        sso_only: !!body.sso_only, grants: [], created_at: ago(0), last_sign_in_at: null, language: null, password: body.password ?? null,
      };
      users.push(user);
      for (const { organisation_id, project_id, role } of body.memberships ?? []) give(user, project_id ?? organisation_id, role);
      note(me, invited ? 'user.invite' : 'user.create', email);
      changed('users');
      return { email, user: shown(me, user, user), error: null, link: invited ? link(user, 'invite') : null };
    }),
  }],
  'GET /users/:id': ({ me, id }) => { const user = one(me, id); return shown(me, user, user); },
  'PATCH /users/:id': ({ me, id, body }) => {
    const user = managed(me, id);
    if (body.system_admin === false) keepsAdmins({ ...user, grants: [] , system_admin: user.system_admin });
    Object.assign(user, body);
    changed('users');
    return shown(me, user, user);
  },
  'DELETE /users/:id': ({ me, id }) => {
    const user = managed(me, id);
    keepsAdmins(user);
    users.splice(users.indexOf(user), 1);
    endSessions(user);
    note(me, 'user.delete', user.email);
    changed('users');
    return 204;
  },
  'POST /users/:id/enable': ({ me, id }) => { const user = managed(me, id); user.state = user.password || user.sso_only ? 'active' : 'invited'; changed('users'); return shown(me, user, user); },
  'POST /users/:id/disable': ({ me, id }) => { const user = managed(me, id); keepsAdmins(user); user.state = 'disabled'; endSessions(user); changed('users'); return shown(me, user, user); },
  'POST /users/:id/reset-password': ({ me, id, body }) => {
    const user = managed(me, id);
    endSessions(user);
    if (body.password) user.password = body.password;
    return { link: body.password ? null : link(user, 'reset') };
  },
  'POST /users/:id/invite': ({ me, id }) => link(managed(me, id), 'invite'),
  'GET /users/:id/sessions': ({ me, id, current }) => list(ofUser(managed(me, id), current)),
  'DELETE /users/:id/sessions': ({ me, id }) => (endSessions(managed(me, id)), 204),

  'GET /organisations': ({ me }) => list(seenOrganisations(me)),
  'POST /organisations': ({ me, body }) => {
    demandSystem(me);
    if (organisations.some((each) => each.name === body.name)) throw taken('an organisation', body.name);
    organisations.push({ id: randomUUID(), name: body.name, description: body.description ?? '', projects: [], created_at: ago(0) });
    give(me, organisations.at(-1).id, 'admin');
    note(me, 'organisation.create', body.name, { organisation_id: organisations.at(-1).id });
    changed('organisations');
    return [201, organisations.at(-1)];
  },
  'GET /organisations/:id': ({ me, id }) => seen(me, organisations.find((each) => each.id === id) ?? { id: '', projects: [] }) ?? (() => { throw missing(); })(),
  'PATCH /organisations/:id': edit,
  'DELETE /organisations/:id': ({ me, id }) => {
    demandSystem(me);
    if (place(id).projects.length > 0) throw new Refusal(409, 'not_empty', 'the organisation still has projects', 'delete them first');
    organisations.splice(organisations.findIndex((each) => each.id === id), 1);
    users.forEach((user) => (user.grants = user.grants.filter((each) => each.place !== id)));
    changed('organisations');
    return 204;
  },
  'POST /organisations/:id/projects': ({ me, id, body }) => {
    const owner = place(id);
    demand(me, owner, 'organisation_admin');
    if (owner.projects.some((each) => each.name === body.name)) throw taken('a project', body.name);
    const project = { id: randomUUID(), organisation_id: id, name: body.name, description: body.description ?? '', created_at: ago(0) };
    owner.projects.push(project);
    give(me, project.id, 'admin');
    changed('organisations');
    return [201, project];
  },
  'GET /projects/:id': ({ me, id }) => { const found = place(id); demand(me, found, 'viewer'); return found; },
  'PATCH /projects/:id': edit,
  'DELETE /projects/:id': ({ me, id }) => {
    const found = place(id);
    demand(me, found, 'project_admin');
    if (agents.some((agent) => agent.membership?.project_id === id)) throw new Refusal(409, 'not_empty', 'the project still has agents', 'transfer or release them first');
    const owner = ownerOf(found);
    owner.projects = owner.projects.filter((each) => each !== found);
    users.forEach((user) => (user.grants = user.grants.filter((each) => each.place !== id)));
    changed('organisations');
    return 204;
  },
  ...Object.fromEntries(['organisations', 'projects'].flatMap((kind) => [
    [`GET /${kind}/:id/members`, members.look], [`PUT /${kind}/:id/members`, members.add],
    [`PUT /${kind}/:id/members/:other`, members.change], [`DELETE /${kind}/:id/members/:other`, members.remove],
  ])),

  'GET /api-tokens': ({ me, query }) =>
    list(apiTokens.filter(({ owner, grants }) => owner === me || (query.all === 'true' && (me.system_admin || grants.some(({ place: id }) => least(roleAtOrganisation(me, ownerOf(place(id))), 'organisation_admin'))))).map(apiToken)),
  'POST /api-tokens': ({ me, body }) => {
    const token = {
      id: randomUUID(), name: body.name, owner: me, system_admin: !!body.system_admin, created_at: ago(0), expires_at: body.expires_in_s ? ago(-body.expires_in_s) : null, last_used_at: null,
      grants: body.membership ? [{ place: body.membership.project_id ?? body.membership.organisation_id, role: body.membership.role }] : [],
    };
    apiTokens.push(token);
    note(me, 'api_token.create', body.name);
    changed('api_tokens');
    return [201, { ...apiToken(token), text: 'edw_3kP9sW2mT7qLx0vZ4yB8nR1cJ5hG6dF_aUeIoYtSpM' }];
  },
  'DELETE /api-tokens/:id': ({ id }) => {
    apiTokens.splice(apiTokens.findIndex((each) => each.id === id), 1);
    changed('api_tokens');
    return 204;
  },
};
