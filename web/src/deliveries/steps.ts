// How far a delivery to one service is, in colour.

import type { DeliveryStep } from '../api/types';
import type { Tone } from '../ui/State';

export const STEPS = ['waiting', 'under_way', 'done', 'failed', 'cancelled'] as const satisfies DeliveryStep[];

export const STEP_TONE: Record<DeliveryStep, Tone> = { waiting: 'offline', under_way: 'busy', done: 'online', failed: 'failed', cancelled: 'warn' };
