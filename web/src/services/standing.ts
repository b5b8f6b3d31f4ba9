// How a service stands: what is known of its way, and what the last look at it found. Pure.

import type { Service, ServiceState } from '../api/types';
import type { Tone } from '../ui/State';

/** What is wrong with a service that answers, or should. */
export type Trouble = 'refused' | 'otherProduct' | 'unclear' | 'silent' | 'unseen';
/** What should be put right at one that can be used. */
export type Remark = 'open' | 'clock' | 'credential' | 'other';

/** What is looked at of a service. */
type Known = Pick<Service, 'state' | 'way' | 'check' | 'authentication'>;

export type Standing =
  | { state: ServiceState; tone: Tone; remark?: Remark; trouble?: undefined }
  | { trouble: Trouble; tone: Tone; remark?: undefined; state?: undefined };

const TONE: Record<ServiceState, Tone> = { online: 'online', offline: 'offline', not_offered: 'warn' };
const REMARK: Record<string, Remark> = { no_authentication: 'open', proven: 'clock' };

export function standingOf({ state, way, check, authentication }: Known): Standing {
  if (way === 'direct' && !check) return { trouble: 'unseen', tone: 'offline' };
  const finding = check?.finding;
  // Behind an agent that is online its page can be opened all the same; what it asks for is asked of whoever opens it.
  if (way === 'agent' && state === 'online' && authentication === 'none' && finding?.code === 'wrong_scheme') return { state, tone: TONE[state], remark: 'credential' };
  // Behind an agent that is away, the last look says nothing of now.
  if (finding?.weight === 'bad' && (way === 'direct' || state === 'online')) {
    const trouble = troubleOf(finding.code);
    if (trouble !== 'silent' || way === 'agent') return { trouble, tone: 'failed' };
  }
  const remark = finding?.weight === 'warning' && state === 'online' ? (REMARK[finding.code] ?? 'other') : undefined;
  return { state, tone: TONE[state], remark };
}

function troubleOf(code: string): Trouble {
  switch (code) {
    case 'not_this_product':
      return 'otherProduct';
    case 'unclear':
      return 'unclear';
    case 'unreachable':
      return 'silent';
    default:
      return 'refused';
  }
}

/** Why a service's page cannot be opened now; undefined where trying makes sense. */
export type Away = 'offline' | 'not_offered' | 'silent';

export function awayOf(service: Known): Away | undefined {
  if (service.way === 'agent') return service.state === 'online' ? undefined : service.state;
  return standingOf(service).state === 'offline' ? 'silent' : undefined;
}
