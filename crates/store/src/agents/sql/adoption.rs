//! Adopting, releasing, deleting.

use edgeward_domain::Moment;
use edgeward_domain::agent::{
    self as rules, AdoptRefusal, Agent, DeleteRefusal, Membership, ReleaseRefusal, Step, settle,
};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::{AgentView, Released, UnknownAgent};
use super::row;
use crate::database::entity::{agent, agent_heard, service};
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Guard};
use crate::organisations::sql::organisation_of;
use crate::services::sql::{insert_services, names_like};

pub(super) async fn adopt(
    database: &Database,
    id: AgentId,
    name: Name,
    organisation: OrganisationId,
    project: ProjectId,
    now: Moment,
) -> Result<AgentView, Fault<AdoptRefusal>> {
    let transaction = database.write().await?;
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
    insert_services(&*transaction, &services, &name).await?;
    let adopted = row::find(&*transaction, id)
        .await?
        .ok_or_else(|| Broken::corrupt("an agent that is not there", id))?;
    transaction.commit().await?;
    Ok(adopted.view)
}

pub(super) async fn confirm(
    database: &Database,
    id: AgentId,
    reported: Option<&Membership>,
) -> Result<Step, Fault<UnknownAgent>> {
    let transaction = database.write().await?;
    let agent = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(UnknownAgent))?
        .view
        .agent;
    let (state, step) = settle(&agent.state, reported);
    if state != agent.state {
        row::update(&*transaction, &Agent { state, ..agent }).await?;
    }
    transaction.commit().await?;
    Ok(step)
}

pub(super) async fn release(
    database: &Database,
    id: AgentId,
) -> Result<Released, Fault<ReleaseRefusal>> {
    let transaction = database.write().await?;
    let record = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(ReleaseRefusal::UnknownAgent))?;
    let agent = rules::release(&record.view.agent).map_err(Fault::Rule)?;
    service::Entity::delete_many()
        .filter(service::Column::AgentId.eq(id.as_uuid()))
        .exec(&*transaction)
        .await?;
    row::update(&*transaction, &agent).await?;
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

pub(super) async fn delete(database: &Database, id: AgentId) -> Result<(), Fault<DeleteRefusal>> {
    let transaction = database.write().await?;
    let record = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(DeleteRefusal::UnknownAgent))?;
    rules::may_delete(&record.view.agent).map_err(Fault::Rule)?;
    agent_heard::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    agent::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}
