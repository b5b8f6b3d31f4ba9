import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../api/types';

/** What each setting is called, and the section in which it is. */
const SETTING = {
  root_address: ['settings.root.title', 'general'],
  language: ['settings.language.title', 'general'],
  guide: ['settings.guide.title', 'general'],
  passwords: ['settings.passwords.title', 'sign-in'],
  sessions: ['settings.sessions.title', 'sign-in'],
  links: ['settings.links.title', 'sign-in'],
  mail: ['settings.mail.title', 'mail'],
  sso: ['settings.section.sso', 'sso'],
} as const;

/** The name of what it was done to, leading to its page where it has one. */
export function ObjectLink({ entry: { action, object_id: id, object_name: name } }: { entry: Entry }) {
  const { t } = useTranslation();
  const [thing, verb] = action.split('.');
  const text = name || id?.slice(0, 8) || '–';
  const className = 'ew-link';
  const setting = thing === 'settings' && name in SETTING ? SETTING[name as keyof typeof SETTING] : undefined;
  if (setting) return <Link to="/settings/$section" params={{ section: setting[1] }} className={className}>{t(setting[0])}</Link>;
  if (!id || verb === 'delete') return <>{text}</>;
  switch (thing) {
    case 'action':
    case 'twin':
      return <Link to="/devices/$id" params={{ id }} search={{ tab: thing === 'twin' ? 'twin' : 'actions' }} className={className}>{text}</Link>;
    case 'agent':
      return <Link to="/agents/$id" params={{ id }} className={className}>{text}</Link>;
    case 'service':
      return <Link to="/services/$id" params={{ id }} className={className}>{text}</Link>;
    case 'template':
      return <Link to="/templates/$id" params={{ id }} className={className}>{text}</Link>;
    case 'delivery':
      return <Link to="/deliveries/$id" params={{ id }} className={className}>{text}</Link>;
    case 'organisation':
      return <Link to="/organisations/$id" params={{ id }} className={className}>{text}</Link>;
    case 'project':
      return <Link to="/projects/$id" params={{ id }} className={className}>{text}</Link>;
    case 'user':
    case 'sso':
      return <Link to="/users/$id" params={{ id }} className={className}>{text}</Link>;
    case 'join_token':
      return <Link to="/join" className={className}>{text}</Link>;
    case 'api_token':
      return <Link to="/tokens" className={className}>{text}</Link>;
    default:
      return <>{text}</>;
  }
}
