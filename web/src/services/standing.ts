// How a service stands: what is known of its way, how far its agent is with it, and what the last look at it found. Pure.

import type { HostedState, Service, ServiceState } from '../api/types';
import type { Tone } from '../ui/State';

/** What is wrong with a service that answers, or should. */
export type Trouble = 'refused' | 'otherProduct' | 'unclear' | 'silent' | 'unseen';
/** What should be put right at one that can be used. */
export type Remark = 'open' | 'clock' | 'credential' | 'other';

/** What is looked at of a service. */
type Known = Pick<Service, 'state' | 'way' | 'check' | 'authentication' | 'hosted' | 'presence'>;

export type Standing =
  | { state: ServiceState; tone: Tone; remark?: Remark; trouble?: undefined }
  | { trouble: Trouble; tone: Tone; remark?: undefined; state?: undefined }
  // What was said last of a hosted service; `away` where its agent is not there to say more.
  | { hosted: HostedState; tone: Tone; remark?: Remark; away?: boolean; trouble?: undefined; state?: undefined };

const TONE: Record<ServiceState, Tone> = { online: 'online', offline: 'offline', not_offered: 'warn' };
const REMARK: Record<string, Remark> = { no_authentication: 'open', proven: 'clock' };

const HOSTED: Record<HostedState, Tone> = { waiting: 'offline', under_way: 'busy', running: 'online', stopped: 'offline', down: 'failed', failed: 'failed', returned: 'warn' };

export function standingOf(service: Known): Standing {
  const { hosted, presence } = service;
  if (hosted && hosted.state !== 'running') return { hosted: hosted.state, tone: HOSTED[hosted.state], away: presence === 'offline' };
  const standing = reached(service);
  return hosted && standing.state === 'online' ? { hosted: hosted.state, tone: standing.tone, remark: standing.remark } : standing;
}

function reached({ state, way, check, authentication }: Known): Standing & { hosted?: undefined } {
  if (way === 'direct' && !check) return { trouble: 'unseen', tone: 'offline' };
  const finding = check?.finding;
  // Behind an agent that is online its page can be opened all the same; what it asks for is asked of whoever opens it.
  if (way !== 'direct' && state === 'online' && authentication === 'none' && finding?.code === 'wrong_scheme') return { state, tone: TONE[state], remark: 'credential' };
  // Behind an agent that is away, the last look says nothing of now.
  if (finding?.weight === 'bad' && (way === 'direct' || state === 'online')) {
    const trouble = troubleOf(finding.code);
    if (trouble !== 'silent' || way !== 'direct') return { trouble, tone: 'failed' };
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
export type Away = 'offline' | 'not_offered' | 'silent' | 'at_work' | 'stopped' | 'down' | 'failed';

export function awayOf(service: Known): Away | undefined {
  const { state, hosted } = service;
  if (service.way !== 'direct') return state === 'online' ? undefined : hosted && service.presence !== 'offline' ? unhosted(hosted.state) : state;
  return standingOf(service).state === 'offline' ? 'silent' : undefined;
}

/** Why one that its agent, which is there, does not offer cannot be opened. */
function unhosted(state: HostedState): Away {
  switch (state) {
    case 'waiting':
    case 'under_way':
      return 'at_work';
    case 'running':
    case 'returned':
      return 'not_offered';
    default:
      return state;
  }
}
