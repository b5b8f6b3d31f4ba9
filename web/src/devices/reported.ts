// What a device reports of itself, read with care: every member may be missing, or be something else.
// Pure; tested by tests/devices.test.mjs.

import { isObject } from '../ui/json';
import type { JsonObject } from '../api/types';

export interface ReportedService {
  name: string;
  daemon: string;
  enabled: boolean;
  active: boolean;
}

export interface ReportedSnap {
  name: string;
  version: string;
  revision: string;
  channel: string;
  /** The channel that it follows. */
  tracking: string;
  confinement: string;
  status: string;
  devmode: boolean;
  /** In bytes. */
  size?: number;
  installedAt?: string;
  services: ReportedService[];
  /** Absent where it was not reported. */
  config?: JsonObject;
}

export interface ReportedDevice {
  brand: string;
  model: string;
  serial: string;
  store: string;
  deviceKey: string;
  os: { id: string; version: string; kernel: string; series: string; snapd: string; classic?: boolean };
  agent: { version: string; dialect: string };
  /** By name; absent on a device that reports none, such as one without snapd. */
  snaps?: ReportedSnap[];
  /** How many more there are than were reported. */
  snapsLeftOut: number;
}

const text = (value: unknown) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

export function readReported(reported: JsonObject): ReportedDevice {
  const { device, os, agent, snaps } = reported;
  const classic = member(os, 'on_classic');
  return {
    brand: text(member(device, 'brand')),
    model: text(member(device, 'model')),
    serial: text(member(device, 'serial')),
    store: text(member(device, 'store')),
    deviceKey: text(member(device, 'device_key')),
    os: {
      id: text(member(os, 'id')),
      version: text(member(os, 'version_id')),
      kernel: text(member(os, 'kernel')),
      series: text(member(os, 'series')),
      snapd: text(member(os, 'snapd')),
      classic: typeof classic === 'boolean' ? classic : undefined,
    },
    agent: { version: text(member(agent, 'version')), dialect: text(member(agent, 'dialect')) },
    snaps: isObject(snaps) ? readSnaps(snaps) : undefined,
    snapsLeftOut: isObject(snaps) ? leftOut(snaps) : 0,
  };
}

/** Where more was left out than fits, a member of this name says how many. */
function leftOut(snaps: JsonObject): number {
  const entries = member(snaps.left_out, 'entries');
  return typeof entries === 'number' ? entries : 0;
}

function readSnaps(snaps: JsonObject): ReportedSnap[] {
  return Object.entries(snaps)
    .filter(([name]) => name !== 'left_out' || leftOut(snaps) === 0)
    .map(([name, snap]): ReportedSnap => {
      const { installed_size: size, installed_at: at, config } = isObject(snap) ? snap : {};
      return {
        name,
        version: text(member(snap, 'version')),
        revision: text(member(snap, 'revision')),
        channel: text(member(snap, 'channel')),
        tracking: text(member(snap, 'tracking')),
        confinement: text(member(snap, 'confinement')),
        status: text(member(snap, 'status')),
        devmode: member(snap, 'devmode') === true,
        size: typeof size === 'number' ? size : undefined,
        installedAt: typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : undefined,
        services: readServices(member(snap, 'services')),
        config: isObject(config) ? config : undefined,
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readServices(services: unknown): ReportedService[] {
  if (!isObject(services)) return [];
  return Object.entries(services)
    .map(([name, service]) => ({
      name,
      daemon: text(member(service, 'daemon')),
      enabled: member(service, 'enabled') === true,
      active: member(service, 'active') === true,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
