//! Use cases: enrol with a token, enrol unmanaged, renew.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_api::event::Kind;
use edgeward_domain::agent::Certificate;
use edgeward_domain::device::EnrolRefusal as DeviceRefusal;
use edgeward_ids::AgentId;
use edgeward_pki::{Authority, CertificateInfo, CommandSigner, Issued};
use edgeward_store::{AgentStore, EnrolRefusal, Failure, NewAgent, StoreError, UnknownAgent};
use edgeward_wire::enrol::{
    DeviceEnrolRequest, EnrolAnswer, EnrolRequest, RenewAnswer, RenewRequest,
};

use crate::agents::facts_from_wire;
use crate::app::App;
use crate::config::Agents as Rules;
use crate::devices::EnrolError;
use crate::events::Events;
use crate::now;

/// Issues identities.
pub struct Enrolment {
    /// The CA.
    pub authority: Arc<Authority>,
    /// Whose public key agents are told.
    pub signer: Arc<CommandSigner>,
    /// Where agents are recorded.
    pub store: Arc<dyn AgentStore>,
    /// Where agents find MQTT, as `host:port`.
    pub mqtt: Vec<String>,
    /// What is allowed.
    pub rules: Rules,
    /// Who is told of new agents.
    pub events: Events,
    /// Who lets devices in by what snapd knows of them.
    pub app: Weak<App>,
}

/// Why there is no identity; each is a [`edgeward_wire::enrol::Refusal`] for the agent.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such token.
    #[error(
        "this join token is not known here; it may have been deleted, or belong to another installation; make a new one with \"edgeward agent token create\""
    )]
    TokenUnknown,
    /// Too late.
    #[error("this join token has expired; make a new one with \"edgeward agent token create\"")]
    TokenExpired,
    /// Used as often as it may be.
    #[error("this join token was used up; make a new one with \"edgeward agent token create\"")]
    TokenUsedUp,
    /// Not a request for a P-256 key.
    #[error("the signing request cannot be used; it must be PKCS#10 in PEM for a P-256 key")]
    RequestInvalid(#[source] edgeward_pki::PkiError),
    /// The installation wants a token.
    #[error(
        "this installation takes devices with a join token only; make one with \"edgeward agent token create\""
    )]
    UnmanagedNotAllowed,
    /// The list of unmanaged agents is full.
    #[error("too many unmanaged agents are waiting; adopt or delete some, or use a join token")]
    TooManyUnmanaged,
    /// The certificate's agent was deleted.
    #[error("this agent is not known here any more; join again with a new token")]
    AgentUnknown,
    /// Its assertions do not let it in.
    #[error(transparent)]
    Device(EnrolError),
    /// Not the agent's fault.
    #[error("the control plane cannot enrol now; try again later")]
    Unavailable(#[source] StoreError),
}

impl Refusal {
    fn from_enrol(failure: Failure<EnrolRefusal>) -> Self {
        match failure {
            Failure::Refused(EnrolRefusal::UnknownToken) => Self::TokenUnknown,
            Failure::Refused(EnrolRefusal::Expired) => Self::TokenExpired,
            Failure::Refused(EnrolRefusal::UsedUp) => Self::TokenUsedUp,
            Failure::Refused(EnrolRefusal::TooManyUnmanaged { .. }) => Self::TooManyUnmanaged,
            Failure::Store(error) => Self::Unavailable(error),
        }
    }

    /// The stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TokenUnknown => "token_unknown",
            Self::TokenExpired => "token_expired",
            Self::TokenUsedUp => "token_used_up",
            Self::RequestInvalid(_) => "csr_invalid",
            Self::UnmanagedNotAllowed => "unmanaged_not_allowed",
            Self::TooManyUnmanaged => "too_many_unmanaged",
            Self::AgentUnknown => "agent_unknown",
            Self::Device(EnrolError::Store(_)) | Self::Unavailable(_) => "internal",
            Self::Device(EnrolError::Certificate(_)) => "csr_invalid",
            Self::Device(EnrolError::Refused(DeviceRefusal::NotRegistered(_))) => "device_unknown",
            Self::Device(EnrolError::Refused(_) | EnrolError::Busy) => "device_refused",
        }
    }
}

impl Enrolment {
    /// A new identity for a device.
    pub async fn enrol(
        &self,
        request: EnrolRequest,
        address: String,
    ) -> Result<EnrolAnswer, Refusal> {
        let agent = AgentId::generate();
        let issued = self.issue(&request.csr, agent)?;
        let new = NewAgent {
            id: agent,
            facts: facts_from_wire(&request.facts),
            address,
        };
        let enrolled = match &request.secret {
            Some(secret) => {
                let hash = edgeward_pki::sha256_hex(secret.as_bytes());
                self.store.enrol_with_token(&hash, new, now()).await
            }
            None if !self.rules.allow_unmanaged => return Err(Refusal::UnmanagedNotAllowed),
            None => {
                self.store
                    .enrol_unmanaged(new, self.rules.max_unmanaged, now())
                    .await
            }
        };
        enrolled.map_err(Refusal::from_enrol)?;
        self.record(agent, &issued).await?;
        for kind in [Kind::Agents, Kind::Services, Kind::JoinTokens] {
            self.events.changed(kind);
        }
        tracing::info!(%agent, with_token = request.secret.is_some(), "enrolled an agent");
        Ok(self.answer(agent, issued))
    }

    /// A new identity for a device that shows its assertions.
    pub async fn enrol_device(
        &self,
        request: DeviceEnrolRequest,
        address: &str,
    ) -> Result<EnrolAnswer, Refusal> {
        // While the control plane stops, there is nobody to let it in.
        let app = self
            .app
            .upgrade()
            .ok_or(Refusal::Device(EnrolError::Busy))?;
        let lifetime = Duration::from_secs(self.rules.certificate_lifetime_h * 3600);
        let facts = facts_from_wire(&request.facts);
        let (registered, issued) = app
            .devices
            .enrol_ours(&request, facts, lifetime, address)
            .await
            .map_err(Refusal::Device)?;
        let data = &registered.device_data;
        let device_data = (!data.is_empty()).then(|| STANDARD.encode(data));
        Ok(EnrolAnswer {
            device_data,
            ..self.answer(registered.id, issued)
        })
    }

    fn answer(&self, agent: AgentId, issued: Issued) -> EnrolAnswer {
        EnrolAnswer {
            agent,
            certificate: issued.pem,
            ca: self.authority.certificate_pem().to_owned(),
            mqtt: self.mqtt.clone(),
            command_key: self.signer.public_key_base64(),
            device_data: None,
        }
    }

    /// A new certificate for the identity that the present one proves.
    pub async fn renew(
        &self,
        present: &CertificateInfo,
        request: RenewRequest,
    ) -> Result<RenewAnswer, Refusal> {
        let agent: AgentId = present
            .common_name
            .parse()
            .map_err(|_| Refusal::AgentUnknown)?;
        self.store
            .find_by_certificate(agent, &present.serial)
            .await
            .map_err(Refusal::Unavailable)?
            .ok_or(Refusal::AgentUnknown)?;
        let issued = self.issue(&request.csr, agent)?;
        self.record(agent, &issued).await?;
        self.events.changed(Kind::Agents);
        tracing::info!(%agent, "renewed a certificate");
        Ok(RenewAnswer {
            certificate: issued.pem,
        })
    }

    async fn record(&self, agent: AgentId, issued: &Issued) -> Result<(), Refusal> {
        let certificate = Certificate {
            serial: issued.serial.clone(),
            not_after: issued.not_after.into(),
        };
        self.store
            .record_certificate(agent, certificate, now())
            .await
            .map_err(|failure| match failure {
                Failure::Refused(UnknownAgent) => Refusal::AgentUnknown,
                Failure::Store(error) => Refusal::Unavailable(error),
            })
    }

    fn issue(&self, csr: &str, agent: AgentId) -> Result<Issued, Refusal> {
        let lifetime = Duration::from_secs(self.rules.certificate_lifetime_h * 3600);
        self.authority
            .issue_device(csr, &agent.to_string(), lifetime, SystemTime::now())
            .map_err(Refusal::RequestInvalid)
    }
}
