// The page of the simulated Neuron. Its own sign-in, its own storage, absolute paths: as a real device's page would be.

const STATES = { 1: 'Not configured', 2: 'Ready', 3: 'Running', 4: 'Stopped' };
const WRITABLE = 2;
const POLL_MS = 1000, RETRY_MS = 2000, PING_MS = 2000, KEPT_POINTS = 60, KEPT_EVENTS = 50;
const SECRET = 'neuron_token';

const at = id => document.getElementById(id);
const make = (tag, className, ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

let token = localStorage.getItem(SECRET);
let session = null;

class Refused extends Error {}

async function call(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`/api/v2${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (path !== '/login' && (response.status === 401 || response.status === 403)) {
    signOut();
    throw new Refused('signed out');
  }
  if (!response.ok) throw Object.assign(new Error(`error ${answer.error ?? response.status}`), { code: answer.error });
  return answer;
}

function remember(value) {
  token = value;
  if (value) localStorage.setItem(SECRET, value); else localStorage.removeItem(SECRET);
  document.cookie = `${SECRET}=${value ?? ''}; path=/; SameSite=Lax${value ? '' : '; max-age=0'}`;
}

function signOut() {
  session?.abort();
  session = null;
  remember(null);
  show();
}

function show() {
  at('sign-in').hidden = !!token;
  at('board').hidden = at('sign-out').hidden = !token;
  if (token && !session) start();
}

at('sign-out').onclick = signOut;
at('sign-in').firstElementChild.onsubmit = async event => {
  event.preventDefault();
  at('refused').hidden = true;
  try {
    const { token: fresh } = await call('POST', '/login', { name: at('name').value, pass: at('password').value });
    at('password').value = '';
    remember(fresh);
    show();
  } catch (error) {
    const wrong = { 1009: 'User name or password is wrong', 1012: 'A password has 4 to 32 characters' };
    at('refused').textContent = wrong[error.code] ?? `Neuron does not answer (${error.message})`;
    at('refused').hidden = false;
  }
};

function way(name, on, text) {
  const item = at(`way-${name}`);
  item.className = on ? 'on' : 'off';
  item.lastElementChild.textContent = text;
}

const pause = (ms, signal) => new Promise(done => {
  const timer = setTimeout(done, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); done(); }, { once: true });
});

// ---- what is configured ----

const rows = new Map(), groups = new Map();

function label(running) {
  const cell = make('span', `state ${running === 3 ? 'on' : ''}`, make('i'), STATES[running] ?? '?');
  return cell;
}

async function configure() {
  const [south, north, { states }] = await Promise.all([call('GET', '/node?type=1'), call('GET', '/node?type=2'), call('GET', '/node/state')]);
  const state = new Map(states.map(s => [s.node, s]));
  const nodes = [...south.nodes.map(n => ({ ...n, south: true })), ...north.nodes];
  const wanted = new Set();
  await Promise.all(nodes.filter(n => n.south).map(async node => {
    const { groups: list } = await call('GET', `/group?node=${encodeURIComponent(node.name)}`);
    node.tags_count = list.reduce((sum, g) => sum + g.tag_count, 0);
    for (const { name: group } of list) {
      const key = `${node.name}/${group}`;
      wanted.add(key);
      if (groups.has(key)) continue;
      const query = `node=${encodeURIComponent(node.name)}&group=${encodeURIComponent(group)}`;
      groups.set(key, card(node.name, group, (await call('GET', `/tags?${query}`)).tags));
    }
  }));
  for (const [key, group] of groups) if (!wanted.has(key)) { group.element.remove(); groups.delete(key); }
  const cards = [...groups.keys()].sort().map(key => groups.get(key).element);
  if (cards.some((element, n) => at('groups').children[n] !== element)) at('groups').replaceChildren(...cards);
  at('nodes').replaceChildren(...nodes.map(node => row(node, state.get(node.name) ?? {})));
}

function row(node, state) {
  const running = state.running === 3;
  const button = make('button', 'quiet', running ? 'Stop' : 'Start');
  button.setAttribute('aria-label', `${running ? 'Stop' : 'Start'} ${node.name}`);
  button.disabled = state.running === 1;
  button.onclick = async () => {
    button.disabled = true;
    await call('POST', '/node/ctl', { node: node.name, cmd: running ? 1 : 0 }).catch(() => {});
    await configure().catch(() => {});
  };
  const link = make('span', `state ${state.link ? 'on' : 'off'}`, make('i'), state.link ? 'Up' : 'Down');
  return make('tr', '', make('td', '', make('b', '', node.name)), make('td', 'dim plugin', node.plugin),
    make('td', '', label(state.running)), make('td', '', link),
    make('td', 'number', String(node.tags_count ?? '')), make('td', '', button));
}

function card(node, group, tags) {
  const element = make('article', 'card group', make('h2', '', node, make('span', '', ` / ${group}`)));
  const entries = new Map();
  for (const tag of tags) {
    const value = make('span', 'value', '…');
    const entry = { tag, value, points: [] };
    const line = make('div', 'tag', make('span', '', tag.name));
    if (tag.attribute & WRITABLE) {
      const field = make('input'), unit = make('small', 'dim', tag.unit);
      field.setAttribute('aria-label', `${tag.name} of ${node}`);
      const form = make('form', '', make('span', 'set', field, unit, make('button', 'quiet', 'Set')));
      form.onsubmit = async event => {
        event.preventDefault();
        const number = Number(field.value);
        field.blur();
        if (Number.isFinite(number)) await call('POST', '/write', { node, group, tag: tag.name, value: number }).catch(() => {});
      };
      entry.field = field;
      line.append(form);
    } else {
      const chart = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
      entry.curve = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
      chart.setAttribute('viewBox', '0 0 84 26');
      chart.setAttribute('preserveAspectRatio', 'none');
      chart.setAttribute('aria-hidden', 'true');
      chart.append(entry.curve);
      line.append(chart, value);
    }
    entries.set(tag.name, entry);
    element.append(line);
  }
  return { element, entries, node, group };
}

function present({ node, group, tags }) {
  const shown = groups.get(`${node}/${group}`);
  for (const { name, value, error } of shown ? tags : []) {
    const entry = shown.entries.get(name);
    if (!entry) continue;
    if (error !== undefined) {
      entry.value.replaceChildren(make('span', 'failed', error === 3002 ? 'Not connected' : `Error ${error}`));
      continue;
    }
    if (entry.field) {
      if (document.activeElement !== entry.field) entry.field.value = value;
      continue;
    }
    const { unit, type, precision } = entry.tag;
    const text = type === 11 ? (value ? 'On' : 'Off') : type === 9 ? value.toFixed(precision) : value.toLocaleString('en');
    entry.value.replaceChildren(text, make('small', '', unit));
    entry.points.push(value);
    if (entry.points.length > KEPT_POINTS) entry.points.shift();
    const low = Math.min(...entry.points), span = Math.max(...entry.points) - low || 1;
    const x = n => (84 * n / (KEPT_POINTS - 1)).toFixed(1), y = v => (24 - 22 * (v - low) / span).toFixed(1);
    const from = KEPT_POINTS - entry.points.length;
    entry.curve.setAttribute('points', entry.points.map((v, n) => `${x(from + n)},${y(v)}`).join(' '));
  }
}

// ---- the three live ways ----

async function poll(signal) {
  for (let round = 0; !signal.aborted; round++) {
    try {
      if (round % 5 === 0) await configure();
      const start = performance.now();
      const first = groups.values().next().value;
      if (first) await call('POST', '/read', { node: first.node, group: first.group });
      way('poll', true, `${Math.round(performance.now() - start)} ms`);
      if (at('way-socket').className !== 'on') {
        for (const { node, group } of groups.values()) present({ node, group, ...await call('POST', '/read', { node, group }) });
      }
    } catch (error) {
      if (!(error instanceof Refused)) way('poll', false, error.message);
    }
    await pause(POLL_MS, signal);
  }
}

async function live(signal) {
  while (!signal.aborted) {
    await new Promise(ended => {
      const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/web/live`);
      const ping = setInterval(() => socket.readyState === 1 && socket.send(JSON.stringify({ ping: performance.now() })), PING_MS);
      socket.onopen = () => { way('socket', true, 'open'); socket.send(JSON.stringify({ ping: performance.now() })); };
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.ping) way('socket', true, `${Math.max(1, Math.round(performance.now() - message.ping))} ms`);
        message.groups?.forEach(present);
      };
      socket.onclose = () => { clearInterval(ping); if (!signal.aborted) way('socket', false, 'reconnecting'); ended(); };
      signal.addEventListener('abort', () => socket.close(), { once: true });
    });
    await pause(RETRY_MS, signal);
  }
}

function events(signal) {
  const source = new EventSource('/web/events');
  let count = 0;
  source.onopen = () => way('events', true, 'open');
  source.onerror = () => way('events', false, 'reconnecting');
  source.addEventListener('note', ({ data }) => {
    const { at_ms, text } = JSON.parse(data);
    if (++count === 1) at('events').replaceChildren();
    const time = make('time', '', new Date(at_ms).toLocaleTimeString());
    at('events').prepend(make('li', '', time, make('span', '', text)));
    while (at('events').children.length > KEPT_EVENTS) at('events').lastChild.remove();
    way('events', true, `${count} received`);
  });
  signal.addEventListener('abort', () => source.close(), { once: true });
}

function start() {
  session = new AbortController();
  groups.clear();
  at('groups').replaceChildren();
  remember(token);
  poll(session.signal);
  live(session.signal);
  events(session.signal);
}

const site = await fetch('/web/site').then(answer => answer.json()).catch(() => ({ name: 'Neuron', description: '', version: '' }));
at('site').textContent = at('heading').textContent = site.name;
at('description').textContent = site.description;
at('version').textContent = site.version;
document.title = `${site.name} · Simulated Neuron`;
show();
if (!token) at('password').focus();
