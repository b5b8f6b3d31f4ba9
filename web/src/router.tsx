// Every address of the console. Filters are part of the address; whoever is not signed in is sent
// to sign in and back.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { SetupPage } from './access/SetupPage';
import { SignInPage } from './access/SignInPage';
import { AgentPage } from './agents/AgentPage';
import { AgentsPage } from './agents/AgentsPage';
import { sessionQuery } from './api/queries';
import type { Management, Presence, ServiceState } from './api/types';
import { Frame } from './frame/Frame';
import { Failed, NotFound } from './frame/Trouble';
import { JoinPage } from './join/JoinPage';
import { OverviewPage } from './overview/OverviewPage';
import { ServicePage } from './services/ServicePage';
import { ServicesPage } from './services/ServicesPage';

type Search = Record<string, unknown>;

const text = (value: unknown) => (value === undefined || value === '' ? undefined : String(value));
const among = <T extends string>(value: unknown, words: readonly T[]) => words.find((word) => word === value);

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  notFoundComponent: NotFound,
  errorComponent: Failed,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Search): { next?: string } => ({ next: text(search.next) }),
  component: SignInPage,
});

const setupRoute = createRoute({ getParentRoute: () => rootRoute, path: '/setup', component: SetupPage });

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session) {
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
  component: Frame,
  errorComponent: Failed,
});

const overviewRoute = createRoute({ getParentRoute: () => frameRoute, path: '/', component: OverviewPage });

export interface AgentsSearch {
  management?: Management;
  presence?: Presence;
  organisation?: string;
  project?: string;
  text?: string;
  sort?: 'heard' | 'state';
}

const agentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/agents',
  validateSearch: (search: Search): AgentsSearch => ({
    management: among(search.management, ['managed', 'unmanaged']),
    presence: among(search.presence, ['online', 'offline']),
    organisation: text(search.organisation),
    project: text(search.project),
    text: text(search.text),
    sort: among(search.sort, ['heard', 'state']),
  }),
  component: AgentsPage,
});

const agentRoute = createRoute({ getParentRoute: () => frameRoute, path: '/agents/$id', component: AgentPage });

export interface ServicesSearch {
  state?: ServiceState;
  organisation?: string;
  project?: string;
  text?: string;
}

const servicesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/services',
  validateSearch: (search: Search): ServicesSearch => ({
    state: among(search.state, ['online', 'offline', 'not_offered']),
    organisation: text(search.organisation),
    project: text(search.project),
    text: text(search.text),
  }),
  component: ServicesPage,
});

const serviceRoute = createRoute({ getParentRoute: () => frameRoute, path: '/services/$id', component: ServicePage });
const joinRoute = createRoute({ getParentRoute: () => frameRoute, path: '/join', component: JoinPage });

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  frameRoute.addChildren([overviewRoute, agentsRoute, agentRoute, servicesRoute, serviceRoute, joinRoute]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: false,
    scrollRestoration: true,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Failed,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
