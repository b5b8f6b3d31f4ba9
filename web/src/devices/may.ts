import { can } from '../api/permissions';
import type { Agent, Session } from '../api/types';

/** Whether somebody may ask a device for actions and say what it is wished to be. */
export function mayOperate(session: Session | null | undefined, { membership }: Agent): boolean {
  return !!membership && can(session, 'operate_devices', { project: membership.project_id, organisation: membership.organisation_id });
}
