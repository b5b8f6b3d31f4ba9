// Settings, the agent service and keys of the invented installation.

const settings = {
  root_address: { url: 'http://127.0.0.1:4174', source: process.env.MOCK_FIXED ? 'configuration' : 'listening', services_domain: 'services.example.com' },
  language: 'en', passwords: { min_chars: 10, letter: true, digit: false, symbol: false }, sessions: { idle_hours: 12, remembered_days: 14 },
  links: { invitation_hours: 72, reset_hours: 2 }, guide_done: !process.env.MOCK_GUIDE,
  mail: process.env.MOCK_BARE ? null : { host: 'mail.example.com', port: 587, security: 'starttls', username: 'edgeward', password_set: true, from: 'Edgeward <edgeward@example.com>' },
  providers: process.env.MOCK_BARE ? [] : [
    {
      id: 'corporate', name: 'Northern SSO', issuer: 'https://login.example.com/realms/north', client_id: 'edgeward', client_secret_set: true,
      enabled: true, create_users: true, redirect_url: 'https://edge.example.com/api/v1/sso/corporate/callback',
      rules: [{ claim: 'groups', value: 'edge-admins', system_admin: true }],
    },
  ],
};
const set = (name, changed) => (_, body) => {
  settings[name] = body;
  changed('settings', 'audit');
  return settings;
};

export const settingsRoutes = ({ Refusal, changed, agents, ago }) => ({
  'GET /settings': () => settings,
  'PUT /settings/root-address': (_, { url }) => {
    if (url.includes('refused')) throw new Refusal(400, 'invalid_request', `${url} is not an address`, 'give scheme, host and port');
    Object.assign(settings.root_address, { url, source: 'setting' });
    changed('settings');
    return settings;
  },
  'DELETE /settings/root-address': () => {
    Object.assign(settings.root_address, { url: 'http://127.0.0.1:4174', source: 'listening' });
    return settings;
  },
  'POST /settings/root-address/test': (_, { url }) =>
    new Promise((done) => setTimeout(done, 600, url.includes('wrong')
      ? { reached: false, problem: `${url} answers, but it is not this control plane; look where the name leads` } : { reached: true, problem: null })),
  'PUT /settings/language': (_, { language }) => set('language', changed)(_, language),
  'PUT /settings/passwords': set('passwords', changed),
  'PUT /settings/sessions': set('sessions', changed),
  'PUT /settings/links': set('links', changed),
  'PUT /settings/guide': (_, { done }) => set('guide_done', changed)(_, done),
  'PUT /settings/mail': (_, { password, username = null, ...mail }) =>
    set('mail', changed)(_, { ...mail, username, password_set: !!password || !!settings.mail?.password_set }),
  'DELETE /settings/mail': () => set('mail', changed)(0, null),
  'POST /settings/mail/test': (_, { to }) =>
    new Promise((done) => setTimeout(done, 800, to.includes('nobody')
      ? { sent: false, problem: '550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown' } : { sent: true, problem: null })),
  'PUT /settings/sso/:id': (id, { client_secret, ...request }) => {
    const known = settings.providers.find((each) => each.id === id);
    const provider = { ...request, id, client_secret_set: !!client_secret || !!known?.client_secret_set, redirect_url: `${settings.root_address.url}/api/v1/sso/${id}/callback` };
    settings.providers = [...settings.providers.filter((each) => each.id !== id), provider];
    changed('settings');
    return settings;
  },
  'DELETE /settings/sso/:id': (id) => {
    settings.providers = settings.providers.filter((each) => each.id !== id);
    changed('settings');
    return settings;
  },
  'POST /settings/sso/test': (_, { issuer }) =>
    issuer.includes('wrong') ? { usable: false, problem: 'the discovery document names another issuer: https://login.example.com' } : { usable: true, problem: null },
  'GET /agent-service': () => ({
    kind: 'embedded', address: 'edge.example.com:8883', enrolment_addresses: ['edge.example.com:8883', '203.0.113.7:8883'], connected: true, since: ago(93000),
    last_error: null, agents_online: agents.filter((each) => each.presence === 'online').length, clients: agents.length + 1,
    messages_in_per_s: 4 + Math.random(), messages_out_per_s: 1.25,
    ca_fingerprint: '3f9c21d07ab45e6688d1c4f0a2b7e95310cc9d84e17f6a5b2038f4d6917be0c5', ca_expires_at: ago(-86400 * 3600),
  }),
  'GET /keys/edge-services': () => ({
    file_name: 'edgeward_1a2b3c.pub', fingerprint: '9b1d55e07cc1a9be40d2f3c6a7e8815cb2f0d94471c35a6e0f28b7d9c4e6a103',
    pem: `-----BEGIN PUBLIC KEY-----\n${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAinventedinventedinve\n'.repeat(6)}-----END PUBLIC KEY-----\n`,
  }),
});
