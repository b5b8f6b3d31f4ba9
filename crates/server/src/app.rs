//! The control plane as handlers and background tasks see it. How it comes to be is in [`crate::start`].

use std::sync::Arc;

use edgeward_api::event::Kind;
use edgeward_broker::EmbeddedBroker;
use edgeward_bus::{Bus, Delivery, Link, Message};
use edgeward_domain::Moment;
use edgeward_runtime::Chain;
use edgeward_store::Store;
use edgeward_wire::topic;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::actions::{Actions, OldAgents};
use crate::agents::{Agents, Presence};
use crate::api_tokens::ApiTokens;
use crate::bus::Rates;
use crate::deliveries::Deliveries;
use crate::devices::{Devices, Lacking};
use crate::events::Events;
use crate::hosting::Hosting;
use crate::iot::Iot;
use crate::keys::Rotation;
use crate::mail::Mail;
use crate::rollouts::Rollouts;
use crate::services::{HandOver, Services, Ways};
use crate::settings::{self, LivePublic, Settings};
use crate::sso::Sso;
use crate::templates::Templates;
use crate::tunnel::Tunnels;
use crate::twins::Twins;
use crate::web::Public;

/// The application as handlers see it.
pub type Shared = Arc<App>;

/// What the overview shows of the way to the broker.
#[derive(Clone)]
pub struct LinkState {
    /// As the bus says it.
    pub link: Link,
    /// Since when it has been connected, or not.
    pub since: Moment,
}

/// The control plane.
pub struct App {
    pub(crate) store: Store,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) agent_service_kind: &'static str,
    pub(crate) link: Mutex<LinkState>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) tunnels: Arc<Tunnels>,
    pub(crate) agents: Agents,
    pub(crate) services: Services,
    pub(crate) ways: Arc<Ways>,
    pub(crate) rotation: Rotation,
    pub(crate) actions: Actions,
    pub(crate) twins: Twins,
    pub(crate) rollouts: Rollouts,
    pub(crate) templates: Templates,
    pub(crate) deliveries: Deliveries,
    pub(crate) hosting: Hosting,
    pub(crate) old_agents: OldAgents,
    pub(crate) devices: Devices,
    pub(crate) lacking: Lacking,
    pub(crate) iot: Arc<Iot>,
    pub(crate) access: Access,
    pub(crate) hand_over: HandOver,
    pub(crate) events: Events,
    pub(crate) api_tokens: ApiTokens,
    pub(crate) settings: Arc<Settings>,
    pub(crate) mail: Mail,
    pub(crate) sso: Sso,
    pub(crate) proof: settings::reach::Proof,
    pub(crate) rates: Arc<Rates>,
    pub(crate) broker: Option<Arc<EmbeddedBroker>>,
    pub(crate) public: LivePublic,
    pub(crate) ca_pem: String,
    pub(crate) ca_fingerprint: String,
    pub(crate) ca_expires_at: Moment,
    pub(crate) enrolment_addresses: Vec<String>,
    pub(crate) shutdown: CancellationToken,
}

impl App {
    /// How people reach the control plane now.
    pub(crate) fn public(&self) -> arc_swap::Guard<Arc<Public>> {
        self.public.load()
    }

    /// Somebody's rights, sessions or account changed: whoever acts is looked at anew.
    pub(crate) fn people_changed(&self) {
        self.access.forget_cached();
        self.api_tokens.forget_cached();
        self.events.changed(Kind::Users);
    }

    /// Organisations or projects changed, and with them who may do what.
    pub(crate) fn places_changed(&self) {
        self.people_changed();
        self.events.changed(Kind::Organisations);
    }

    /// Asks every agent to say that it is there.
    pub(crate) async fn hail(&self) {
        let hail = Message {
            topic: topic::HAIL.into(),
            payload: bytes::Bytes::new(),
            delivery: Delivery::AtMostOnce,
            retained: false,
        };
        if let Err(error) = self.bus.publish(hail).await {
            tracing::warn!(error = %Chain(&error), "cannot hail the agents");
        }
    }
}
