//! Deliveries: one version of a template, filled in for each of many services, brought to them in waves.

use std::collections::BTreeMap;

use edgeward_ids::{Name, OrganisationId, ProjectId, RolloutId, ServiceId, TemplateId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::rollout::{Counts, State};
use crate::template::Extent;

/// Values by the names of placeholders.
pub type Values = BTreeMap<String, String>;

/// The largest body of a request with a delivery in it, in bytes.
pub const MAX_DELIVERY_BYTES: usize = 16 * 1024 * 1024;

/// The most services that a preview reads.
pub const MAX_PREVIEWED: usize = 100;

/// `POST /deliveries` and `POST /deliveries/preview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRequest {
    /// What it is called.
    pub name: Name,
    /// The template; its project is the delivery's.
    pub template_id: TemplateId,
    /// Its version; the newest unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// To which services, in the order of the waves; at most 20 000. All are of the template's project and kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<DeliveryTo>,
    /// To all services of the template's project and kind with this tag, beside those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The values for services that have none of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: Values,
    /// In which waves.
    #[serde(default)]
    pub plan: DeliveryPlan,
}

/// A service that a delivery goes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryTo {
    /// Which.
    pub service_id: ServiceId,
    /// Its own values; they go before the default ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: Values,
}

/// How a delivery goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPlan {
    /// How many services each wave takes: a number such as `5`, or a share of all such as `10%`, at least one. Whatever is left after the
    /// last one is a wave of its own. At most 20; none means all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<String>,
    /// How many services may fail before the delivery pauses: a number, or a share of all such as `5%`; none may unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_limit: Option<String>,
    /// How long to watch a wave that is through before the next one begins, in seconds; at most 2 592 000 (30 days).
    #[serde(default)]
    pub watch_s: u64,
}

/// What a delivery would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPreview {
    /// To how many services.
    pub total: u64,
    /// How many services each wave would have.
    pub waves: Vec<u64>,
    /// The first 100 services, each as it is now and would be.
    pub services: Vec<PreviewedService>,
}

/// What a delivery would change of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewedService {
    /// Which.
    pub service_id: ServiceId,
    /// What it is called.
    pub name: Name,
    /// In which wave, from 1.
    pub wave: u32,
    /// What would change; nothing where it is so already, or where there is a problem.
    pub differences: Vec<Difference>,
    /// Why it could not be delivered to this one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A leaf of a configuration that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigurationDifference)]
pub struct Difference {
    /// Where.
    pub path: String,
    /// What is there; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What would be there; absent where nothing would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// The id.
    pub id: RolloutId,
    /// What it is called.
    pub name: Name,
    /// Its organisation.
    pub organisation_id: OrganisationId,
    /// Its project.
    pub project_id: Option<ProjectId>,
    /// The template; absent where that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<TemplateId>,
    /// What the template was called.
    pub template_name: String,
    /// Which version of it.
    pub version: u32,
    /// Of which services it is.
    pub kind: String,
    /// How much of a service's configuration it says.
    pub extent: Extent,
    /// The values for services that have none of their own.
    pub defaults: Values,
    /// In which waves.
    pub plan: DeliveryPlan,
    /// How far it is.
    pub state: State,
    /// Why it is in that state, where there is more to say.
    pub reason: String,
    /// How many waves have begun.
    pub begun: u32,
    /// Each wave's services.
    pub waves: Vec<Counts>,
    /// All services.
    pub counts: Counts,
    /// The undoing of it: of those services to which it was delivered.
    pub undo: Counts,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When its state last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// `GET /deliveries`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Only those of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// How many to pass over; the newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// How far a delivery to one service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryStep)]
pub enum Step {
    /// It has not begun.
    Waiting,
    /// It is being read, written and read again.
    UnderWay,
    /// It is as it is to be, read back.
    Done,
    /// It is as it was before, unless the message says otherwise.
    Failed,
    /// Called off.
    Cancelled,
}

/// A service of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliveredService {
    /// Which.
    pub service_id: ServiceId,
    /// What it was called.
    pub name: Name,
    /// In which wave, from 1.
    pub wave: u32,
    /// Its own values.
    pub values: Values,
    /// How far it is.
    pub state: Step,
    /// Why it failed, or what else there is to say.
    pub message: String,
    /// When that last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Timestamp>,
    /// How far the undoing is; absent where nothing is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_state: Option<Step>,
    /// Why that failed.
    pub undo_message: String,
}

/// `GET /deliveries/{id}/services`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveredServiceFilter {
    /// Only those that are so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Step>,
    /// How many to pass over; in the order of their waves and names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}
