// Calls of each product that are worth knowing, to start from.

import { kindOf, type Kind } from './kinds';

export interface KnownCall {
  method: string;
  path: string;
}

const call = (line: string): KnownCall => {
  const [method = '', path = ''] = line.split(' ');
  return { method, path };
};

const NEURON = [
  'GET /version', 'GET /plugin', 'GET /node?type=1', 'GET /node?type=2', 'POST /node', 'GET /node/state', 'POST /node/ctl', 'GET /group', 'GET /tags', 'GET /subscribe',
  'POST /read', 'POST /write', 'GET /metrics?category=global', 'GET /metrics?category=driver', 'GET /metrics?category=app', 'PUT /log/level', 'GET /global/config',
];

const EKUIPER = [
  'GET /ping', 'GET /streams', 'POST /streams', 'GET /tables', 'GET /rules', 'POST /rules', 'GET /rules/status/all', 'POST /rules/validate', 'POST /ruleset/export',
  'POST /ruleset/import', 'GET /data/export', 'POST /data/import?partial=1', 'GET /data/import/status', 'GET /plugins/sources', 'GET /plugins/sinks', 'GET /services',
  'GET /connections', 'PATCH /configs',
];

const below = (base: string, lines: string[]) => lines.map((line) => line.replace(' /', ` ${base}/`));

const LINES: Record<Kind, string[]> = {
  neuron: below('/api/v2', NEURON),
  nanomq: below('/api/v4', [
    'GET /brokers', 'GET /nodes', 'GET /metrics', 'GET /prometheus', 'GET /clients', 'GET /subscriptions', 'GET /topic-tree', 'GET /configuration', 'POST /reload', 'GET /rules',
    'POST /rules', 'GET /bridges', 'POST /mqtt/publish', 'POST /ctrl/restart', 'POST /ctrl/stop', 'POST /config_update',
  ]),
  ekuiper: ['GET /', ...EKUIPER],
  neuronex: ['GET /api/version', 'GET /api/system', 'GET /api/process/status', 'GET /api/license', ...below('/api/neuron', NEURON), ...below('/api/ekuiper', EKUIPER)],
  http: ['GET /'],
};

/** What is offered for a kind; anything else can be typed. */
export const knownCalls = (kind: string): KnownCall[] => LINES[kindOf(kind)].map(call);
