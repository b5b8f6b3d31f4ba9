// The audit log of the invented installation: a past worth reading, and what is done since.

import { createHash, randomUUID } from 'node:crypto';
import { agents } from './agents.mjs';
import { ago, anywhere, audit, contains, env, least, notAllowed, organisations, roleAtOrganisation, users } from './state.mjs';

const ACTIONS = [
  'agent.adopt', 'agent.confirm', 'agent.delete', 'agent.enrol', 'agent.forget', 'agent.release', 'agent.renew_certificate', 'agent.report', 'agent.transfer',
  'api_token.create', 'api_token.delete', 'audit.export', 'certificate.export', 'invitation.accept', 'invitation.renew', 'join_token.create', 'join_token.delete',
  'join_token.expire', 'key.download', 'mail.test', 'member.add', 'member.change', 'member.remove', 'organisation.create', 'organisation.delete', 'organisation.update',
  'project.create', 'project.delete', 'project.update', 'request.refused', 'service.appear', 'service.disappear', 'session.begin', 'session.end', 'session.expire',
  'session.refuse', 'settings.update', 'user.change_password', 'user.create', 'user.delete', 'user.disable', 'user.enable', 'user.invite',
  'user.reset_password', 'user.update',
];
const PAST = 420;
/** How many entries one question verifies. */
const VERIFIED = 60;
const hash = (number) => createHash('sha256').update(`entry ${number}`).digest('hex');

const [user] = users;
const [agent] = agents;
const [organisation] = organisations;
const project = organisation.projects[0];
const place = { organisation_id: organisation.id, project_id: project.id };
const ada = { author_kind: 'user', author_id: user.id, author_name: user.display_name, address: '198.51.100.7' };
const patterns = [
  { ...ada, action: 'session.begin', object_id: randomUUID(), object_name: user.email, after: { kind: 'browser', remembered: true } },
  agent && { author_kind: 'agent', author_id: agent.id, author_name: agent.hostname, address: agent.address, action: 'agent.enrol', object_id: agent.id, object_name: agent.hostname, after: { hostname: agent.hostname, version: agent.version, join_token: randomUUID() } },
  agent && {
    ...ada, ...place, action: 'agent.adopt', object_id: agent.id, object_name: 'Press 1',
    before: { state: 'unmanaged', home: null }, after: { state: 'managed', name: 'Press 1', ...place },
  },
  { ...ada, action: 'settings.update', object_id: null, object_name: 'passwords', before: { min_chars: 8, letter: true, digit: false, symbol: false }, after: { min_chars: 10, letter: true, digit: false, symbol: false } },
  {
    ...ada, action: 'settings.update', object_id: null, object_name: 'sso',
    before: { name: 'Corporate', enabled: false, rules: [{ claim: 'groups', value: 'edge', role: 'viewer' }], scopes: ['openid', 'email'] },
    after: { name: 'Northern SSO', enabled: true, rules: [{ claim: 'groups', value: 'edge-admins', system_admin: true }], scopes: ['openid', 'email', 'groups'] },
  },
  { author_kind: 'anonymous', author_id: null, author_name: 'mallory@example.com', address: '203.0.113.99', action: 'session.refuse', object_id: null, object_name: 'mallory@example.com', outcome: 'refused', reason: 'credentials_wrong' },
  { author_kind: 'token', author_id: randomUUID(), author_name: 'nightly export', address: '198.51.100.20', ...place, action: 'request.refused', object_id: null, object_name: 'DELETE /api/v1/projects/{id}', outcome: 'refused', reason: 'not_allowed' },
  { author_kind: 'system', author_id: null, author_name: 'clean-up', address: null, action: 'join_token.expire', object_id: randomUUID(), object_name: '', before: { uses_left: 3 } },
  { author_kind: 'machine', author_id: null, author_name: 'operator', address: '127.0.0.1', ...place, action: 'member.add', object_id: randomUUID(), object_name: '王小明', after: { role: 'viewer' } },
].filter(Boolean);
for (let number = 1; number <= PAST; number++) {
  const pattern = patterns[number % patterns.length];
  audit.push({
    organisation_id: null, project_id: null, before: null, after: null, outcome: 'done', reason: '', request_id: pattern.address ? randomUUID().slice(0, 8) : null,
    ...pattern, number, at: ago((PAST - number) * 1700 + 20), previous: hash(number - 1), hash: hash(number),
  });
}

const readable = (me, entry) =>
  me.system_admin || (entry.organisation_id && least(roleAtOrganisation(me, organisations.find(({ id }) => id === entry.organisation_id) ?? { projects: [] }), 'project_admin'));
function found(me, query) {
  if (!least(anywhere(me), 'project_admin')) throw notAllowed('project_admin');
  return audit.filter((entry) =>
    readable(me, entry) &&
    ['author', 'author_kind', 'organisation', 'project', 'outcome', 'object'].every((name) =>
      !query[name] || entry[{ author: 'author_id', organisation: 'organisation_id', project: 'project_id', object: 'object_id' }[name] ?? name] === query[name]) &&
    (!query.action || (query.action.endsWith('.') ? entry.action.startsWith(query.action) : entry.action === query.action)) &&
    (!query.from || entry.at >= query.from) && (!query.to || entry.at < query.to) &&
    contains(query.text, entry.author_name, entry.object_name, entry.action, entry.address, entry.reason)).toReversed();
}

export const routes = {
  'GET /audit': ({ me, query }) => {
    const limit = Number(query.limit ?? 100);
    const rest = found(me, query).filter(({ number }) => !query.before || number < Number(query.before));
    return { items: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1].number : null };
  },
  'GET /audit/actions': () => ({ items: ACTIONS, total: ACTIONS.length }),
  'GET /audit/export': ({ me, query }) => ({
    text: found(me, query).map((entry) => JSON.stringify(entry)).join('\n'), type: query.format === 'csv' ? 'text/csv' : 'application/jsonl', name: `audit.${query.format ?? 'jsonl'}`,
  }),
  'GET /audit/verification': ({ query: { after = '0' } }) =>
    new Promise((done) => {
      const to = Math.min(Number(after) + VERIFIED, audit.length);
      const broken = env.MOCK_BROKEN && to >= 240 ? { number: 233, kind: 'altered', message: 'the entry 233 is not what was written' } : null;
      setTimeout(done, 150, { verified_to: broken ? 232 : to, hash: hash(to), total: audit.length, complete: to === audit.length && !broken, broken });
    }),
};
