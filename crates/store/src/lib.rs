//! What the control plane keeps: one trait per concept, over SQLite or PostgreSQL.
//!
//! Each method is a use case and one transaction: the state, and everything that follows from it, is on disk when the
//! method has returned, or nothing of it is. The rules themselves are `edgeward-domain`'s; this crate asks them inside the
//! transaction, with the rows locked, so that two callers at once get the answers that they would get one after the other.
//! No other crate names a database.
//!
//! Secrets never come here: tokens, keys and passwords arrive as hashes, secret settings sealed; but for the key of the audit
//! log's seal, which is not written down.
//!
//! Whatever changes something says who does it, and leaves an entry in the audit log in the same transaction.

mod actions;
mod agents;
mod api_tokens;
mod audit;
mod database;
mod deliveries;
mod devices;
mod error;
mod hosting;
mod installation;
mod members;
mod organisations;
mod rollouts;
mod services;
mod sessions;
mod settings;
mod store;
mod templates;
mod tokens;
mod twins;
mod users;

pub use actions::{
    ActionFilter, ActionStore, ActionView, AskRefusal, Asked, CallOffRefusal, HeardOf, HeardOutcome,
};
pub use agents::{
    AgentColumn, AgentFilter, AgentStore, AgentView, CertificateUse, EnrolRefusal, Hello,
    HelloOutcome, Home, Management, NewAgent, Place, Released, RosterEntry, Transferred,
    UnknownAgent,
};
pub use api_tokens::{
    ApiTokenFilter, ApiTokenRefusal, ApiTokenStore, NewApiToken, PresentedToken, TokenFault,
};
pub use audit::{AuditFilter, AuditKey, AuditStore, Checked, MAX_CHECKED, MAX_ENTRIES, Position};
pub use deliveries::{
    DeliveryFilter, DeliveryStore, DeliveryView, DeliveryWork, NewTarget, Step, Target,
};
pub use devices::{
    Authority, Clash, DeviceEnrolment, DeviceStore, EnrolmentPolicy, NewRegistration, PolicyChange,
    PolicyRefusal, RegisterRefusal, RegistrationChange, RegistrationFilter, RegistrationRefusal,
    RegistrationView, StatusChange,
};
pub use error::{Failure, OpenError, StoreError};
pub use hosting::{
    Capability, HostRefusal, HostedView, HostingAgent, HostingFilter, HostingHeard, HostingStore,
    MAX_HOSTED_SERVICES, Needs, NewHosted, OrderEnd,
};
pub use installation::{Installation, InstallationStore, SetupRefusal};
pub use members::{Member, MemberChange, MemberOf, MemberRefusal, MemberStore, Origin};
pub use organisations::{OrganisationStore, PlaceChange, ProjectView};
pub use rollouts::{
    Asking, Candidate, Due, RolloutAsk, RolloutChangeRefusal, RolloutDevice, RolloutFilter,
    RolloutRefusal, RolloutStore, RolloutView, Side, UnknownDevice, UnknownOrganisation, Work,
};
pub use services::{
    AddRefusal, CHECK_RECORDED_EVERY, ChangeRefusal, DirectServices, Imported, KeyUse, NewDirect,
    RemoveRefusal, RetagRefusal, Retagging, ServiceChange, ServiceColumn, ServiceFilter,
    ServiceStore, ServiceView, ServiceWay, Tagging,
};
pub use sessions::{MAX_PROGRAM_CHARS, NewSession, SessionRefusal, SessionStore};
pub use settings::SettingStore;
pub use store::{DatabaseKind, Store};
pub use templates::{
    MAX_TEMPLATES, MAX_VERSIONS, NewTemplate, NewVersion, Template, TemplateFilter,
    TemplateRefusal, TemplateStore, TemplateVersion, UnknownTemplate, VersionRefusal, VersionView,
};
pub use tokens::{TokenRefusal, TokenStore};
pub use twins::{
    Differing, DifferingFilter, ReportOutcome, Reported, TwinStore, Wish, WishRefusal,
};
pub use users::{
    CreateRefusal, Credentials, Invitation, InvitationPurpose, InvitationRefusal, NewInvitation,
    NewUser, SsoRefusal, SsoSignIn, SsoSignedIn, UserChange, UserColumn, UserFilter, UserRefusal,
    UserStore, UserView,
};

mod page;
pub use page::{AgentIds, Direction, Homes, MAX_PAGE_ITEMS, Page, Slice, Sort};
