//! Use cases of devices.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edgeward_api::event::Kind;
use edgeward_bus::Bus;
use edgeward_domain::access::{Permit, Visible};
use edgeward_domain::agent::{AgentFacts, Certificate};
use edgeward_domain::audit::By;
use edgeward_domain::device::{
    Dialect, EnrolRefusal, Registration, Shown, Signatures, Status, admit, may_register_itself,
};
use edgeward_ids::{AgentId, OrganisationId};
use edgeward_pki::{Authority, Issued, IssuedWithKey, PkiError};
use edgeward_store::{
    DeviceEnrolment, DeviceStore, Failure, MAX_PAGE_ITEMS, NewRegistration, RegisterRefusal,
    RegistrationChange, RegistrationFilter, RegistrationRefusal, RegistrationView, Slice,
    StoreError,
};
use edgeward_wire::iot::enrol as wire;
use tokio::sync::Semaphore;

use super::assertions::Presented;
use super::view::{organisation_to_wire, to_wire};
use crate::agents::Presence;
use crate::bus::Gate;
use crate::events::Events;
use crate::iot::Iot;
use crate::now;
use crate::tunnel::Tunnels;

/// How long the certificate of an existing agent lasts, which never asks for a new one: ten years. It is worth nothing once its
/// device is disabled, deleted, or has enrolled again.
const IOT_CERTIFICATE_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// How many keys are made at once.
const KEYS_AT_ONCE: usize = 2;

/// How many enrolments may wait for a key to be made; more are told to come back.
const MAX_WAITING_FOR_KEYS: usize = 512;

/// What the host name of the broker is made of where agents are told no address.
pub(crate) struct BrokerAddress {
    /// The host or address.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: String,
}

/// Devices.
pub struct Devices {
    /// What is recorded.
    pub store: Arc<dyn DeviceStore>,
    /// Who is there.
    pub presence: Arc<Presence>,
    /// Who may do what.
    pub gate: Arc<Gate>,
    /// Where live connections can be ended.
    pub bus: Arc<dyn Bus>,
    /// Open tunnels, which end with the device.
    pub tunnels: Arc<Tunnels>,
    /// The side of the existing agents.
    pub iot: Arc<Iot>,
    /// Who is told.
    pub events: Events,
    /// The CA.
    pub authority: Arc<Authority>,
    /// Where agents find MQTT, as `host:port`.
    pub mqtt: Vec<String>,
    /// Keys that are being made.
    pub keys: Keys,
}

/// How many keys are being made, and are waited for.
pub struct Keys {
    making: Semaphore,
    waiting: Semaphore,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            making: Semaphore::new(KEYS_AT_ONCE),
            waiting: Semaphore::new(MAX_WAITING_FOR_KEYS),
        }
    }
}

/// Why a device was not let in.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The rules are against it.
    #[error(transparent)]
    Refused(EnrolRefusal),
    /// Too many at once.
    #[error("too many devices enrol at this moment; try again later")]
    Busy,
    /// No certificate could be made, or the signing request cannot be used.
    #[error("cannot make a certificate")]
    Certificate(#[source] PkiError),
    /// The database failed.
    #[error("the control plane cannot enrol now; try again later")]
    Store(#[source] StoreError),
}

impl EnrolError {
    fn of(failure: Failure<EnrolRefusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Store(error) => Self::Store(error),
        }
    }

    /// Counts it, and logs it once.
    fn counted(self, address: &str) -> Self {
        let reason = match &self {
            Self::Refused(refusal) => refusal.word(),
            Self::Busy => "busy",
            Self::Certificate(_) => "certificate",
            Self::Store(_) => "store_unavailable",
        };
        metrics::counter!("edgeward_device_enrolment_refusals_total", "reason" => reason)
            .increment(1);
        tracing::warn!(address, reason, error = %edgeward_runtime::Chain(&self), "did not enrol a device");
        self
    }
}

/// A device that wants to enrol, and may as far as can be said without making anything.
struct Candidate {
    id: AgentId,
    presented: Presented,
    signatures: Signatures,
    /// Where it registers itself; nothing when it is registered.
    organisation: Option<OrganisationId>,
    /// The organisation's name, as certificates say it; unknown for one that registers itself.
    organisation_name: String,
}

impl Devices {
    /// Enrols an existing agent: its assertions become a key and a certificate.
    pub async fn enrol_iot(
        &self,
        stream: &[u8],
        address: &str,
        broker: BrokerAddress,
    ) -> Result<wire::Enrollment, EnrolError> {
        let enrolled = self.try_enrol_iot(stream, address, broker).await;
        enrolled.map_err(|error| error.counted(address))
    }

    async fn try_enrol_iot(
        &self,
        stream: &[u8],
        address: &str,
        broker: BrokerAddress,
    ) -> Result<wire::Enrollment, EnrolError> {
        let candidate = self.look_at(stream).await?;
        let made = self.key_for(&candidate).await?;
        let facts = facts_of(&candidate.presented.shown);
        let view = self
            .let_in(candidate, Dialect::Iot, &made.certificate, facts, address)
            .await?;
        let registration = &view.registration;
        let organisation = organisation_to_wire(
            registration.organisation,
            &view.place.organisation,
            self.authority.certificate_pem(),
        );
        Ok(wire::Enrollment {
            credentials: wire::Credentials {
                private_key: made.key_pem.into_bytes(),
                certificate: made.certificate.pem.into_bytes(),
                mqtt_url: broker.host,
                mqtt_port: broker.port,
            },
            ..to_wire(registration, organisation, true)
        })
    }

    /// Enrols an agent of ours: its assertions and signing request become a certificate for the id of the registration.
    pub async fn enrol_ours(
        &self,
        request: &edgeward_wire::enrol::DeviceEnrolRequest,
        facts: AgentFacts,
        lifetime: Duration,
        address: &str,
    ) -> Result<(Registration, Issued), EnrolError> {
        let enrolled = self.try_enrol_ours(request, facts, lifetime, address).await;
        enrolled.map_err(|error| error.counted(address))
    }

    async fn try_enrol_ours(
        &self,
        request: &edgeward_wire::enrol::DeviceEnrolRequest,
        facts: AgentFacts,
        lifetime: Duration,
        address: &str,
    ) -> Result<(Registration, Issued), EnrolError> {
        let candidate = self.look_at(request.assertions.as_bytes()).await?;
        if let Some(proof) = &request.proof
            && !candidate.presented.proven_by(proof, &request.csr)
        {
            let device = candidate.presented.shown.identity;
            return Err(EnrolError::Refused(EnrolRefusal::KeyNotProven(device)));
        }
        let id = candidate.id;
        let issued = self
            .authority
            .issue_device(&request.csr, &id.to_string(), lifetime, SystemTime::now())
            .map_err(EnrolError::Certificate)?;
        let facts = if facts.hostname.is_empty() {
            facts_of(&candidate.presented.shown)
        } else {
            facts
        };
        let view = self
            .let_in(candidate, Dialect::Edgeward, &issued, facts, address)
            .await?;
        Ok((view.registration, issued))
    }

    /// Who it is, and whether it may; nothing is made before that is known.
    async fn look_at(&self, stream: &[u8]) -> Result<Candidate, EnrolError> {
        let presented = Presented::read(stream).map_err(EnrolError::Refused)?;
        let identity = &presented.shown.identity;
        let registered = self.store.registration_of(identity).await;
        let registered = registered.map_err(EnrolError::Store)?;
        let organisation = match &registered {
            Some(view) => Some(view.registration.organisation),
            None => {
                let keys = presented.keys();
                let found = self.store.automatic_organisation(&keys).await;
                found.map_err(EnrolError::Store)?
            }
        };
        let policy = match organisation {
            Some(id) => self.store.enrolment_policy(id).await,
            None => Ok(Default::default()),
        };
        let policy = policy.map_err(EnrolError::Store)?;
        let signatures = presented.signatures(&policy.authorities);
        let rules = policy.rules();
        match &registered {
            Some(view) => admit(&view.registration, &signatures, &rules).map(|_| ()),
            None => may_register_itself(identity, &signatures, &rules).map(|_| ()),
        }
        .map_err(EnrolError::Refused)?;
        Ok(Candidate {
            id: registered
                .as_ref()
                .map_or_else(AgentId::generate, |view| view.registration.id),
            signatures,
            organisation: if registered.is_some() {
                None
            } else {
                organisation
            },
            organisation_name: registered
                .map_or_else(String::new, |view| view.place.organisation.to_string()),
            presented,
        })
    }

    async fn key_for(&self, candidate: &Candidate) -> Result<IssuedWithKey, EnrolError> {
        let _waiting = self
            .keys
            .waiting
            .try_acquire()
            .map_err(|_| EnrolError::Busy)?;
        let _making = self.keys.making.acquire().await;
        let authority = self.authority.clone();
        let (id, organisation) = (
            candidate.id.to_string(),
            candidate.organisation_name.clone(),
        );
        let making = tokio::task::spawn_blocking(move || {
            authority.issue_device_with_key(
                &id,
                &organisation,
                IOT_CERTIFICATE_LIFETIME,
                SystemTime::now(),
            )
        });
        match making.await {
            Ok(made) => made.map_err(EnrolError::Certificate),
            // It was ended with the process.
            Err(_) => Err(EnrolError::Busy),
        }
    }

    async fn let_in(
        &self,
        candidate: Candidate,
        dialect: Dialect,
        certificate: &Issued,
        facts: AgentFacts,
        address: &str,
    ) -> Result<RegistrationView, EnrolError> {
        let id = candidate.id;
        let enrolment = DeviceEnrolment {
            id,
            shown: candidate.presented.shown,
            signatures: candidate.signatures,
            organisation: candidate.organisation,
            dialect,
            certificate: Certificate {
                serial: certificate.serial.clone(),
                not_after: certificate.not_after.into(),
            },
            facts,
            address: address.to_owned(),
        };
        let view = self.store.enrol_device(enrolment, now()).await;
        let view = view.map_err(EnrolError::of)?;
        // Whoever is connected with the certificate that it had before.
        self.gate.allow(id);
        self.bus.kick(&id.to_string()).await;
        self.changed();
        let device = &view.registration.identity;
        tracing::info!(agent = %id, %device, dialect = dialect.as_str(), "enrolled a device");
        Ok(view)
    }

    /// Registers devices, all of them or none.
    pub async fn register(
        &self,
        _permit: &Permit,
        by: &By,
        devices: Vec<NewRegistration>,
    ) -> Result<Vec<RegistrationView>, Failure<RegisterRefusal>> {
        let count = devices.len();
        let made = self.store.register(devices, by, now()).await?;
        self.events.changed(Kind::Registrations);
        tracing::info!(count, "registered devices");
        Ok(made)
    }

    /// Changes a registration. One that is disabled by that loses its live connection.
    pub async fn change(
        &self,
        _permit: &Permit,
        by: &By,
        id: AgentId,
        change: RegistrationChange,
    ) -> Result<RegistrationView, Failure<RegistrationRefusal>> {
        let view = self
            .store
            .change_registration(id, change, by, now())
            .await?;
        if view.registration.status == Status::Disabled {
            self.cut(id, "the device was disabled").await;
        } else {
            self.gate.allow(id);
        }
        self.changed();
        Ok(view)
    }

    /// Deletes a registration with its agent; it loses its live connection.
    pub async fn delete(
        &self,
        _permit: &Permit,
        by: &By,
        id: AgentId,
    ) -> Result<Registration, Failure<RegistrationRefusal>> {
        let view = self.store.delete_registration(id, by, now()).await?;
        self.cut(id, "the device was deleted").await;
        self.presence.forget(id);
        self.iot.measured.forget(id);
        self.changed();
        tracing::info!(agent = %id, device = %view.registration.identity, "deleted a device");
        Ok(view.registration)
    }

    /// After a start: the disabled ones are denied before anybody connects.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn deny_disabled(&self) -> Result<(), StoreError> {
        let disabled = RegistrationFilter {
            status: Some(Status::Disabled),
            ..RegistrationFilter::new(Visible::Everything)
        };
        let mut offset = 0;
        loop {
            let slice = Slice {
                offset,
                limit: MAX_PAGE_ITEMS,
            };
            let page = self.store.registrations(&disabled, slice).await?;
            for view in &page.items {
                self.gate.deny(view.registration.id);
            }
            offset += MAX_PAGE_ITEMS;
            if offset >= page.total {
                return Ok(());
            }
        }
    }

    /// Ends what a device has open.
    async fn cut(&self, id: AgentId, why: &'static str) {
        self.gate.deny(id);
        self.tunnels.end(id, why);
        self.bus.kick(&id.to_string()).await;
    }

    fn changed(&self) {
        for kind in [Kind::Registrations, Kind::Agents, Kind::Services] {
            self.events.changed(kind);
        }
    }

    /// Where existing agents find MQTT; `console_host` where no address was configured.
    pub(crate) fn broker_address(&self, console_host: Option<&str>) -> BrokerAddress {
        let first = self.mqtt.first().map_or("", String::as_str);
        let (host, port) = first.rsplit_once(':').unwrap_or((first, "8883"));
        let host = host.trim_matches(['[', ']']);
        let is_everywhere = host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_unspecified());
        BrokerAddress {
            host: match console_host {
                Some(console) if is_everywhere => console.to_owned(),
                _ => host.to_owned(),
            },
            port: port.to_owned(),
        }
    }
}

/// What is known of a device that says nothing of itself.
fn facts_of(shown: &Shown) -> AgentFacts {
    AgentFacts {
        hostname: shown.identity.serial.clone(),
        description: format!("{} {}", shown.identity.brand, shown.identity.model),
        ..AgentFacts::default()
    }
}
