//! What agents say of the services that they host.

use std::collections::HashMap;
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::hosting::{Heard, Hosted, Reported};
use edgeward_ids::{AgentId, OfferName, ServiceId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter, QuerySelect,
};

use super::super::row::{to_agent_model, to_capability, to_hosted, to_model, to_offer};
use super::super::{Capability, HostingHeard, MAX_HOSTED_SERVICES, OrderEnd};
use super::order::write;
use crate::agents::sql::has_agent;
use crate::database::fault::{Broken, Fault};
use crate::database::hosting::{hosted_service, hosting_agent};
use crate::database::text::storable;
use crate::database::{Database, Writing};

/// What a report changes.
struct Plan {
    capability: bool,
    services: Vec<(hosted_service::Model, Heard)>,
    open: bool,
}

impl Plan {
    fn writes_nothing(&self) -> bool {
        !self.capability && self.services.is_empty()
    }
}

pub(super) async fn record(
    database: &Database,
    agent: AgentId,
    capability: Capability,
    services: Vec<(OfferName, Reported)>,
    now: Moment,
) -> Result<HostingHeard, Fault<Infallible>> {
    let capability = Capability {
        engine: capability
            .engine
            .map(|(name, version)| (storable(&name), storable(&version))),
        problem: storable(&capability.problem),
        ..capability
    };
    let said: HashMap<OfferName, Reported> = services
        .into_iter()
        .take(MAX_HOSTED_SERVICES)
        .map(|(offer, reported)| {
            let reported = Reported {
                present: storable(&reported.present),
                message: storable(&reported.message),
                ..reported
            };
            (offer, reported)
        })
        .collect();
    let reading = database.read().await?;
    let known = plan(&reading, agent, &capability, &said, now, false).await?;
    reading.commit().await?;
    // Most reports repeat what is known: after a restart they come from the whole fleet at once.
    if known.writes_nothing() {
        return Ok(HostingHeard {
            changed: false,
            open: known.open,
        });
    }
    let transaction = database.write().await?;
    if !has_agent(&transaction, agent).await? {
        return Ok(HostingHeard::default());
    }
    let plan = plan(&*transaction, agent, &capability, &said, now, true).await?;
    if plan.capability {
        let row = to_agent_model(agent, &capability, now).into_active_model();
        let mut again = OnConflict::column(hosting_agent::Column::AgentId);
        again.update_columns([
            hosting_agent::Column::EngineName,
            hosting_agent::Column::EngineVersion,
            hosting_agent::Column::Snaps,
            hosting_agent::Column::Problem,
            hosting_agent::Column::ReportedAt,
        ]);
        hosting_agent::Entity::insert(row.reset_all())
            .on_conflict(again)
            .exec_without_returning(&*transaction)
            .await?;
    }
    let heard = HostingHeard {
        changed: !plan.writes_nothing(),
        open: plan.open,
    };
    for (row, change) in plan.services {
        carry_out(&transaction, row, change).await?;
    }
    transaction.commit().await?;
    Ok(heard)
}

async fn plan(
    on: &impl ConnectionTrait,
    agent: AgentId,
    capability: &Capability,
    said: &HashMap<OfferName, Reported>,
    now: Moment,
    lock: bool,
) -> Result<Plan, Broken> {
    let known = hosting_agent::Entity::find_by_id(agent.as_uuid())
        .one(on)
        .await?;
    let known = known.map(to_capability);
    let mut rows =
        hosted_service::Entity::find().filter(hosted_service::Column::AgentId.eq(agent.as_uuid()));
    if lock {
        rows = rows.lock_exclusive();
    }
    let mut services = Vec::new();
    let mut open = false;
    for row in rows.all(on).await? {
        let hosted = to_hosted(&row)?;
        let heard = hosted.heard(said.get(&to_offer(&row.offer)?).cloned(), now);
        open |= match &heard {
            Heard::Nothing => hosted.course.is_open(),
            Heard::Changed(after) => after.course.is_open(),
            Heard::Gone => false,
        };
        if heard != Heard::Nothing {
            services.push((row, heard));
        }
    }
    Ok(Plan {
        capability: known.as_ref() != Some(capability),
        services,
        open,
    })
}

async fn carry_out(
    transaction: &Writing<'_>,
    row: hosted_service::Model,
    heard: Heard,
) -> Result<(), Broken> {
    match heard {
        Heard::Nothing => {}
        Heard::Changed(after) => write(transaction, changed(&row, &after)?).await?,
        Heard::Gone => {
            row.delete(&**transaction).await?;
        }
    }
    Ok(())
}

fn changed(row: &hosted_service::Model, after: &Hosted) -> Result<hosted_service::Model, Broken> {
    let agent = AgentId::from_uuid(row.agent_id);
    let service = row.service_id.map(ServiceId::from_uuid);
    Ok(to_model(agent, &to_offer(&row.offer)?, service, after))
}

pub(super) async fn ended(
    database: &Database,
    agent: AgentId,
    offer: &OfferName,
    generation: u64,
    end: OrderEnd<'_>,
    now: Moment,
) -> Result<bool, Fault<Infallible>> {
    let transaction = database.write().await?;
    let key = (agent.as_uuid(), offer.to_string());
    let row = hosted_service::Entity::find_by_id(key)
        .lock_exclusive()
        .one(&*transaction)
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let hosted = to_hosted(&row)?;
    let heard = match end {
        OrderEnd::Taken => hosted.taken(generation),
        OrderEnd::Refused(reason) => hosted.refused(generation, &storable(reason), now),
    };
    let is_changed = heard != Heard::Nothing;
    carry_out(&transaction, row, heard).await?;
    transaction.commit().await?;
    Ok(is_changed)
}
