// Every address of the console. Filters, sort and page of a list are part of the address; whoever is
// not signed in is sent to sign in and back. What few open, or rarely, is loaded when it is needed.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { SetupPage } from './access/SetupPage';
import { SignInPage } from './access/SignInPage';
import { AgentsPage } from './agents/AgentsPage';
import { sessionQuery } from './api/queries';
import { Frame } from './frame/Frame';
import { Failed, NotFound } from './frame/Trouble';
import { STEPS, type Step } from './guide/steps';
import { OverviewPage } from './overview/OverviewPage';
import { ServicesPage } from './services/ServicesPage';
import { among, listSearch, present, textOf, type FiltersOf } from './ui/list/search';
import { keepScope, type Scope } from './ui/scope';

/** A page that is loaded when it is opened, with the texts of all such pages. */
function later<M extends Record<string, unknown>, K extends keyof M & string>(page: () => Promise<M>, name: K) {
  return lazyRouteComponent(async () => {
    const [loaded] = await Promise.all([page(), import('./i18n/rest')]);
    return loaded as M & Record<K, React.ComponentType>;
  }, name);
}

type Raw = Record<string, unknown>;

const scope = (raw: Raw): Scope => present({ organisation: textOf(raw.organisation), project: textOf(raw.project) });

/** A list's address that may also ask for the dialog that makes a new one. */
const withMake = <S extends object>(search: (raw: Raw) => S) => (raw: Raw): S & { make?: boolean } =>
  present({ ...search(raw), make: raw.make === true || undefined });

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  notFoundComponent: NotFound,
  errorComponent: Failed,
});

// For everybody.

export interface SignInSearch {
  /** Where to go then. */
  next?: string;
  /** Why single sign-on led nowhere. */
  sso_error?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (raw: Raw): SignInSearch => present({ next: textOf(raw.next), sso_error: textOf(raw.sso_error) }),
  component: SignInPage,
});
const setupRoute = createRoute({ getParentRoute: () => rootRoute, path: '/setup', component: SetupPage });
const invitationRoute = createRoute({ getParentRoute: () => rootRoute, path: '/invitation', component: later(() => import('./access/InvitationPage'), 'InvitationPage') });
const forgottenRoute = createRoute({ getParentRoute: () => rootRoute, path: '/forgotten', component: later(() => import('./access/ForgottenPage'), 'ForgottenPage') });

// For whoever is signed in.

/** Time for the first page to stand. */
const REST_AFTER_MS = 2_000;

/** Fetches what is loaded later: an upgrade of the control plane then finds nothing half loaded, and pages open at once. */
function loadRest() {
  // Where it fails, it is asked for again when it is needed.
  void Promise.all([import('./people/UsersPage'), import('./i18n/rest')]).catch(() => undefined);
}

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session) {
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
  onEnter: () => void setTimeout(loadRest, REST_AFTER_MS),
  component: Frame,
  errorComponent: Failed,
});

const overviewRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  validateSearch: scope,
  search: { middlewares: [keepScope] },
  component: OverviewPage,
});

const agentsSearch = listSearch(['created', 'name', 'last_heard', 'version'], {
  management: ['managed', 'unmanaged'], presence: ['online', 'offline'], organisation: 'text', project: 'text',
});
export type AgentsSearch = ReturnType<typeof agentsSearch>;

const agentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/agents',
  validateSearch: agentsSearch,
  search: { middlewares: [keepScope] },
  component: AgentsPage,
});
const agentRoute = createRoute({ getParentRoute: () => frameRoute, path: '/agents/$id', component: later(() => import('./agents/AgentPage'), 'AgentPage') });

const servicesSearch = listSearch(['name', 'kind', 'agent', 'created'], {
  state: ['online', 'offline', 'not_offered'], kind: 'text', way: ['agent', 'hosted', 'direct'], tag: 'text', authentication: ['none', 'basic', 'token'], key_behind: 'text',
  organisation: 'text', project: 'text',
});
/** Also which drawer is open: for one service, for a list, or for one on a device. */
export type ServicesSearch = ReturnType<typeof servicesSearch> & { make?: true | 'list' | 'hosted' };

const servicesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/services',
  validateSearch: (raw: Raw): ServicesSearch => present({ ...servicesSearch(raw), make: raw.make === true ? true : among(raw.make, ['list', 'hosted'] as const) }),
  search: { middlewares: [keepScope] },
  component: ServicesPage,
});
const SERVICE_TABS = ['explorer'] as const;
export type ServiceTab = (typeof SERVICE_TABS)[number];

const serviceRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/services/$id',
  validateSearch: (raw: Raw): { tab?: ServiceTab } => present({ tab: among(raw.tab, SERVICE_TABS) }),
  component: later(() => import('./services/ServicePage'), 'ServicePage'),
});

const devicesSearch = listSearch(['created', 'name', 'last_heard', 'version'], { presence: ['online', 'offline'], organisation: 'text', project: 'text' });
export type DevicesSearch = ReturnType<typeof devicesSearch>;

const devicesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/devices',
  validateSearch: devicesSearch,
  search: { middlewares: [keepScope] },
  component: later(() => import('./devices/DevicesPage'), 'DevicesPage'),
});

const ACTION_STATES = ['queued', 'sent', 'running', 'done', 'failed', 'expired', 'cancelled'] as const;

const deviceSearch = listSearch([], {
  tab: ['overview', 'snaps', 'actions', 'twin'],
  // Actions.
  state: ACTION_STATES, open: 'flag', name: 'text',
  // History of the twin, and the moment to look back at.
  part: ['reported', 'desired'], path: 'text', at: 'text',
});
export type DeviceSearch = ReturnType<typeof deviceSearch>;

const deviceRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/devices/$id',
  validateSearch: deviceSearch,
  component: later(() => import('./devices/DevicePage'), 'DevicePage'),
});

const actionsSearch = listSearch([], { state: ACTION_STATES, open: 'flag', name: 'text', device: 'text', organisation: 'text', project: 'text' });
export type ActionsSearch = ReturnType<typeof actionsSearch>;

const actionsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/actions',
  validateSearch: actionsSearch,
  search: { middlewares: [keepScope] },
  component: later(() => import('./actions/ActionsPage'), 'ActionsPage'),
});

const rolloutsSearch = listSearch([], { state: ['running', 'paused', 'aborted', 'done', 'undoing', 'undone'], organisation: 'text', project: 'text' });
export type RolloutsSearch = ReturnType<typeof rolloutsSearch>;

const rolloutsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/rollouts',
  validateSearch: rolloutsSearch,
  search: { middlewares: [keepScope] },
  component: later(() => import('./rollouts/RolloutsPage'), 'RolloutsPage'),
});
const newRolloutRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/rollouts/new',
  validateSearch: scope,
  search: { middlewares: [keepScope] },
  component: later(() => import('./rollouts/NewRolloutPage'), 'NewRolloutPage'),
});
const rolloutRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/rollouts/$id',
  validateSearch: listSearch([], {}),
  component: later(() => import('./rollouts/RolloutPage'), 'RolloutPage'),
});

const templatesSearch = listSearch([], { kind: 'text', organisation: 'text', project: 'text' });
export type TemplatesSearch = ReturnType<typeof templatesSearch> & { make?: boolean };

/** Which version of a template, where it is not the newest. */
const ofVersion = (raw: Raw): { version?: number } => present({ version: Number.isInteger(raw.version) && Number(raw.version) > 0 ? Number(raw.version) : undefined });

const templatesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/templates',
  validateSearch: withMake(templatesSearch),
  search: { middlewares: [keepScope] },
  component: later(() => import('./templates/TemplatesPage'), 'TemplatesPage'),
});
const templateRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/templates/$id',
  validateSearch: ofVersion,
  component: later(() => import('./templates/TemplatePage'), 'TemplatePage'),
});
const deliverRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/templates/$id/deliver',
  validateSearch: ofVersion,
  component: later(() => import('./deliveries/DeliverPage'), 'DeliverPage'),
});

const deliveriesSearch = listSearch([], { state: ['running', 'paused', 'aborted', 'done', 'undoing', 'undone'], organisation: 'text', project: 'text' });
export type DeliveriesSearch = ReturnType<typeof deliveriesSearch>;

const deliveriesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/deliveries',
  validateSearch: deliveriesSearch,
  search: { middlewares: [keepScope] },
  component: later(() => import('./deliveries/DeliveriesPage'), 'DeliveriesPage'),
});

const deliverySearch = listSearch([], { state: ['waiting', 'under_way', 'done', 'failed', 'cancelled'] });
export type DeliverySearch = ReturnType<typeof deliverySearch>;

const deliveryRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/deliveries/$id',
  validateSearch: deliverySearch,
  component: later(() => import('./deliveries/DeliveryPage'), 'DeliveryPage'),
});

const registrationsSearch = listSearch([], { status: ['waiting', 'enrolled', 'disabled'], model: 'text', organisation: 'text', project: 'text' });
/** Also which drawer is open: for one device, or for a list. */
export type RegistrationsSearch = ReturnType<typeof registrationsSearch> & { make?: 'one' | 'list' };

const registrationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/registrations',
  validateSearch: (raw: Raw): RegistrationsSearch => present({ ...registrationsSearch(raw), make: among(raw.make, ['one', 'list'] as const) }),
  search: { middlewares: [keepScope] },
  component: later(() => import('./registrations/RegistrationsPage'), 'RegistrationsPage'),
});

const joinRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/join',
  validateSearch: scope,
  search: { middlewares: [keepScope] },
  component: later(() => import('./join/JoinPage'), 'JoinPage'),
});

const auditSearch = listSearch([], {
  author: 'text', author_kind: ['user', 'token', 'machine', 'agent', 'system', 'anonymous'], action: 'text', object: 'text',
  outcome: ['done', 'refused'], from: 'text', to: 'text', organisation: 'text', project: 'text',
});
export type AuditSearch = ReturnType<typeof auditSearch>;

const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: auditSearch,
  search: { middlewares: [keepScope] },
  component: later(() => import('./audit/AuditPage'), 'AuditPage'),
});

const welcomeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/welcome',
  validateSearch: (raw: Raw): { step?: Step } => present({ step: among(raw.step, STEPS) }),
  component: later(() => import('./guide/GuidePage'), 'GuidePage'),
});

// Administration.

const organisationsSearch = listSearch(['name', 'created'], {});
export type OrganisationsSearch = ReturnType<typeof organisationsSearch> & { make?: boolean };

const organisationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organisations',
  validateSearch: withMake(organisationsSearch),
  component: later(() => import('./organisations/OrganisationsPage'), 'OrganisationsPage'),
});
const ORGANISATION_TABS = ['enrolment', 'snaps'] as const;
export type OrganisationTab = (typeof ORGANISATION_TABS)[number];

const organisationRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organisations/$id',
  validateSearch: (raw: Raw): { tab?: OrganisationTab } => present({ tab: among(raw.tab, ORGANISATION_TABS) }),
  component: later(() => import('./organisations/OrganisationPage'), 'OrganisationPage'),
});
const projectRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/projects/$id',
  component: later(() => import('./organisations/ProjectPage'), 'ProjectPage'),
});

const usersSearch = listSearch(['name', 'email', 'last_sign_in', 'created'], {
  state: ['invited', 'active', 'disabled'], system_admin: 'flag', organisation: 'text', project: 'text',
});
export type UsersSearch = ReturnType<typeof usersSearch> & { make?: boolean };

const usersRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users',
  validateSearch: withMake(usersSearch),
  search: { middlewares: [keepScope] },
  component: later(() => import('./people/UsersPage'), 'UsersPage'),
});
const userRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users/$id',
  component: later(() => import('./people/UserPage'), 'UserPage'),
});

const tokensSearch = listSearch(['created', 'name', 'expires', 'used'], { all: 'flag' });
export type TokensSearch = ReturnType<typeof tokensSearch> & FiltersOf<{ all: 'flag' }> & { make?: boolean };

const tokensRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/tokens',
  validateSearch: withMake(tokensSearch),
  component: later(() => import('./tokens/TokensPage'), 'TokensPage'),
});

const settingsStartRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  component: later(() => import('./settings/SettingsPage'), 'SettingsStart'),
});
const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/$section',
  validateSearch: (raw: Raw): { provider?: string } => present({ provider: textOf(raw.provider) }),
  component: later(() => import('./settings/SettingsPage'), 'SettingsPage'),
});
const keysRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys',
  component: later(() => import('./settings/Keys'), 'KeysPage'),
});

// One's own.

const profileRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/profile',
  component: later(() => import('./access/ProfilePage'), 'ProfilePage'),
});
const sessionsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/sessions',
  component: later(() => import('./access/SessionsPage'), 'SessionsPage'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  invitationRoute,
  forgottenRoute,
  frameRoute.addChildren([
    overviewRoute, devicesRoute, deviceRoute, agentsRoute, agentRoute, servicesRoute, serviceRoute, actionsRoute, rolloutsRoute, newRolloutRoute, rolloutRoute, templatesRoute, templateRoute, deliverRoute, deliveriesRoute, deliveryRoute, registrationsRoute, joinRoute, auditRoute, welcomeRoute,
    organisationsRoute, organisationRoute, projectRoute, usersRoute, userRoute, tokensRoute, settingsStartRoute, settingsRoute, keysRoute,
    profileRoute, sessionsRoute,
  ]),
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
