//! Moving agents, with their edge services, to another project.

use std::collections::{BTreeSet, HashMap};

use edgeward_domain::Moment;
use edgeward_domain::agent::{self as rules, Agent, MAX_TRANSFERRED, TransferRefusal};
use edgeward_domain::audit::By;
use edgeward_domain::service::Service;
use edgeward_ids::{AgentId, OrganisationId, ProjectId, ServiceId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

use super::super::Transferred;
use super::row::Record;
use super::{notes, row};
use crate::database::devices::device;
use crate::database::entity::service;
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Guard, Writing};
use crate::organisations::sql::organisation_of;
use crate::services::row::{search, to_service};
use crate::services::sql::{names_among, names_like};

pub(super) async fn transfer(
    database: &Database,
    ids: &[AgentId],
    to: ProjectId,
    by: &By,
    now: Moment,
) -> Result<Vec<Transferred>, Fault<TransferRefusal>> {
    // In the order of their ids, so that two transfers do not wait for each other.
    let ids: BTreeSet<AgentId> = ids.iter().copied().collect();
    if ids.len() > MAX_TRANSFERRED {
        return Err(Fault::Rule(TransferRefusal::TooMany(ids.len())));
    }
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let organisation = organisation_of(&*transaction, to)
        .await?
        .ok_or(Fault::Rule(TransferRefusal::UnknownProject))?;
    let mut moved = Vec::new();
    for id in ids {
        let record = row::lock(&transaction, id)
            .await?
            .ok_or(Fault::Rule(TransferRefusal::UnknownAgent(id)))?;
        let membership = record.view.agent.state.membership();
        let from = membership
            .ok_or(Fault::Rule(TransferRefusal::NotManaged(id)))?
            .project;
        if from == to {
            continue;
        }
        let (agent, renamed) = move_one(&transaction, &record, organisation, to).await?;
        let after = row::find(&*transaction, id)
            .await?
            .ok_or_else(|| Broken::corrupt("an agent that is not there", id))?;
        // Whoever administers either project is to find it.
        for agent in [&record.view.agent, &agent] {
            transaction.note(
                notes::about("agent.transfer", agent, None)
                    .before(notes::place(&record.view))
                    .after(notes::place(&after.view)),
                by,
                now,
            );
        }
        moved.push(Transferred {
            agent,
            from,
            renamed,
        });
    }
    transaction.commit().await?;
    Ok(moved)
}

type Renamed = Vec<(ServiceId, edgeward_ids::Name, edgeward_ids::Name)>;

async fn move_one(
    transaction: &Writing<'_>,
    record: &Record,
    organisation: OrganisationId,
    to: ProjectId,
) -> Result<(Agent, Renamed), Broken> {
    let before = &record.view.agent;
    let membership = before
        .state
        .membership()
        .ok_or_else(|| Broken::corrupt("an agent that is not managed", before.id))?;
    let services = record
        .services
        .iter()
        .map(|row| to_service(row, membership.organisation))
        .collect::<Result<Vec<Service>, Broken>>()?;
    let mut taken = names_like(&**transaction, to, &membership.name).await?;
    let own = services.iter().map(|service| &service.name);
    taken.extend(names_among(&**transaction, to, own).await?);
    let (agent, moved) = rules::transfer(before, &services, organisation, to, taken)
        .ok_or_else(|| Broken::corrupt("an agent that is not managed", before.id))?;
    let old: HashMap<ServiceId, &Service> = services.iter().map(|s| (s.id, s)).collect();
    let mut renamed = Vec::new();
    for service in moved {
        service::ActiveModel {
            id: sea_orm::Unchanged(service.id.as_uuid()),
            project_id: Set(to.as_uuid()),
            name: Set(service.name.to_string()),
            search: Set(search(&service, Some(&membership.name))),
            ..Default::default()
        }
        .update_without_returning(&**transaction)
        .await?;
        if let Some(old) = old.get(&service.id)
            && old.name != service.name
        {
            renamed.push((service.id, old.name.clone(), service.name));
        }
    }
    row::update(&**transaction, &agent).await?;
    device::Entity::update_many()
        .col_expr(device::Column::ProjectId, Expr::value(to.as_uuid()))
        .filter(device::Column::Id.eq(agent.id.as_uuid()))
        .exec(&**transaction)
        .await?;
    Ok((agent, renamed))
}
