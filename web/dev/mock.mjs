// The console with an invented installation and no control plane, for working on pages. Development only.
//
//   npm run build && npm run mock        http://127.0.0.1:4174, sign in as admin@example.com / edgeward-demo
//                                        also olga@ (organisation), paul@ (project), vera@ (viewer), wang.fang@ (华东工厂)
//   MOCK_SETUP=1 npm run mock            before the first administrator: /setup#demo-key
//   MOCK_SIGNED_IN=1                     no sign-in; with MOCK_ROLE=organisation|project|viewer as somebody less
//                                        /invitation#demo-invite and #demo-reset work once
//   MOCK_AGENTS=1000 MOCK_USERS=2000     a large fleet, many people; MOCK_AGENTS=0 none
//   MOCK_LIVELY=1                        agents come and go; MOCK_GUIDE=1 first steps, MOCK_LANGUAGE=zh
//   MOCK_BARE=1                          neither mail server nor single sign-on; MOCK_FIXED=1, MOCK_BROKEN=1 (audit)
//   MOCK_CONFLICT=1, MOCK_STEP_MS=600    somebody else writes the twin first; how fast actions go on; MOCK_ACTIONS=0 none
//   MOCK_REGISTRATIONS=0, MOCK_ROLLOUTS=0, MOCK_DELIVERIES=0 no registered device, no rollout, no template and delivery
//   MOCK_ROTATION=1                      the key of edge services is being changed
//   MOCK_DIRECT=0, MOCK_HOSTED=0, MOCK_PROVING_MS=9000 no service that is reached directly, none that agents make; how slowly services prove
//   MOCK_DIST=<folder>                   another build than the committed one
//   npm run dev                          pages with hot reload, on top of a running mock

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { begin, open, routes as access } from './mock/access.mjs';
import { routes as agents } from './mock/agents.mjs';
import { routes as audit } from './mock/audit.mjs';
import { routes as deliveries } from './mock/deliveries.mjs';
import { routes as devices } from './mock/devices.mjs';
import { routes as hosting } from './mock/hosting.mjs';
import { routes as people } from './mock/people.mjs';
import { routes as registrations } from './mock/registrations.mjs';
import { routes as rollouts } from './mock/rollouts.mjs';
import { routes as services } from './mock/services.mjs';
import { routes as settings } from './mock/settings.mjs';
import { Refusal, env, listeners, missing, sessions, users } from './mock/state.mjs';

const dist = env.MOCK_DIST ?? fileURLToPath(new URL('../../crates/server/web-dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";
const ROUTES = compiled({ ...access, ...people, ...agents, ...devices, ...registrations, ...rollouts, ...services, ...hosting, ...deliveries, ...settings, ...audit });
const OPEN = compiled(open);
/** As which of the users MOCK_SIGNED_IN acts. */
const ROLES = ['', 'organisation', 'project', 'viewer'];

/** `GET /users/:id/sessions` as something to match. */
function compiled(routes) {
  return Object.entries(routes).map(([route, handler]) => {
    const pattern = new RegExp(`^${route.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    return { pattern, handler, fixed: !route.includes(':') };
  }).sort((a, b) => Number(b.fixed) - Number(a.fixed));
}
function find(routes, wanted) {
  for (const { pattern, handler } of routes) {
    const match = pattern.exec(wanted);
    if (match) return { handler, ids: match.groups ?? {} };
  }
  return undefined;
}

async function api(request, answer, url) {
  const cookie = /edgeward_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const text = await new Promise((done) => {
    let whole = '';
    request.on('data', (part) => (whole += part)).on('end', () => done(whole));
  });
  const body = text && request.headers['content-type'] === 'application/json' ? JSON.parse(text) : undefined;
  const path = url.pathname.slice('/api/v1'.length);
  const wanted = `${request.method} ${path}`;
  const query = Object.fromEntries(url.searchParams);
  const free = find(OPEN, wanted);
  if (free) {
    const result = free.handler({ body, query });
    if (!result?.begin) return result;
    const begun = begin(result.begin, { remember: result.remember }, request.headers['user-agent']);
    answer.setHeader('set-cookie', `edgeward_session=${begun.cookie}; HttpOnly; SameSite=Lax; Path=/`);
    return [201, begun.session];
  }
  if (/^GET \/sso\/[^/]+\/start$/.test(wanted)) {
    answer.writeHead(303, { location: '/sign-in?sso_error=unknown_user' }).end();
    return undefined;
  }
  const current = sessions.get(cookie);
  const me = current?.user ?? (env.MOCK_SIGNED_IN && users[ROLES.indexOf(env.MOCK_ROLE ?? '')]);
  if (!me) throw new Refusal(401, 'not_signed_in', 'nobody is signed in', 'sign in first');
  if (wanted === 'GET /events') {
    answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    answer.write(': hello\n\n');
    listeners.add(answer);
    request.on('close', () => listeners.delete(answer));
    return undefined;
  }
  if (wanted === 'GET /ca') {
    answer.setHeader('content-type', 'application/x-pem-file');
    answer.end('-----BEGIN CERTIFICATE-----\n(invented)\n-----END CERTIFICATE-----\n');
    return undefined;
  }
  const found = find(ROUTES, wanted);
  if (!found) throw missing();
  const result = await found.handler({ me, current, cookie, body, text, query, ...found.ids });
  if (result?.text === undefined || !result.type) return result;
  answer.writeHead(200, { 'content-type': result.type, 'content-disposition': `attachment; filename="${result.name}"` }).end(result.text);
  return undefined;
}

function page(answer, pathname) {
  const wanted = join(dist, normalize(pathname));
  const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  answer.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'cache-control': 'no-cache' });
  createReadStream(file).pipe(answer);
}

createServer((request, answer) => {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return page(answer, url.pathname);
  const send = (status, body) => {
    answer.writeHead(status, { 'content-type': 'application/json' });
    answer.end(body === undefined ? undefined : JSON.stringify(body));
  };
  return api(request, answer, url).then(
    (result) => {
      if (result === undefined) return;
      if (Array.isArray(result)) send(...result);
      else if (typeof result === 'number') send(result);
      else send(200, result);
    },
    (error) => {
      if (error instanceof Refusal) return send(error.status, error.body);
      console.error(error);
      return send(500, new Refusal(500, 'internal', String(error), undefined, 'control_plane').body);
    },
  );
}).listen(Number(env.MOCK_PORT ?? 4174), '127.0.0.1', () => console.log(`http://127.0.0.1:${env.MOCK_PORT ?? 4174}`));
