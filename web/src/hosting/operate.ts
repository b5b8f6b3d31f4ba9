// What an operation on many services means for each: with which it is done, which are left out and why. Pure; tested by
// tests/hosting.test.mjs.

import type { Operation, Service } from '../api/types';

export const OPERATIONS = ['start', 'stop', 'restart', 'upgrade', 'release', 'delete'] as const satisfies Operation[];

export type Left = 'notAllowed' | 'notHosted' | 'ofAgent';

export interface OperatePlan {
  services: Service[];
  /** Of these, those that their agents have made. */
  hosted: Service[];
  left: { service: Service; why: Left }[];
}

/** The rest is done with every service, as far as it has something for that. */
const HOSTED_ONLY: readonly Operation[] = ['start', 'stop', 'upgrade', 'release'];

export function planOf(operation: Operation, services: Service[], mayManage: (service: Service) => boolean): OperatePlan {
  const plan: OperatePlan = { services: [], hosted: [], left: [] };
  for (const service of services) {
    const why = obstacle(operation, service, mayManage);
    if (why) plan.left.push({ service, why });
    else {
      plan.services.push(service);
      if (service.way === 'hosted') plan.hosted.push(service);
    }
  }
  return plan;
}

function obstacle(operation: Operation, service: Service, mayManage: (service: Service) => boolean): Left | undefined {
  if (!mayManage(service)) return 'notAllowed';
  if (HOSTED_ONLY.includes(operation) && service.way !== 'hosted') return 'notHosted';
  // It comes with its agent, and would come again.
  return operation === 'delete' && service.way === 'agent' ? 'ofAgent' : undefined;
}

/** What takes something away. */
export const isTaking = (operation: Operation) => operation === 'delete' || operation === 'release';

/** What has to be typed before services go: the name of one, the number of several; nothing for a single record. */
export function proofOf(operation: Operation, { services, hosted }: OperatePlan): string | undefined {
  if (operation !== 'delete') return undefined;
  if (services.length > 1) return String(services.length);
  return hosted[0]?.name;
}

/** What an upgrade begins with: what all have now, to change its version. */
export function usualTarget(hosted: Service[]): string {
  const present = new Set(hosted.map((service) => service.hosted?.present ?? ''));
  return present.size === 1 ? ([...present][0] ?? '') : '';
}
