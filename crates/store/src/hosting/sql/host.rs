//! Making a hosted service.

use std::collections::HashSet;

use edgeward_domain::Moment;
use edgeward_domain::agent::{Agent, MAX_OFFERS, Membership};
use edgeward_domain::audit::By;
use edgeward_domain::hosting::{Hosted, offer_name};
use edgeward_domain::service::{Service, Way};
use edgeward_ids::{AgentId, OfferName};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::super::row::to_model;
use super::super::{HostRefusal, MAX_HOSTED_SERVICES, Needs, NewHosted};
use super::{list, to_be_told};
use crate::agents::sql::row;
use crate::database::fault::{Broken, Fault};
use crate::database::hosting::{hosted_service, hosting_agent};
use crate::database::{Database, Guard, Writing};
use crate::services::change::{about, must_find, name_is_taken, shown};
use crate::services::sql::insert_services;
use crate::services::tags;
use crate::{ServiceView, Tagging};

pub(super) async fn host(
    database: &Database,
    new: NewHosted,
    by: &By,
    now: Moment,
) -> Result<ServiceView, Fault<HostRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let record = row::lock(&transaction, new.agent)
        .await?
        .ok_or(Fault::Rule(HostRefusal::UnknownAgent))?;
    let agent = &record.view.agent;
    let membership = agent
        .state
        .membership()
        .ok_or(Fault::Rule(HostRefusal::NotManaged))?;
    let offer = free_offer(&transaction, &new, agent, membership).await?;
    let service = Service {
        id: new.id,
        name: new.name,
        kind: new.kind,
        description: new.description,
        organisation: membership.organisation,
        project: new.project,
        created_at: now,
        way: Way::Agent {
            agent: agent.id,
            offer: offer.clone(),
            offered: false,
        },
        authentication: new.authentication,
    };
    insert_services(
        &*transaction,
        std::slice::from_ref(&service),
        &membership.name,
    )
    .await?;
    tags::insert(&*transaction, tags::each(service.id, &new.tagging.tags)).await?;
    let hosted = Hosted::new(new.spec, now);
    let row = to_model(agent.id, &offer, Some(service.id), &hosted);
    hosted_service::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&*transaction)
        .await?;
    to_be_told(&transaction, agent.id).await?;
    let view = must_find(&*transaction, service.id).await?;
    let mut after = shown(&view.service, &view.tags);
    after["agent"] = json!(membership.name);
    after["made_of"] = json!(new.made_of);
    transaction.note(about("service.host", &view.service).after(after), by, now);
    transaction.commit().await?;
    Ok(view)
}

/// What the service is to be offered as, if the agent may host it.
async fn free_offer(
    transaction: &Writing<'_>,
    new: &NewHosted,
    agent: &Agent,
    membership: &Membership,
) -> Result<OfferName, Fault<HostRefusal>> {
    if membership.project != new.project {
        return Err(Fault::Rule(HostRefusal::OtherProject));
    }
    let refused = lacking(transaction, agent.id, new.needs).await?;
    if let Some(refused) = refused {
        return Err(Fault::Rule(refused));
    }
    let mut taken: HashSet<OfferName> = list::offers(&**transaction, agent.id).await?;
    if taken.len() >= MAX_HOSTED_SERVICES {
        return Err(Fault::Rule(HostRefusal::TooManyHosted));
    }
    if membership.services.len() >= MAX_OFFERS {
        return Err(Fault::Rule(HostRefusal::TooManyOffers));
    }
    if name_is_taken(&**transaction, new.project, &new.name).await? {
        return Err(Fault::Rule(HostRefusal::NameTaken(new.name.clone())));
    }
    let Tagging { tags, limits } = &new.tagging;
    tags::allowed(&**transaction, new.project, new.id, tags, *limits)
        .await
        .map_err(|fault| fault.ruled(HostRefusal::Tags))?;
    taken.extend(membership.services.keys().cloned());
    taken.extend(agent.facts.offers.iter().map(|offer| offer.name.clone()));
    let offer = offer_name(&new.name, &taken);
    offer.ok_or(Fault::Rule(HostRefusal::TooManyOffers))
}

/// What the agent lacks that the service needs.
async fn lacking(
    transaction: &Writing<'_>,
    agent: AgentId,
    needs: Needs,
) -> Result<Option<HostRefusal>, Broken> {
    let found = hosting_agent::Entity::find_by_id(agent.as_uuid())
        .one(&**transaction)
        .await?;
    Ok(match (found, needs) {
        (None, _) => Some(HostRefusal::NotHosting),
        (Some(row), Needs::Engine) if row.engine_name.is_none() => {
            let why = if row.problem.is_empty() {
                String::new()
            } else {
                format!(": {}", row.problem)
            };
            Some(HostRefusal::NoEngine(why))
        }
        (Some(row), Needs::Snaps) if !row.snaps => Some(HostRefusal::NoSnaps),
        (Some(_), _) => None,
    })
}
