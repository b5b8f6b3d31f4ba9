// Settings, agent service, keys.

import { DAY_S, Refusal, ago, anywhere, changed, demandSystem, env, least, notAllowed, note } from './state.mjs';

export const settings = {
  root_address: { url: 'http://127.0.0.1:4174', source: env.MOCK_FIXED ? 'configuration' : 'listening', services_domain: 'services.example.com' },
  language: env.MOCK_LANGUAGE === 'zh' ? 'zh' : 'en',
  passwords: { min_chars: 10, letter: true, digit: true, symbol: false },
  sessions: { idle_hours: 12, remembered_days: 14 },
  links: { invitation_hours: 72, reset_hours: 2 },
  mail: env.MOCK_BARE ? null : { host: 'mail.example.com', port: 587, security: 'starttls', username: 'edgeward', password_set: true, from: 'Edgeward <edgeward@example.com>' },
  providers: env.MOCK_BARE ? [] : [
    {
      id: 'corporate', name: 'Northern SSO', issuer: 'https://login.example.com/realms/north', client_id: 'edgeward', client_secret_set: true,
      enabled: true, create_users: true, redirect_url: 'https://edge.example.com/api/v1/sso/corporate/callback',
      rules: [{ claim: 'groups', value: 'edge-admins', system_admin: true }],
    },
  ],
  guide_done: !env.MOCK_GUIDE,
};
const set = (name, value) => ({ me, body }) => {
  demandSystem(me);
  const before = settings[name];
  settings[name] = value(body, before);
  note(me, 'settings.update', name, { before: { value: before }, after: { value: settings[name] } });
  changed('settings');
  return settings;
};
const later = (wait_ms, value) => new Promise((done) => setTimeout(done, wait_ms, value));

export const routes = {
  'GET /settings': ({ me }) => (demandSystem(me), settings),
  'PUT /settings/root-address': set('root_address', ({ url }, before) => {
    if (url.includes('refused')) throw new Refusal(400, 'invalid_request', `${url} is not an address`, 'give scheme, host and port');
    return { ...before, url, source: 'setting' };
  }),
  'DELETE /settings/root-address': set('root_address', (_, before) => ({ ...before, url: 'http://127.0.0.1:4174', source: 'listening' })),
  'PUT /settings/language': set('language', ({ language }) => language),
  'PUT /settings/passwords': set('passwords', (rules) => rules),
  'PUT /settings/sessions': set('sessions', (rules) => rules),
  'PUT /settings/links': set('links', (rules) => rules),
  'PUT /settings/guide': set('guide_done', ({ done }) => done),
  'PUT /settings/mail': set('mail', ({ password, username, ...mail }, before) => ({ ...mail, username: username ?? null, password_set: !!password || !!before?.password_set })),
  'DELETE /settings/mail': set('mail', () => null),
  'PUT /settings/sso/:id': ({ me, body, id }) => {
    const { client_secret, ...provider } = body;
    const before = settings.providers.find((each) => each.id === id);
    const made = { rules: [], ...provider, id, client_secret_set: !!client_secret || !!before?.client_secret_set, redirect_url: `${settings.root_address.url}/api/v1/sso/${id}/callback` };
    return set('providers', () => [...settings.providers.filter((each) => each.id !== id), made])({ me });
  },
  'DELETE /settings/sso/:id': ({ me, id }) => set('providers', () => settings.providers.filter((each) => each.id !== id))({ me }),
  'POST /settings/mail/test': ({ body }) => later(800, body.to.includes('nobody')
    ? { sent: false, problem: '550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown' } : { sent: true, problem: null }),
  'POST /settings/root-address/test': ({ body }) => later(600, body.url.includes('wrong')
    ? { reached: false, problem: `${body.url} answers, but it is not this control plane; look where the name leads` } : { reached: true, problem: null }),
  'POST /settings/sso/test': ({ body }) => (body.issuer.includes('wrong')
    ? { usable: false, problem: 'the discovery document names another issuer: https://login.example.com' } : { usable: true, problem: null }),
  'GET /agent-service': ({ me }) => {
    if (!least(anywhere(me), 'project_admin')) throw notAllowed('project_admin');
    return {
      kind: 'embedded', address: 'edge.example.com:8883', enrolment_addresses: ['edge.example.com:8883', '203.0.113.7:8883'], connected: true, since: ago(93_000), last_error: null, agents_online: 6, clients: 7,
      messages_in_per_s: 3.4, messages_out_per_s: 0.8, ca_fingerprint: '3f9c21d07ab45e6688d1c4f0a2b7e95310cc9d84e17f6a5b2038f4d6917be0c5', ca_expires_at: ago(-3000 * DAY_S),
    };
  },
  'GET /keys/edge-services': ({ me }) => {
    if (!least(anywhere(me), 'project_admin')) throw notAllowed('project_admin');
    return { file_name: 'edgeward.pub', pem: `-----BEGIN PUBLIC KEY-----\n${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAinventedinventedinve\n'.repeat(6)}-----END PUBLIC KEY-----\n`, fingerprint: 'b1'.repeat(32) };
  },
};
