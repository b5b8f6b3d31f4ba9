// The frame around every page for those who are signed in: where one can go, and who one is.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { IconCpu, IconHome2, IconPlugConnected, IconWorld } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { AgentDialogs } from '../agents/AgentDialogs';
import { listen } from '../api/live';
import { overviewQuery, sessionQuery } from '../api/queries';
import classes from './Frame.module.css';
import { LiveMark } from './LiveMark';
import { Logo } from './Logo';
import { AccountMenu, DocsLink, LanguageMenu, ThemeMenu } from './TopBar';

const PLACES = [
  { to: '/', key: 'overview', Icon: IconHome2 },
  { to: '/agents', key: 'agents', Icon: IconCpu },
  { to: '/services', key: 'services', Icon: IconWorld },
  { to: '/join', key: 'join', Icon: IconPlugConnected },
] as const;

export function Frame() {
  const { t } = useTranslation();
  const main = useRef<HTMLElement>(null);
  useLive();
  useFocusOnArrival(main);
  const waiting = useQuery(overviewQuery).data?.agents.unmanaged_online ?? 0;

  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        {t('frame.skip')}
      </a>
      <header className={classes.top}>
        <Link to="/" className={classes.brand} aria-label={t('frame.home')}>
          <Logo />
          <span className={classes.word}>Edgeward</span>
        </Link>
        <div className={classes.tools}>
          <LiveMark />
          <DocsLink />
          <LanguageMenu />
          <ThemeMenu />
          <AccountMenu />
        </div>
      </header>
      <nav className={classes.nav} aria-label={t('frame.navigation')}>
        {PLACES.map(({ to, key, Icon }) => (
          <Link
            key={to}
            to={to}
            className={classes.place}
            activeOptions={{ exact: to === '/', includeSearch: false }}
            activeProps={{ 'data-active': true, 'aria-current': 'page' }}
          >
            <Icon size={19} stroke={1.7} aria-hidden />
            <span className={classes.placeName} data-short={t(`nav.short.${key}`)}>{t(`nav.${key}`)}</span>
            {key === 'agents' && waiting > 0 && (
              <span className={classes.count} aria-label={t('nav.waiting', { count: waiting })}>{waiting}</span>
            )}
          </Link>
        ))}
      </nav>
      <main id="main" ref={main} className={classes.main} tabIndex={-1}>
        <AgentDialogs>
          <Outlet />
        </AgentDialogs>
      </main>
    </div>
  );
}

/** Listens while the frame is shown; an ended session leads to the sign-in page and back. */
function useLive() {
  const queryClient = useQueryClient();
  const router = useRouter();
  const session = useQuery(sessionQuery).data;
  useEffect(() => listen(queryClient), [queryClient]);
  useEffect(() => {
    if (session === null) {
      const here = router.state.location.href;
      void router.navigate({ to: '/sign-in', search: here === '/' ? {} : { next: here }, replace: true });
    }
  }, [session, router]);
  // A refused request is how an ended session usually shows first.
  useEffect(
    () =>
      queryClient.getQueryCache().subscribe((event) => {
        const error = event.type === 'updated' && event.action.type === 'error' ? event.action.error : undefined;
        if (error && 'status' in error && error.status === 401) {
          void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        }
      }),
    [queryClient],
  );
}

/** Moves the focus to the new page, so that a screen reader and the Tab key begin there. */
function useFocusOnArrival(main: React.RefObject<HTMLElement | null>) {
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
