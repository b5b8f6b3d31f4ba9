// The frame around every page for those who are signed in: where one can go, what one looks at, and who one is.

import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AgentDialogs } from '../agents/AgentDialogs';
import { listen } from '../api/live';
import { sessionQuery, signInOptionsQuery } from '../api/queries';
import { choose, suggest } from '../i18n';
import classes from './Frame.module.css';
import { LiveMark } from './LiveMark';
import { Logo } from './Logo';
import { Navigation, PhoneBar } from './Navigation';
import { ScopeMenu } from './ScopeMenu';
import { Search } from './Search';
import { AccountMenu, DocsLink, LanguageMenu, ThemeMenu } from './TopBar';

export function Frame() {
  const { t } = useTranslation();
  const main = useRef<HTMLElement>(null);
  const [searching, setSearching] = useState(false);
  useLive();
  useOwnLanguage();
  useFocusOnArrival(main);
  useShortcut(() => setSearching(true));

  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        {t('frame.skip')}
      </a>
      <header className={classes.top}>
        <div className={classes.left}>
          <Link to="/" className={classes.brand} aria-label={t('frame.home')}>
            <Logo />
            <span className={classes.word}>Edgeward</span>
          </Link>
          <ScopeMenu />
        </div>
        <button type="button" className={classes.find} onClick={() => setSearching(true)}>
          <IconSearch size={15} aria-hidden />
          <span>{t('search.open')}</span>
          <kbd>{SHORTCUT}</kbd>
        </button>
        <div className={classes.tools}>
          <Tooltip label={t('search.open')}>
            <ActionIcon variant="subtle" color="gray" size="lg" className={classes.findSmall} aria-label={t('search.open')} onClick={() => setSearching(true)}>
              <IconSearch size={19} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <LiveMark />
          <span className={classes.roomy}>
            <DocsLink />
            <LanguageMenu />
            <ThemeMenu />
          </span>
          <AccountMenu />
        </div>
      </header>
      <Navigation />
      <main id="main" ref={main} className={classes.main} tabIndex={-1}>
        <AgentDialogs>
          <Outlet />
        </AgentDialogs>
      </main>
      <PhoneBar />
      <Search opened={searching} onClose={() => setSearching(false)} />
    </div>
  );
}

const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K';

function useShortcut(open: () => void) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });
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

/** The language of the profile is the one that counts, in every browser; else the installation's, unless this browser has chosen. */
function useOwnLanguage() {
  const session = useQuery(sessionQuery).data;
  const own = session?.user?.language;
  const usual = useQuery({ ...signInOptionsQuery, enabled: !!session && !own }).data?.language;
  useEffect(() => {
    if (own) choose(own);
    else if (usual) suggest(usual);
  }, [own, usual]);
}

/** Moves the focus to the new page, so that a screen reader and the Tab key begin there. */
function useFocusOnArrival(main: React.RefObject<HTMLElement | null>) {
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    // Where the page has put the focus into a field of its own, it stays.
    const at = document.activeElement;
    if (!(at instanceof HTMLInputElement && main.current?.contains(at))) main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
