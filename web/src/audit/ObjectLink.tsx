import { Link } from '@tanstack/react-router';
import type { Entry } from '../api/types';

/** The sections of the settings in which each setting is. */
const SECTION: Record<string, string> = {
  passwords: 'sign-in', sessions: 'sign-in', links: 'sign-in', mail: 'mail', sso: 'sso',
};

/** The name of what it was done to, leading to its page where it has one. */
export function ObjectLink({ entry: { action, object_id: id, object_name: name } }: { entry: Entry }) {
  const [thing, verb] = action.split('.');
  const text = name || id?.slice(0, 8) || '–';
  const className = 'ew-link';
  if (thing === 'settings' || thing === 'mail') {
    const section = SECTION[thing === 'mail' ? 'mail' : name] ?? 'general';
    return <Link to="/settings/$section" params={{ section }} className={className}>{text}</Link>;
  }
  if (!id || verb === 'delete') return <>{text}</>;
  switch (thing) {
    case 'agent':
      return <Link to="/agents/$id" params={{ id }} className={className}>{text}</Link>;
    case 'service':
      return <Link to="/services/$id" params={{ id }} className={className}>{text}</Link>;
    case 'organisation':
      return <Link to="/organisations/$id" params={{ id }} className={className}>{text}</Link>;
    case 'project':
      return <Link to="/projects/$id" params={{ id }} className={className}>{text}</Link>;
    case 'user':
      return <Link to="/users/$id" params={{ id }} className={className}>{text}</Link>;
    case 'join_token':
      return <Link to="/join" className={className}>{text}</Link>;
    case 'api_token':
      return <Link to="/tokens" className={className}>{text}</Link>;
    case 'sso':
      return <Link to="/settings/$section" params={{ section: 'sso' }} search={{ provider: id }} className={className}>{text}</Link>;
    default:
      return <>{text}</>;
  }
}
