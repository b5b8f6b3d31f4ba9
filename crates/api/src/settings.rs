//! The installation's settings, the state of its agent service, and its keys.

use edgeward_ids::{Name, OrganisationId, ProjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Language;
use crate::user::MemberRole;

/// `GET /settings`. Secrets are never in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// The address of the console as people and devices know it.
    pub root_address: RootAddress,
    /// The language of whoever has not chosen one.
    pub language: Language,
    /// What passwords must be like.
    pub passwords: PasswordRules,
    /// How long sessions last.
    pub sessions: SessionRules,
    /// How long links last.
    pub links: LinkRules,
    /// The mail server; absent when none is set.
    pub mail: Option<MailSettings>,
    /// Providers of single sign-on, by id.
    pub providers: Vec<Provider>,
    /// Whether the first-run guide was finished or skipped.
    pub guide_done: bool,
}

/// The address of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RootAddress {
    /// In use, such as `https://edgeward.example.com`.
    pub url: String,
    /// Where it comes from.
    pub source: RootAddressSource,
    /// The domain below which edge services have their own host names.
    pub services_domain: String,
}

/// Where the root address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RootAddressSource {
    /// The configuration file; it cannot be set here.
    Configuration,
    /// Set here.
    Setting,
    /// Nobody has set it; it is where the control plane listens.
    Listening,
}

/// `PUT /settings/root-address`, and `POST /settings/root-address/test`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RootAddressRequest {
    /// Scheme, host and port, without a path: `https://edgeward.example.com`.
    pub url: String,
}

/// What came of asking an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RootAddressTest {
    /// Whether it leads to this control plane.
    pub reached: bool,
    /// What is in the way, and what to do; absent when nothing is.
    pub problem: Option<String>,
}

/// `PUT /settings/language`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguageRequest {
    /// The language of whoever has not chosen one.
    pub language: Language,
}

/// What passwords must be like; also `PUT /settings/passwords`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRules {
    /// The shortest, in characters; 8 to 128.
    pub min_chars: u32,
    /// A letter must be in it.
    pub letter: bool,
    /// A digit must be in it.
    pub digit: bool,
    /// Something that is neither letter nor digit must be in it.
    pub symbol: bool,
}

/// How long sessions last; also `PUT /settings/sessions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRules {
    /// Without use, hours; 1 to 720. For sessions that end with the browser.
    pub idle_hours: u32,
    /// Without use, days; 1 to 365. For sessions that are remembered.
    pub remembered_days: u32,
}

/// How long links last; also `PUT /settings/links`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRules {
    /// An invitation's, hours; 1 to 720.
    pub invitation_hours: u32,
    /// A password reset's, hours; 1 to 72.
    pub reset_hours: u32,
}

/// The mail server, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to sign in with; absent for none.
    pub username: Option<String>,
    /// Whether a password is set.
    pub password_set: bool,
    /// The sender, such as `Edgeward <edgeward@example.com>`.
    pub from: String,
}

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS from the first byte (usually port 465).
    Tls,
    /// TLS after a greeting (usually port 587); without it nothing is sent.
    Starttls,
    /// None; for a server on the same machine.
    None,
}

/// `PUT /settings/mail`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailRequest {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to sign in with; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password; absent to keep the one that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The sender, such as `Edgeward <edgeward@example.com>`.
    pub from: String,
}

/// `POST /settings/mail/test`: sends a mail with what is set, or with what is given.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailTestRequest {
    /// Where to.
    pub to: String,
    /// With these settings instead of those that are set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<MailRequest>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailTest {
    /// Whether the server took the mail.
    pub sent: bool,
    /// What is in the way; absent when nothing is.
    pub problem: Option<String>,
}

/// A provider of single sign-on by OpenID Connect, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// In addresses: `a`-`z`, `0`-`9` and `-`, at most 32 characters.
    pub id: String,
    /// On the button.
    pub name: String,
    /// The issuer; its discovery document is at `<issuer>/.well-known/openid-configuration`.
    pub issuer: String,
    /// What the provider calls this installation.
    pub client_id: String,
    /// Whether a secret is set.
    pub client_secret_set: bool,
    /// Whether it is offered at sign-in.
    pub enabled: bool,
    /// Whether somebody who signs in for the first time gets an account.
    pub create_users: bool,
    /// What a claim gives; all that match.
    pub rules: Vec<ClaimRule>,
    /// Where the provider is to send people back to.
    pub redirect_url: String,
}

/// What a claim gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRule {
    /// The claim's name, such as `groups`.
    pub claim: String,
    /// The value that it must have, or contain when it is a list.
    pub value: String,
    /// It makes a system administrator; then without organisation, project and role.
    #[serde(default)]
    pub system_admin: bool,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
    /// A project of that organisation; then the role is that in the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// What it makes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<MemberRole>,
}

/// `PUT /settings/sso/{id}`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderRequest {
    /// On the button; 1 to 50 characters.
    pub name: Name,
    /// The issuer, with `https`; `http` on the same machine only.
    pub issuer: String,
    /// What the provider calls this installation.
    pub client_id: String,
    /// The secret; absent to keep the one that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Whether it is offered at sign-in.
    pub enabled: bool,
    /// Whether somebody who signs in for the first time gets an account.
    pub create_users: bool,
    /// What a claim gives, at most 100.
    #[serde(default)]
    pub rules: Vec<ClaimRule>,
}

/// `POST /settings/sso/test`: reads a provider's discovery document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderTestRequest {
    /// The issuer.
    pub issuer: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderTest {
    /// Whether it is a provider that can be used.
    pub usable: bool,
    /// What is in the way; absent when nothing is.
    pub problem: Option<String>,
}

/// `GET /agent-service`: the broker that agents connect to, in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentServiceState {
    /// `embedded` or `external`.
    pub kind: String,
    /// Where it is, as the control plane reaches it.
    pub address: String,
    /// Where agents enrol.
    pub enrolment_addresses: Vec<String>,
    /// Whether the control plane is connected to it.
    pub connected: bool,
    /// Since when it has been so.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The last error, if any.
    pub last_error: Option<String>,
    /// Agents that are online.
    pub agents_online: u64,
    /// Connections to the embedded broker; absent for an external one.
    pub clients: Option<u64>,
    /// Messages from agents in each second, over the last minute.
    pub messages_in_per_s: f64,
    /// Messages to agents in each second, over the last minute.
    pub messages_out_per_s: f64,
    /// SHA-256 of the CA certificate, hexadecimal.
    pub ca_fingerprint: String,
    /// When the CA certificate ends.
    #[schema(value_type = String, format = DateTime)]
    pub ca_expires_at: Timestamp,
}

/// `GET /keys/{number}` and `GET /keys/edge-services`: a public key with which edge services check the control plane's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// The number of its pair.
    pub number: u32,
    /// The file name under which an edge service must store it.
    pub file_name: String,
    /// PEM.
    pub pem: String,
    /// SHA-256 of the key in DER form, hexadecimal.
    pub fingerprint: String,
}

/// `PUT /settings/guide`: whether the first-run guide is to be shown again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuideRequest {
    /// Finished, or skipped.
    pub done: bool,
}
