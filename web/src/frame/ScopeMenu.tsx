// The organisation or project that one looks at. Lists read it from the address; on other pages it is
// remembered for the next list.

import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMatches, useNavigate } from '@tanstack/react-router';
import { IconBuilding, IconFolder, IconSelector, IconStack2 } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries';
import { remember, scopeName, useRemembered, useScope, type Scope } from '../ui/scope';
import classes from './ScopeMenu.module.css';

/** From so many places on, they can be searched. */
const SEARCH_FROM = 8;

/** The routes whose pages read the scope from the address. */
const READING = [
  '/frame/', '/frame/devices', '/frame/agents', '/frame/services', '/frame/actions', '/frame/rollouts', '/frame/registrations', '/frame/audit', '/frame/users', '/frame/join',
];

export function ScopeMenu() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const navigate = useNavigate();
  const [wanted, setWanted] = useState('');
  const current = useCurrent();
  const organisations = session?.permissions.organisations ?? [];
  const many = organisations.reduce((sum, { projects }) => sum + 1 + projects.length, 0) >= SEARCH_FROM;
  const matches = (name: string) => name.toLowerCase().includes(wanted.trim().toLowerCase());
  const shown = organisations.flatMap((each) => {
    const projects = matches(each.name) ? each.projects : each.projects.filter(({ name }) => matches(name));
    return matches(each.name) || projects.length > 0 ? [{ ...each, projects }] : [];
  });

  function look(scope: Scope) {
    remember(scope);
    if (current.reads) {
      void navigate({
        to: '.', resetScroll: false,
        search: ((before: object) => ({ ...before, page: undefined, before: undefined, organisation: scope.organisation, project: scope.project })) as never,
      });
    }
  }

  if (organisations.length === 0) return null;
  const on = current.scope;
  const all = !on.organisation && !on.project;
  return (
    <Menu position="bottom-start" width={280} onClose={() => setWanted('')}>
      <Menu.Target>
        <Button
          variant="subtle" color="gray" size="compact-md" className={classes.target}
          leftSection={<ScopeIcon scope={on} />} rightSection={<IconSelector size={15} aria-hidden />}
        >
          <span className="ew-hidden">{t('scope.label')}: </span>
          <span className={classes.name}>{scopeName(session, on) ?? t('scope.all')}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        {many && (
          <Menu.Search placeholder={t('scope.search')} aria-label={t('scope.search')} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
        )}
        <div className={classes.places}>
          {!wanted && <Item label={t('scope.all')} icon={<IconStack2 size={16} stroke={1.7} aria-hidden />} on={all} onClick={() => look({})} />}
          {shown.map(({ id, name, projects }) => (
            <div key={id} role="group" aria-label={name}>
              <Item label={name} icon={<IconBuilding size={16} stroke={1.7} aria-hidden />} on={!on.project && on.organisation === id} onClick={() => look({ organisation: id })} />
              {projects.map((project) => (
                <Item
                  key={project.id} label={project.name} icon={<IconFolder size={16} stroke={1.7} aria-hidden />} inside
                  on={on.project === project.id} onClick={() => look({ organisation: id, project: project.id })}
                />
              ))}
            </div>
          ))}
          {shown.length === 0 && <p className={classes.none}>{t('scope.none')}</p>}
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}

function ScopeIcon({ scope: { organisation, project } }: { scope: Scope }) {
  const Icon = project ? IconFolder : organisation ? IconBuilding : IconStack2;
  return <Icon size={16} stroke={1.7} aria-hidden />;
}

interface ItemProps {
  label: string;
  icon: React.ReactNode;
  on: boolean;
  inside?: boolean;
  onClick: () => void;
}

function Item({ label, icon, on, inside, onClick }: ItemProps) {
  return (
    <Menu.RadioItem value={label} closeMenuOnClick checked={on} rightSection={icon} className={inside ? classes.inside : undefined} onChange={onClick}>
      {label}
    </Menu.RadioItem>
  );
}

/** What one looks at now: what the address says where the page reads it, else what is remembered. */
function useCurrent(): { reads: boolean; scope: Scope } {
  const matches = useMatches();
  const session = useQuery(sessionQuery).data;
  const address = useScope();
  const kept = useRemembered();
  const reads = matches.some(({ routeId }) => READING.includes(routeId));
  useEffect(() => {
    if (reads) remember(address);
  }, [reads, address.organisation, address.project]);
  // What was deleted, or may not be seen any more, is not looked at any more.
  useEffect(() => {
    if (session && (kept.organisation || kept.project) && !scopeName(session, kept)) remember({});
  }, [session, kept]);
  return { reads, scope: reads ? address : kept };
}
