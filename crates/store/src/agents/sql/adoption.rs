//! Adopting, releasing, deleting.

use edgeward_domain::Moment;
use edgeward_domain::agent::{
    self as rules, AdoptRefusal, Agent, AgentState, DeleteRefusal, Membership, ReleaseRefusal,
    Step, settle,
};
use edgeward_domain::audit::By;
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::super::{AgentView, Released, UnknownAgent};
use super::{notes, row};
use crate::actions::sql as actions;
use crate::database::entity::{agent, agent_heard, service};
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Guard, Writing};
use crate::hosting::sql as hosting;
use crate::organisations::sql::organisation_of;
use crate::rollouts::sql as rollouts;
use crate::services::sql::{insert_services, names_like};
use crate::twins::sql as twins;

pub(super) async fn adopt(
    database: &Database,
    id: AgentId,
    name: Name,
    (organisation, project): (OrganisationId, ProjectId),
    by: &By,
    now: Moment,
) -> Result<AgentView, Fault<AdoptRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let record = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(AdoptRefusal::UnknownAgent))?;
    if organisation_of(&*transaction, project).await? != Some(organisation) {
        return Err(Fault::Rule(AdoptRefusal::UnknownProject));
    }
    let taken = names_like(&*transaction, project, &name).await?;
    let (agent, services) = rules::adopt(
        &record.view.agent,
        name.clone(),
        organisation,
        project,
        taken,
        now,
    )
    .map_err(Fault::Rule)?;
    row::update(&*transaction, &agent).await?;
    row::set_home(&*transaction, id, None).await?;
    insert_services(&*transaction, &services, &name).await?;
    let adopted = row::find(&*transaction, id)
        .await?
        .ok_or_else(|| Broken::corrupt("an agent that is not there", id))?;
    transaction.note(
        notes::about("agent.adopt", &agent, None)
            .before(notes::place(&record.view))
            .after(notes::place(&adopted.view)),
        by,
        now,
    );
    transaction.commit().await?;
    Ok(adopted.view)
}

pub(super) async fn confirm(
    database: &Database,
    id: AgentId,
    reported: Option<&Membership>,
    now: Moment,
) -> Result<Step, Fault<UnknownAgent>> {
    let mut transaction = database.write().await?;
    let view = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(UnknownAgent))?
        .view;
    let home = view.home.as_ref().map(|home| home.organisation);
    let agent = view.agent;
    let (state, step) = settle(&agent.state, reported);
    if state != agent.state {
        let settled = Agent {
            state,
            ..agent.clone()
        };
        row::update(&*transaction, &settled).await?;
        if let Some(note) = notes::settled(&agent, &settled, home) {
            transaction.note(note, &notes::itself(&settled), now);
        }
    }
    transaction.commit().await?;
    Ok(step)
}

pub(super) async fn release(
    database: &Database,
    id: AgentId,
    by: &By,
    now: Moment,
) -> Result<Released, Fault<ReleaseRefusal>> {
    let mut transaction = database.write().await?;
    let record = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(ReleaseRefusal::UnknownAgent))?;
    let before = &record.view.agent;
    let mut agent = rules::release(before).map_err(Fault::Rule)?;
    // It forgets what it hosts once it hears of its release; until then no service is to stand for that, whoever adopts it.
    let hosted = hosting::offers(&*transaction, id).await?;
    let facts = &mut agent.facts;
    facts.offers.retain(|offer| !hosted.contains(&offer.name));
    hosting::forget(&transaction, id.as_uuid()).await?;
    service::Entity::delete_many()
        .filter(service::Column::AgentId.eq(id.as_uuid()))
        .exec(&*transaction)
        .await?;
    row::update(&*transaction, &agent).await?;
    twins::forget(&transaction, id.as_uuid()).await?;
    actions::forget(&transaction, id.as_uuid()).await?;
    rollouts::forget(&transaction, id.as_uuid()).await?;
    let home = before.state.membership().map(|m| m.organisation);
    row::set_home(&*transaction, id, home).await?;
    let names: Vec<&str> = record.services.iter().map(|s| s.name.as_str()).collect();
    transaction.note(
        notes::about("agent.release", before, None)
            .before(notes::place(&record.view))
            .after(serde_json::json!({ "services_ended": names })),
        by,
        now,
    );
    transaction.commit().await?;
    Ok(Released {
        agent,
        services: record
            .services
            .into_iter()
            .map(|service| ServiceId::from_uuid(service.id))
            .collect(),
    })
}

pub(super) async fn delete(
    database: &Database,
    id: AgentId,
    by: &By,
    now: Moment,
) -> Result<(), Fault<DeleteRefusal>> {
    let mut transaction = database.write().await?;
    let view = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(DeleteRefusal::UnknownAgent))?
        .view;
    rules::may_delete(&view.agent).map_err(Fault::Rule)?;
    remove_agents(&transaction, &[id.as_uuid()]).await?;
    let home = view.home.as_ref().map(|home| home.organisation);
    transaction.note(
        notes::about("agent.delete", &view.agent, home).before(notes::facts(&view.agent)),
        by,
        now,
    );
    Ok(transaction.commit().await?)
}

/// Removes agents with their edge services and all that is recorded of them; their registrations stay.
pub(crate) async fn remove_agents(transaction: &Writing<'_>, ids: &[Uuid]) -> Result<(), Broken> {
    let ids = || ids.iter().copied();
    service::Entity::delete_many()
        .filter(service::Column::AgentId.is_in(ids()))
        .exec(&**transaction)
        .await?;
    agent_heard::Entity::delete_many()
        .filter(agent_heard::Column::AgentId.is_in(ids()))
        .exec(&**transaction)
        .await?;
    agent::Entity::delete_many()
        .filter(agent::Column::Id.is_in(ids()))
        .exec(&**transaction)
        .await?;
    Ok(())
}

/// Whether an agent has yet to be told what is recorded of it.
pub(super) const fn is_settled(state: &AgentState) -> bool {
    matches!(
        state,
        AgentState::Unmanaged
            | AgentState::Managed {
                confirmed: true,
                ..
            }
    )
}
