//! Use cases of deliveries.

use std::collections::HashMap;
use std::sync::Arc;

use edgeward_api::delivery as api;
use edgeward_api::event::Kind as Event;
use edgeward_api::list::List;
use edgeward_domain::access::{Permit, Visible};
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, MAX_DEVICES, Plan, Rollout, State};
use edgeward_ids::{Name, RolloutId, ServiceId};
use edgeward_pki::{PkiError, SecretBox};
use edgeward_products::{Kind, fill, placeholders, product};
use edgeward_runtime::Chain;
use edgeward_store::{
    DeliveryFilter, DeliveryStore, DeliveryView, DeliveryWork, Failure, NewTarget,
    RolloutChangeRefusal, RolloutRefusal, Slice, StoreError, Template, TemplateVersion,
};
use futures::StreamExt as _;

use super::carry::{Carrier, CarryError};
use super::step::extent;
use super::values;
use super::view::{difference_to_api, step_from_api, target_to_api, to_api};
use crate::app::App;
use crate::events::Events;
use crate::now;
use crate::rollouts::state_from_api;
use crate::services::Route;

/// How many services are read at once for a preview.
const READ_AT_ONCE: usize = 16;

/// The longest value, in characters.
const MAX_VALUE_CHARS: usize = 4096;

/// The most services that are named in an error.
const MAX_NAMED: usize = 10;

/// A delivery to be made, checked.
pub(super) struct Wanted {
    pub(super) name: Name,
    pub(super) template: Template,
    pub(super) version: TemplateVersion,
    pub(super) defaults: api::Values,
    pub(super) to: Vec<To>,
    pub(super) plan: Plan,
}

/// A service that it goes to.
#[derive(Clone)]
pub(super) struct To {
    pub(super) route: Route,
    pub(super) name: Name,
    pub(super) values: api::Values,
}

/// Why a delivery is not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum BeginError {
    #[error("no service is named, and none has the tag")]
    Nobody,
    #[error("it would go to {0} services; a delivery goes to at most {MAX_DEVICES}")]
    TooMany(usize),
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Refused(#[from] RolloutRefusal),
    #[error("what is asked for could not be looked through")]
    Ended(#[from] tokio::task::JoinError),
    #[error("the values cannot be kept")]
    Seal(#[from] PkiError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deliveries.
pub struct Deliveries {
    pub(super) store: Arc<dyn DeliveryStore>,
    pub(super) secrets: Arc<SecretBox>,
    events: Events,
}

impl Deliveries {
    /// Over this store; what services were set to before is sealed with these secrets.
    pub fn new(store: Arc<dyn DeliveryStore>, secrets: Arc<SecretBox>, events: Events) -> Self {
        Self {
            store,
            secrets,
            events,
        }
    }

    /// Begins a delivery. The permit is for the template's project.
    pub(super) async fn begin(
        &self,
        _permit: &Permit,
        by: &By,
        wanted: Wanted,
    ) -> Result<RolloutId, BeginError> {
        // Filling in is work for the processor.
        let checked = move || wanted.check().map(|()| wanted);
        let wanted = tokio::task::spawn_blocking(checked).await??;
        let id = RolloutId::generate();
        let places = wanted.plan.places(wanted.to.len() as u64);
        let mut targets = Vec::with_capacity(wanted.to.len());
        for (to, wave) in wanted.to.iter().zip(places) {
            targets.push(NewTarget {
                service: to.route.service,
                name: to.name.clone(),
                wave,
                values: values::seal(&self.secrets, id, &to.values)?,
            });
        }
        let now = now();
        let work = DeliveryWork {
            template: Some(wanted.template.id),
            template_name: wanted.template.name.to_string(),
            version: wanted.version.number,
            kind: wanted.template.kind.clone(),
            extent: wanted.version.extent.clone(),
            text: wanted.version.text.clone(),
            defaults: values::seal(&self.secrets, id, &wanted.defaults)?,
        };
        let course = Rollout {
            id,
            name: wanted.name,
            organisation: wanted.template.organisation,
            project: Some(wanted.template.project),
            plan: wanted.plan,
            state: State::Running,
            reason: String::new(),
            begun: 0,
            forgiven: 0,
            created_at: now,
            created_by: by.author.name.clone(),
            changed_at: now,
        };
        self.store
            .begin_delivery(&course, &work, &targets, by)
            .await
            .map_err(|failure| match failure {
                Failure::Store(error) => BeginError::Store(error),
                Failure::Refused(refusal) => BeginError::Refused(refusal),
            })?;
        self.changed();
        Ok(course.id)
    }

    /// What a delivery would do; the first services are read for it.
    pub(super) async fn preview(
        &self,
        app: &App,
        wanted: &Wanted,
    ) -> Result<api::DeliveryPreview, BeginError> {
        let total = wanted.to.len() as u64;
        let shown = wanted.to.iter().cloned().zip(wanted.plan.places(total));
        let shown: Vec<(To, u32)> = shown.take(api::MAX_PREVIEWED).collect();
        let services = futures::stream::iter(shown)
            .map(async |(to, wave)| previewed(app, wanted, &to, wave).await)
            .buffered(READ_AT_ONCE)
            .collect()
            .await;
        Ok(api::DeliveryPreview {
            total,
            waves: wanted.plan.sizes(total),
            services,
        })
    }

    /// The deliveries that match and may be seen, the newest first.
    pub(super) async fn list(
        &self,
        visible: Visible,
        filter: &api::DeliveryFilter,
        slice: Slice,
    ) -> Result<List<api::Delivery>, StoreError> {
        let wanted = DeliveryFilter {
            organisation: filter.organisation,
            project: filter.project,
            state: filter.state.map(state_from_api),
            visible,
        };
        let page = self.store.deliveries(&wanted, slice).await?;
        Ok(List {
            items: page
                .items
                .into_iter()
                .map(|view| self.shown(view))
                .collect(),
            total: page.total,
        })
    }

    /// A delivery as the REST API shows it.
    pub(super) fn shown(&self, view: DeliveryView) -> api::Delivery {
        to_api(&self.secrets, view)
    }

    /// One delivery.
    pub(super) async fn find(&self, id: RolloutId) -> Result<Option<DeliveryView>, StoreError> {
        self.store.delivery(id).await
    }

    /// A delivery's services, in the order of their waves and names.
    pub(super) async fn services(
        &self,
        id: RolloutId,
        step: Option<api::Step>,
        slice: Slice,
    ) -> Result<List<api::DeliveredService>, StoreError> {
        let step = step.map(step_from_api);
        let page = self.store.delivery_targets(id, step, slice).await?;
        Ok(List {
            items: page
                .items
                .into_iter()
                .map(|target| target_to_api(&self.secrets, id, target))
                .collect(),
            total: page.total,
        })
    }

    /// Changes a delivery. The permit is for its project.
    pub(super) async fn change(
        &self,
        _permit: &Permit,
        by: &By,
        id: RolloutId,
        change: &Change,
    ) -> Result<(), Failure<RolloutChangeRefusal>> {
        self.store.change_delivery(id, change, by, now()).await?;
        self.changed();
        Ok(())
    }

    /// A delivery is further.
    pub(super) fn changed(&self) {
        self.events.changed(Event::Deliveries);
        self.events.changed(Event::Audit);
    }
}

impl Wanted {
    /// The values for a service.
    fn values(&self, to: &To) -> api::Values {
        let mut values = self.defaults.clone();
        values.extend(to.values.clone());
        values
    }

    /// Whether each service has all values that it needs, and they fit; nothing is begun that must fail.
    fn check(&self) -> Result<(), BeginError> {
        if self.to.is_empty() {
            return Err(BeginError::Nobody);
        }
        if self.to.len() > MAX_DEVICES {
            return Err(BeginError::TooMany(self.to.len()));
        }
        let invalid = |problem: String| Err(BeginError::Invalid(problem));
        let Some(configuration) = product(Kind::of(&self.template.kind)).configuration() else {
            return invalid(format!(
                "services of the kind {} have no configuration that can be delivered",
                self.template.kind
            ));
        };
        let known = match placeholders(&self.version.text) {
            Ok(known) => known,
            Err(error) => return invalid(format!("the template: {}", Chain(&error))),
        };
        let mut wrong = Vec::new();
        for values in self.to.iter().map(|to| &to.values).chain([&self.defaults]) {
            for (name, value) in values {
                if !known.contains(name) {
                    return invalid(format!(
                        "the template has no ${{{name}}}; it has {}",
                        listed(&known)
                    ));
                }
                if value.chars().count() > MAX_VALUE_CHARS {
                    return invalid(format!(
                        "the value of {name} is longer than {MAX_VALUE_CHARS} characters"
                    ));
                }
            }
        }
        // Many services with the same values need one look.
        let mut looked: HashMap<&api::Values, Option<String>> = HashMap::new();
        for to in &self.to {
            let problem = looked.entry(&to.values).or_insert_with(|| {
                let filled = fill(configuration.form(), &self.version.text, &self.values(to));
                match filled {
                    Err(error) => Some(Chain(&error).to_string()),
                    Ok(text) => configuration
                        .check(&text)
                        .err()
                        .map(|error| Chain(&error).to_string()),
                }
            });
            if let Some(problem) = problem {
                wrong.push(format!("{}: {problem}", to.name));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let more = wrong.len().saturating_sub(MAX_NAMED);
        wrong.truncate(MAX_NAMED);
        if more > 0 {
            wrong.push(format!("and {more} more"));
        }
        invalid(wrong.join("; "))
    }
}

/// How a service would change.
async fn previewed(app: &App, wanted: &Wanted, to: &To, wave: u32) -> api::PreviewedService {
    let seen = async {
        let carrier = Carrier::new(&app.ways, &to.route)?;
        let form = carrier.configuration().form();
        let filled = fill(form, &wanted.version.text, &wanted.values(to))?;
        let present = carrier.read().await?;
        let extent = extent(&wanted.version.extent);
        Ok::<_, CarryError>(carrier.differences(&filled, &present, extent))
    };
    let (differences, problem) = match seen.await {
        Ok(differences) => (differences, None),
        Err(error) => (Vec::new(), Some(Chain(&error).to_string())),
    };
    api::PreviewedService {
        service_id: to.route.service,
        name: to.name.clone(),
        wave,
        differences: differences.into_iter().map(difference_to_api).collect(),
        problem,
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("${{{name}}}")).collect();
    names.join(", ")
}

/// The services by their ids, in the order in which they are named; each once.
pub(super) fn once<T>(named: Vec<(ServiceId, T)>) -> Vec<(ServiceId, T)> {
    let mut seen = std::collections::HashSet::new();
    named
        .into_iter()
        .filter(|(id, _)| seen.insert(*id))
        .collect()
}
