// Signing in, one's own profile and sessions, links.

import { randomUUID } from 'node:crypto';
import { DAY_S, PASSWORD, Refusal, ago, changed, env, list, missing, note, permissions, sessions, users } from './state.mjs';
import { settings } from './settings.mjs';

let setupNeeded = !!env.MOCK_SETUP;
/** Tokens of links: `/invitation#demo-invite` and `/invitation#demo-reset` always work. */
export const links = new Map([
  ['demo-invite', { user: users[5], purpose: 'invite' }],
  ['demo-reset', { user: users[3], purpose: 'reset' }],
]);

const profile = ({ id, email, display_name, phone, language, sso_only }) => ({ id, email, display_name, phone, language, has_password: !sso_only });
export const sessionOf = (user, id = null) => ({ id, user: profile(user), token: null, permissions: permissions(user), expires_at: ago(-14 * DAY_S) });

export function begin(user, { remember = false } = {}, program = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/130') {
  const cookie = randomUUID();
  const id = randomUUID();
  sessions.set(cookie, { id, user, kind: 'browser', remembered: remember, address: '198.51.100.7', program, created_at: ago(0), last_used_at: ago(0), expires_at: ago(remember ? -14 * DAY_S : -43_200) });
  user.last_sign_in_at = ago(0);
  note(user, 'session.begin', user.email);
  return { cookie, session: sessionOf(user, id) };
}
// Somebody left a telephone and a script signed in.
sessions.set(randomUUID(), { id: randomUUID(), user: users[0], kind: 'browser', remembered: true, address: '203.0.113.20', program: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1', created_at: ago(6 * DAY_S), last_used_at: ago(5000), expires_at: ago(-8 * DAY_S) });
sessions.set(randomUUID(), { id: randomUUID(), user: users[0], kind: 'bearer', remembered: false, address: '198.51.100.9', program: 'edgeward/0.1.0', created_at: ago(90_000), last_used_at: ago(40_000), expires_at: ago(-20_000) });

export const open = {
  'GET /setup': () => ({ needed: setupNeeded }),
  'GET /session/options': () => ({
    setup_needed: setupNeeded, language: settings.language, password_rules: settings.passwords, password_reset: !!settings.mail,
    providers: settings.providers.filter(({ enabled }) => enabled).map(({ id, name }) => ({ id, name })),
  }),
  'POST /setup': ({ body }) => {
    if (body.key !== 'demo-key') throw new Refusal(403, 'setup_key_wrong', 'this one-time link is not valid', 'open the link that the control plane printed when it last started');
    Object.assign(users[0], { email: body.email, display_name: body.display_name, password: body.password });
    setupNeeded = false;
    return { begin: users[0] };
  },
  'POST /session': ({ body }) => {
    const user = users.find(({ email }) => email.toLowerCase() === body.email.toLowerCase());
    if (!user || user.state !== 'active' || ![user.password, PASSWORD.slice(0, -2)].includes(body.password)) {
      note(undefined, 'session.refuse', body.email, { outcome: 'refused', reason: 'credentials_wrong' });
      throw new Refusal(401, 'credentials_wrong', 'e-mail address or password is wrong', 'check both; passwords tell capital letters apart');
    }
    return { begin: user, remember: body.remember };
  },
  'POST /password-reset': () => 202,
  'POST /invitations/lookup': ({ body }) => {
    const link = links.get(body.token);
    if (!link) throw new Refusal(404, 'not_found', 'this link is not valid any more', 'ask for a new one');
    return { email: link.user.email, display_name: link.user.display_name, purpose: link.purpose, password_rules: settings.passwords };
  },
  'POST /invitations/accept': ({ body }) => {
    const link = links.get(body.token);
    if (!link) throw new Refusal(404, 'not_found', 'this link is not valid any more', 'ask for a new one');
    Object.assign(link.user, { password: body.password, state: 'active', display_name: body.display_name ?? link.user.display_name });
    links.delete(body.token);
    changed('users');
    return { begin: link.user };
  },
};

export const routes = {
  'GET /session': ({ me, current }) => sessionOf(me, current?.id),
  'DELETE /session': ({ cookie }) => (sessions.delete(cookie), 204),
  'PATCH /profile': ({ me, body }) => {
    Object.assign(me, body);
    changed('users');
    return profile(me);
  },
  'POST /profile/password': ({ me, body, cookie }) => {
    if (![me.password, PASSWORD.slice(0, -2)].includes(body.current_password)) throw new Refusal(403, 'credentials_wrong', 'the current password is wrong', 'type it again');
    me.password = body.new_password;
    for (const [other, { user }] of sessions) if (user === me && other !== cookie) sessions.delete(other);
    changed('sessions');
    return 204;
  },
  'GET /sessions': ({ me, current }) => list(ofUser(me, current)),
  'DELETE /sessions': ({ me, cookie }) => {
    for (const [other, { user }] of sessions) if (user === me && other !== cookie) sessions.delete(other);
    changed('sessions');
    return 204;
  },
  'DELETE /sessions/:id': ({ me, id }) => {
    for (const [cookie, session] of sessions) {
      if (session.id === id && session.user === me) {
        sessions.delete(cookie);
        changed('sessions');
        return 204;
      }
    }
    throw missing();
  },
};

export const ofUser = (user, current) =>
  [...sessions.values()].filter((each) => each.user === user).map(({ user: _, ...each }) => ({ ...each, current: each === current }));
