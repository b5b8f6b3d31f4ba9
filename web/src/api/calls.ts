// What changes something: one function for each operation. What it makes stale is told by live
// events; who wants it at once invalidates by the keys of queries.ts.

import { API, LIST_TIMEOUT_MS, PROOF_TIMEOUT_MS, get, getSlow, getText, part, patch, post, postText, put, remove, search } from './client';
import type { PlaceKind } from './queries';
import type {
  AdoptRequest, Agent, ApiTokenRequest, AskRequest, Asked, CallAnswer, CallRequest, CreateUsers, CreatedUsers, Delivery, DeliveryPreview, DeliveryRequest, DeviceAction, DeviceTags,
  EnrolmentRequest, EnrolmentSettings, EntryFilter, ExportFormat, Invitation, InvitationAcceptance, HostedMade, HostedRequest, JoinTokenRequest, JsonObject, KeyPair, KeyPlaced, Language, LinkRules, List, MailRequest,
  MailTest, MailTestRequest, Member, MemberByEmail, MemberRole, NewApiToken, NewJoinToken, Organisation, Operated, OperationRequest, PasswordChange,
  PasswordLink, PasswordReset, PasswordResetAnswer, PasswordRules, PlaceChange, PlaceRequest, Profile, ProfileChange,
  Project, ProviderRequest, ProviderTest, PublicKey, Registration, RegistrationRequest, RequiredSnaps, Rollout, RolloutPreview,
  RolloutRequest, RootAddressTest, Service, ServiceChange, ServiceConfiguration, ServiceFilter, ServiceRequest, ServiceTagged, ServicesImported, Session, SessionRules, Settings, SetupRequest, SignInRequest,
  Template, TemplateRequest, TransferRequest, Twin, User, UserChange, Verification, VersionRequest,
} from './types';

// Access.
export const setUp = (request: SetupRequest) => post<Session>('/setup', request);
export const signIn = (request: SignInRequest) => post<Session>('/session', request);
export const signOut = () => remove('/session');
/** Where single sign-on begins; the browser goes there. */
export const ssoStart = (id: string, returnTo: string) => `${API}/sso/${part(id)}/start${search({ return_to: returnTo })}`;
export const askForReset = (email: string) => post<void>('/password-reset', { email });
export const lookUpInvitation = (token: string) => post<Invitation>('/invitations/lookup', { token });
export const acceptInvitation = (request: InvitationAcceptance) => post<Session>('/invitations/accept', request);
export const changeProfile = (change: ProfileChange) => patch<Profile>('/profile', change);
export const changePassword = (change: PasswordChange) => post<void>('/profile/password', change);
export const endSession = (id: string) => remove(`/sessions/${part(id)}`);
export const endOtherSessions = () => remove('/sessions');

// Users.
export const createUsers = (request: CreateUsers) => post<CreatedUsers>('/users', request);
export const changeUser = (id: string, change: UserChange) => patch<User>(`/users/${part(id)}`, change);
export const deleteUser = (id: string) => remove(`/users/${part(id)}`);
export const enableUser = (id: string) => post<User>(`/users/${part(id)}/enable`);
export const disableUser = (id: string) => post<User>(`/users/${part(id)}/disable`);
export const resetPassword = (id: string, reset: PasswordReset) => post<PasswordResetAnswer>(`/users/${part(id)}/reset-password`, reset);
export const inviteAgain = (id: string) => post<PasswordLink>(`/users/${part(id)}/invite`);
export const endSessionsOf = (id: string) => remove(`/users/${part(id)}/sessions`);

// Organisations, projects, and who belongs to them.
export const createOrganisation = (request: PlaceRequest) => post<Organisation>('/organisations', request);
export const createProject = (organisation: string, request: PlaceRequest) =>
  post<Project>(`/organisations/${part(organisation)}/projects`, request);
export const changePlace = (kind: PlaceKind, id: string, change: PlaceChange) =>
  patch<Organisation | Project>(`/${kind}/${part(id)}`, change);
export const deletePlace = (kind: PlaceKind, id: string) => remove(`/${kind}/${part(id)}`);
export const addMember = (kind: PlaceKind, id: string, member: MemberByEmail) => put<Member>(`/${kind}/${part(id)}/members`, member);
export const setMember = (kind: PlaceKind, id: string, user: string, role: MemberRole) =>
  put<Member>(`/${kind}/${part(id)}/members/${part(user)}`, { role });
export const removeMember = (kind: PlaceKind, id: string, user: string) => remove(`/${kind}/${part(id)}/members/${part(user)}`);

// Agents and what they join with.
export const adoptAgent = (id: string, request: AdoptRequest) => post<Agent>(`/agents/${part(id)}/adopt`, request);
export const releaseAgent = (id: string) => post<Agent>(`/agents/${part(id)}/release`);
export const deleteAgent = (id: string) => remove(`/agents/${part(id)}`);
export const transferAgents = (request: TransferRequest) => post<List<Agent>>('/agents/transfer', request);
export const createJoinToken = (request: JoinTokenRequest) => post<NewJoinToken>('/agent-tokens', request);
export const deleteJoinToken = (id: string) => remove(`/agent-tokens/${part(id)}`);

// Edge services. Each of the first three asks the service whether it accepts the control plane.
export const addService = (request: ServiceRequest) => post<Service>('/services', request, PROOF_TIMEOUT_MS);
export const changeService = (id: string, change: ServiceChange) => patch<Service>(`/services/${part(id)}`, change, PROOF_TIMEOUT_MS);
export const proveService = (id: string) => post<Service>(`/services/${part(id)}/prove`, undefined, PROOF_TIMEOUT_MS);
/** Only the record; for a service that is reached directly. */
export const deleteService = (id: string) => remove(`/services/${part(id)}`);
/** Each by itself. */
export const tagServices = (services: string[], add: string[], gone: string[]) => post<List<ServiceTagged>>('/services/tags', { services, add, remove: gone });
/** Good lines are taken, bad ones come back. */
export const importServices = (project: string, list: string | Blob) =>
  postText<ServicesImported>(`/services/import${search({ project })}`, list, 'text/csv', LIST_TIMEOUT_MS);
/** Where a list of all that match is, which can be imported again. */
export const servicesExport = ({ offset: _, limit: __, ...filter }: ServiceFilter) => `${API}/services/export${search({ ...filter })}`;
/** The same of these. */
export const exportServices = (ids: string[]) => getText('/services/export', { ids: ids.join(',') });
/** What its own API answers to one request. */
export const callService = (id: string, request: CallRequest) => post<CallAnswer>(`/services/${part(id)}/call`, request, PROOF_TIMEOUT_MS);

// Hosted services, and what can be done with many services at once.
/** Recorded at once for each agent, whether it is there or not. */
export const hostServices = (request: HostedRequest) => post<HostedMade>('/services/hosted', request, PROOF_TIMEOUT_MS);
export const operateServices = (request: OperationRequest) => post<List<Operated>>('/services/operations', request, PROOF_TIMEOUT_MS);

// The key pairs that services check tokens with.
export const makeKeyPair = () => post<KeyPair>('/keys');
export const downloadKey = (number: number) => get<PublicKey>(`/keys/${number}`);
export const retireKey = (number: number, force: boolean) => post<void>(`/keys/${number}/retire`, { force });
/** By agents, on all of their services that are not known to accept it. */
export const placeKey = (number: number) => post<KeyPlaced[]>(`/keys/${number}/place`, {}, LIST_TIMEOUT_MS);

// Devices: actions and what is wished.
export const askForAction = (request: AskRequest) => post<Asked>('/actions', request);
export const cancelAction = (id: string) => post<DeviceAction>(`/actions/${part(id)}/cancel`);
/** What a device is wished to be, in place of what was; refused where somebody has written since `version`. */
export const replaceDesired = (id: string, content: JsonObject, version?: number) =>
  put<Twin>(`/devices/${part(id)}/twin/desired${search({ version })}`, content);
/** By a merge patch (RFC 7396). */
export const changeDesired = (id: string, change: JsonObject, version?: number) =>
  patch<Twin>(`/devices/${part(id)}/twin/desired${search({ version })}`, change);

/** In place of those that it has. */
export const setTags = (id: string, tags: string[]) => put<DeviceTags>(`/devices/${part(id)}/tags`, { tags });

// Rollouts.
export const previewRollout = (request: RolloutRequest) => post<RolloutPreview>('/rollouts/preview', request);
export const startRollout = (request: RolloutRequest) => post<Rollout>('/rollouts', request);
export type RolloutChange = 'pause' | 'resume' | 'abort' | 'undo';
export const changeRollout = (id: string, change: RolloutChange) => post<Rollout>(`/rollouts/${part(id)}/${change}`);

// Templates of configurations, and their deliveries.
export const addTemplate = (request: TemplateRequest) => post<Template>('/templates', request, PROOF_TIMEOUT_MS);
export const addVersion = (id: string, request: VersionRequest) => post<Template>(`/templates/${part(id)}/versions`, request, PROOF_TIMEOUT_MS);
export const deleteTemplate = (id: string) => remove(`/templates/${part(id)}`);
/** Asks the service for it. */
export const readConfiguration = (service: string) => getSlow<ServiceConfiguration>(`/services/${part(service)}/configuration`);
/** Reads the first services for it. */
export const previewDelivery = (request: DeliveryRequest) => post<DeliveryPreview>('/deliveries/preview', request, PROOF_TIMEOUT_MS);
export const beginDelivery = (request: DeliveryRequest) => post<Delivery>('/deliveries', request, PROOF_TIMEOUT_MS);
export const changeDelivery = (id: string, change: RolloutChange) => post<Delivery>(`/deliveries/${part(id)}/${change}`);

// Registered devices, who vouches for them, and the snaps that their models need.
export const registerDevice = (request: RegistrationRequest) => post<Registration>('/registrations', request);
/** All devices of a list, or none. */
export const importDevices = (project: string, csv: string) =>
  postText<{ registered: number }>(`/projects/${part(project)}/registrations`, csv, 'text/csv');
/** What a device is handed when it enrols, in base64. */
export const setDeviceData = (id: string, device_data: string) => patch<Registration>(`/registrations/${part(id)}`, { device_data });
export const enableRegistration = (id: string) => post<Registration>(`/registrations/${part(id)}/enable`);
export const disableRegistration = (id: string) => post<Registration>(`/registrations/${part(id)}/disable`);
export const deleteRegistration = (id: string) => remove(`/registrations/${part(id)}`);
export const changeEnrolment = (organisation: string, request: EnrolmentRequest) =>
  put<EnrolmentSettings>(`/organisations/${part(organisation)}/enrolment`, request);
export const addEnrolmentKey = (organisation: string, assertion: string) =>
  post<EnrolmentSettings>(`/organisations/${part(organisation)}/enrolment/keys`, { assertion });
export const removeEnrolmentKey = (organisation: string, key: string) =>
  remove(`/organisations/${part(organisation)}/enrolment/keys/${part(key)}`);
/** The snaps that a model needs, in place of those before; none for nothing. */
export const setRequiredSnaps = (request: RequiredSnaps) => put<RequiredSnaps>('/required-snaps', request);

// API tokens.
export const createApiToken = (request: ApiTokenRequest) => post<NewApiToken>('/api-tokens', request);
export const deleteApiToken = (id: string) => remove(`/api-tokens/${part(id)}`);

// The audit log.
/** Where a browser downloads the entries. */
export const auditExport = ({ before: _, limit: __, ...filter }: EntryFilter, format: ExportFormat) =>
  `${API}/audit/export${search({ ...filter, format })}`;
/** Goes over the chain from where the last answer ended. */
export const verifyAudit = (from?: Pick<Verification, 'verified_to' | 'hash'>) =>
  get<Verification>('/audit/verification', from && { after: from.verified_to, hash: from.hash });

// Settings. Each answers with all of them.
export const setRootAddress = (url: string) => put<Settings>('/settings/root-address', { url });
export const clearRootAddress = () => remove<Settings>('/settings/root-address');
export const testRootAddress = (url: string) => post<RootAddressTest>('/settings/root-address/test', { url });
export const setLanguage = (language: Language) => put<Settings>('/settings/language', { language });
export const setPasswordRules = (rules: PasswordRules) => put<Settings>('/settings/passwords', rules);
export const setSessionRules = (rules: SessionRules) => put<Settings>('/settings/sessions', rules);
export const setLinkRules = (rules: LinkRules) => put<Settings>('/settings/links', rules);
export const setMail = (request: MailRequest) => put<Settings>('/settings/mail', request);
export const clearMail = () => remove<Settings>('/settings/mail');
export const testMail = (request: MailTestRequest) => post<MailTest>('/settings/mail/test', request);
export const setGuideDone = (done: boolean) => put<Settings>('/settings/guide', { done });
export const setProvider = (id: string, request: ProviderRequest) => put<Settings>(`/settings/sso/${part(id)}`, request);
export const deleteProvider = (id: string) => remove<Settings>(`/settings/sso/${part(id)}`);
export const testProvider = (issuer: string) => post<ProviderTest>('/settings/sso/test', { issuer });
