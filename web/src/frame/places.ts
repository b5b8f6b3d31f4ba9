// Where one can go, and who may: the navigation, the bar on a phone and the search all read this.

import {
  IconBuilding, IconClipboardList, IconCpu, IconDevices, IconHistory, IconHome2, IconKey, IconPlayerPlay, IconPlugConnected, IconRocket, IconSettings, IconShieldLock, IconTemplate, IconTruckDelivery, IconUsers, IconWorld,
} from '@tabler/icons-react';
import { can } from '../api/permissions';
import type { Session } from '../api/types';

const everybody = () => true;

export const PLACES = [
  { to: '/', key: 'overview', group: 'workspace', Icon: IconHome2, may: everybody },
  { to: '/devices', key: 'devices', group: 'workspace', Icon: IconDevices, may: everybody },
  { to: '/agents', key: 'agents', group: 'workspace', Icon: IconCpu, may: everybody },
  { to: '/services', key: 'services', group: 'workspace', Icon: IconWorld, may: everybody },
  { to: '/templates', key: 'templates', group: 'workspace', Icon: IconTemplate, may: everybody },
  { to: '/deliveries', key: 'deliveries', group: 'workspace', Icon: IconTruckDelivery, may: everybody },
  { to: '/actions', key: 'actions', group: 'workspace', Icon: IconPlayerPlay, may: everybody },
  { to: '/rollouts', key: 'rollouts', group: 'workspace', Icon: IconRocket, may: everybody },
  { to: '/audit', key: 'audit', group: 'workspace', Icon: IconHistory, may: (session: Session) => can(session, 'read_project_audit') },
  { to: '/registrations', key: 'registrations', group: 'workspace', Icon: IconClipboardList, may: (session: Session) => can(session, 'manage_registrations') },
  { to: '/join', key: 'join', group: 'workspace', Icon: IconPlugConnected, may: (session: Session) => can(session, 'manage_join_tokens') },
  { to: '/organisations', key: 'organisations', group: 'administration', Icon: IconBuilding, may: (session: Session) => can(session, 'look_at_members') },
  { to: '/users', key: 'users', group: 'administration', Icon: IconUsers, may: (session: Session) => can(session, 'create_users') },
  // A token cannot make tokens.
  { to: '/tokens', key: 'apiTokens', group: 'administration', Icon: IconKey, may: (session: Session) => !session.token },
  {
    to: '/keys', key: 'keys', group: 'administration', Icon: IconShieldLock,
    may: (session: Session) => can(session, 'download_public_key') && !can(session, 'manage_settings', 'system'),
  },
  { to: '/settings', key: 'settings', group: 'administration', Icon: IconSettings, may: (session: Session) => can(session, 'manage_settings', 'system') },
] as const;

export type PlaceOfFrame = (typeof PLACES)[number];

export const GROUPS = ['workspace', 'administration'] as const;

/** Those on the bar of a phone; the rest is behind "More". */
export const ON_PHONE: readonly string[] = ['/', '/devices', '/agents', '/services'];

export function placesFor(session: Session | null | undefined): PlaceOfFrame[] {
  return session ? PLACES.filter(({ may }) => may(session)) : [];
}
