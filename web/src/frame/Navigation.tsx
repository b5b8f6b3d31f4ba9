// The places: at the left on a wide screen, collapsible; below on a phone, the rarer ones behind "More".

import { ActionIcon, Drawer, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconDots, IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { overviewQuery, sessionQuery } from '../api/queries';
import classes from './Navigation.module.css';
import { GROUPS, ON_PHONE, placesFor, type PlaceOfFrame } from './places';

const COLLAPSED_AS = 'edgeward-navigation-collapsed';

export function Navigation() {
  const { t } = useTranslation();
  const places = placesFor(useQuery(sessionQuery).data);
  const { collapsed, toggle } = useCollapsed();
  const Icon = collapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  const fold = collapsed ? t('nav.expand') : t('nav.collapse');
  return (
    <nav className={classes.nav} aria-label={t('frame.navigation')}>
      {GROUPS.map((group) => {
        const inside = places.filter((place) => place.group === group);
        return inside.length > 0 && (
          <div key={group} className={classes.group} role="group" aria-label={t(`nav.group.${group}`)}>
            <span className={classes.heading} aria-hidden>{t(`nav.group.${group}`)}</span>
            {inside.map((place) => <PlaceLink key={place.to} place={place} tip={collapsed} />)}
          </div>
        );
      })}
      <div className={classes.fold}>
        <Tooltip label={fold} position="right">
          <ActionIcon variant="subtle" color="gray" aria-label={fold} aria-expanded={!collapsed} onClick={toggle}><Icon size={18} stroke={1.7} aria-hidden /></ActionIcon>
        </Tooltip>
      </div>
    </nav>
  );
}

function PlaceLink({ place: { to, key, Icon }, tip, onClick }: { place: PlaceOfFrame; tip: boolean; onClick?: () => void }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t(`nav.${key}`)} position="right" disabled={!tip}>
      <Link
        to={to} className={classes.place} onClick={onClick} aria-label={tip ? t(`nav.${key}`) : undefined}
        activeOptions={{ exact: to === '/', includeSearch: false }} activeProps={{ 'data-active': true, 'aria-current': 'page' }}
      >
        <Icon size={19} stroke={1.7} aria-hidden />
        <span className={classes.name}>{t(`nav.${key}`)}</span>
        {key === 'agents' && <WaitingCount />}
      </Link>
    </Tooltip>
  );
}

/** How many agents wait to be adopted. */
function WaitingCount() {
  const { t } = useTranslation();
  const waiting = useQuery(overviewQuery).data?.agents.unmanaged_online ?? 0;
  if (waiting === 0) return null;
  return (
    <span className={classes.count}>
      <span aria-hidden>{waiting > 99 ? '99+' : waiting}</span>
      <span className="ew-hidden">{t('nav.waiting', { count: waiting })}</span>
    </span>
  );
}

export function PhoneBar() {
  const { t } = useTranslation();
  const places = placesFor(useQuery(sessionQuery).data);
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <nav className={classes.bar} aria-label={t('frame.navigation')}>
      {places.filter(({ to }) => ON_PHONE.includes(to)).map((place) => {
        const { to, key, Icon } = place;
        return (
          <Link
            key={to} to={to} className={classes.tab}
            activeOptions={{ exact: to === '/', includeSearch: false }} activeProps={{ 'data-active': true, 'aria-current': 'page' }}
          >
            <Icon size={20} stroke={1.7} aria-hidden />
            <span>{t(`nav.${key}`)}</span>
            {key === 'agents' && <WaitingCount />}
          </Link>
        );
      })}
      <button type="button" className={classes.tab} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)}>
        <IconDots size={20} stroke={1.7} aria-hidden />
        <span>{t('nav.more')}</span>
      </button>
      <Drawer opened={open} onClose={close} position="bottom" size={440} title={t('nav.more')} closeButtonProps={{ 'aria-label': t('dialog.close') }}>
        {GROUPS.map((group) => {
          const inside = places.filter((place) => place.group === group && !ON_PHONE.includes(place.to));
          return inside.length > 0 && (
            <div key={group} className={classes.group} role="group" aria-label={t(`nav.group.${group}`)}>
              <span className={classes.heading} aria-hidden>{t(`nav.group.${group}`)}</span>
              {inside.map((place) => <PlaceLink key={place.to} place={place} tip={false} onClick={close} />)}
            </div>
          );
        })}
      </Drawer>
    </nav>
  );
}

/** Kept in this browser, and on the document, where the frame's columns are laid out. */
function useCollapsed() {
  const [collapsed, setCollapsed] = useState(() => {
    try {
      return localStorage.getItem(COLLAPSED_AS) === 'yes';
    } catch {
      return false;
    }
  });
  useEffect(() => {
    document.documentElement.toggleAttribute('data-nav-collapsed', collapsed);
    try {
      localStorage.setItem(COLLAPSED_AS, collapsed ? 'yes' : 'no');
    } catch {
      // The choice then lasts as long as the page.
    }
  }, [collapsed]);
  return { collapsed, toggle: () => setCollapsed(!collapsed) };
}
