//! Agents between rows and domain types.

use std::collections::{BTreeMap, HashMap};

use edgeward_domain::Moment;
use edgeward_domain::agent::{
    Agent, AgentFacts, AgentState, Certificate, MAX_OFFERS, Membership, Offer,
};
use edgeward_ids::{AgentId, OfferName, OrganisationId, ProjectId, ServiceId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Set,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::{AgentView, Home, Place};
use crate::database::entity::{agent, agent_heard, organisation, project, service};
use crate::database::fault::Broken;
use crate::database::text::{searchable, storable, to_name};
use crate::database::{MAX_BOUND_VALUES, Writing};

pub(super) const UNMANAGED: &str = "unmanaged";
pub(super) const RELEASED: &str = "released";
pub(crate) const ADOPTED: &str = "adopted";
pub(crate) const CONFIRMED: &str = "confirmed";

/// The organisation in which an agent waits, as a second of its table in one statement.
const HOME: &str = "home";

/// An agent with what only storage knows of it.
pub(crate) struct Record {
    pub(crate) view: AgentView,
    pub(super) last_command: i64,
    pub(super) services: Vec<service::Model>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    state: String,
    name: Option<String>,
    project_id: Option<Uuid>,
    facts: String,
    address: String,
    certificate_serial: Option<String>,
    certificate_not_after: Option<i64>,
    last_command: i64,
    created_at: i64,
    heard_at: Option<i64>,
    project_name: Option<String>,
    place_id: Option<Uuid>,
    organisation_name: Option<String>,
    home_id: Option<Uuid>,
    home_name: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredFacts {
    hostname: String,
    description: String,
    version: String,
    os: String,
    arch: String,
    local_address: String,
    offers: Vec<StoredOffer>,
}

#[derive(Serialize, Deserialize)]
struct StoredOffer {
    name: OfferName,
    kind: String,
    description: String,
}

/// The agents that meet a condition on their own columns, the newest first.
pub(crate) async fn load(
    on: &impl ConnectionTrait,
    condition: Condition,
) -> Result<Vec<Record>, Broken> {
    let rows = agent::Entity::find()
        .join(JoinType::LeftJoin, agent::Relation::Heard.def())
        .join(JoinType::LeftJoin, agent::Relation::Project.def())
        .join(JoinType::LeftJoin, project::Relation::Organisation.def())
        .column_as(agent_heard::Column::HeardAt, "heard_at")
        .column_as(project::Column::Name, "project_name")
        .column_as(organisation::Column::Id, "place_id")
        .column_as(organisation::Column::Name, "organisation_name")
        .join_as(JoinType::LeftJoin, agent::Relation::Home.def(), HOME)
        .expr_as(Expr::col((HOME, organisation::Column::Id)), "home_id")
        .expr_as(Expr::col((HOME, organisation::Column::Name)), "home_name")
        .filter(condition)
        .order_by_desc(agent::Column::Id)
        .into_model::<Row>()
        .all(on)
        .await?;
    let managed: Vec<Uuid> = rows
        .iter()
        .filter(|row| row.name.is_some())
        .map(|row| row.id)
        .collect();
    let mut services: HashMap<Uuid, Vec<service::Model>> = HashMap::new();
    for ids in managed.chunks(MAX_BOUND_VALUES) {
        let found = service::Entity::find()
            .filter(service::Column::AgentId.is_in(ids.iter().copied()))
            .all(on)
            .await?;
        for service in found {
            if let Some(agent) = service.agent_id {
                services.entry(agent).or_default().push(service);
            }
        }
    }
    rows.into_iter()
        .map(|row| {
            let services = services.remove(&row.id).unwrap_or_default();
            to_record(row, services)
        })
        .collect()
}

/// The agent, if it exists.
pub(crate) async fn find(on: &impl ConnectionTrait, id: AgentId) -> Result<Option<Record>, Broken> {
    let condition = Condition::all().add(agent::Column::Id.eq(id.as_uuid()));
    Ok(load(on, condition).await?.pop())
}

/// The agent, if it exists, with its row locked to the transaction's end.
pub(crate) async fn lock(transaction: &Writing<'_>, id: AgentId) -> Result<Option<Record>, Broken> {
    let row: Option<Uuid> = agent::Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(agent::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .one(&**transaction)
        .await?;
    match row {
        Some(_) => find(&**transaction, id).await,
        None => Ok(None),
    }
}

/// Records a new agent.
pub(super) async fn insert(on: &impl ConnectionTrait, agent: &Agent) -> Result<(), Broken> {
    let columns = changeable(agent)?;
    agent::Entity::insert(agent::ActiveModel {
        id: Set(agent.id.as_uuid()),
        certificate_serial: Set(agent.certificate.as_ref().map(|c| c.serial.clone())),
        certificate_not_after: Set(agent.certificate.as_ref().map(|c| c.not_after.as_micros())),
        previous_serial: Set(None),
        last_command: Set(0),
        created_at: Set(agent.created_at.as_micros()),
        ..columns
    })
    .exec_without_returning(on)
    .await?;
    Ok(())
}

/// Records an agent's state, facts and address; its services and certificates are recorded elsewhere.
pub(super) async fn update(on: &impl ConnectionTrait, agent: &Agent) -> Result<(), Broken> {
    let columns = agent::ActiveModel {
        id: sea_orm::Unchanged(agent.id.as_uuid()),
        ..changeable(agent)?
    };
    columns.update_without_returning(on).await?;
    Ok(())
}

/// Records where an agent waits for adoption.
pub(super) async fn set_home(
    on: &impl ConnectionTrait,
    id: AgentId,
    home: Option<OrganisationId>,
) -> Result<(), Broken> {
    agent::Entity::update_many()
        .col_expr(
            agent::Column::OrganisationId,
            Expr::value(home.map(|id| id.as_uuid())),
        )
        .filter(agent::Column::Id.eq(id.as_uuid()))
        .exec(on)
        .await?;
    Ok(())
}

fn changeable(agent: &Agent) -> Result<agent::ActiveModel, Broken> {
    let membership = agent.state.membership();
    let state = match agent.state {
        AgentState::Unmanaged => UNMANAGED,
        AgentState::Released => RELEASED,
        AgentState::Managed {
            confirmed: false, ..
        } => ADOPTED,
        AgentState::Managed {
            confirmed: true, ..
        } => CONFIRMED,
    };
    let search = searchable(&[
        membership.map_or("", |m| m.name.as_str()),
        &agent.facts.hostname,
        &agent.facts.description,
        &agent.address,
        &agent.id.to_string(),
    ]);
    let sort_name = membership.map_or(agent.facts.hostname.as_str(), |m| m.name.as_str());
    Ok(agent::ActiveModel {
        state: Set(state.to_owned()),
        name: Set(membership.map(|m| m.name.to_string())),
        project_id: Set(membership.map(|m| m.project.as_uuid())),
        facts: Set(facts_to_text(&agent.facts)?),
        address: Set(storable(&agent.address)),
        search: Set(search),
        sort_name: Set(storable(sort_name)),
        version: Set(storable(&agent.facts.version)),
        ..Default::default()
    })
}

fn to_record(row: Row, services: Vec<service::Model>) -> Result<Record, Broken> {
    let place = match (&row.organisation_name, &row.project_name) {
        (Some(organisation), Some(project)) => Some(Place {
            organisation: to_name(organisation)?,
            project: to_name(project)?,
        }),
        _ => None,
    };
    let home = match (row.home_id, &row.home_name) {
        (Some(id), Some(name)) => Some(Home {
            organisation: OrganisationId::from_uuid(id),
            name: to_name(name)?,
        }),
        _ => None,
    };
    let certificate = row
        .certificate_serial
        .clone()
        .zip(row.certificate_not_after)
        .map(|(serial, not_after)| Certificate {
            serial,
            not_after: Moment::from_micros(not_after),
        });
    let agent = Agent {
        id: AgentId::from_uuid(row.id),
        state: to_state(&row, &services)?,
        facts: facts_from_text(&row.facts)?,
        address: row.address,
        certificate,
        created_at: Moment::from_micros(row.created_at),
        last_heard_at: row.heard_at.map(Moment::from_micros),
    };
    Ok(Record {
        view: AgentView { agent, place, home },
        last_command: row.last_command,
        services,
    })
}

fn to_state(row: &Row, services: &[service::Model]) -> Result<AgentState, Broken> {
    let confirmed = match row.state.as_str() {
        UNMANAGED => return Ok(AgentState::Unmanaged),
        RELEASED => return Ok(AgentState::Released),
        ADOPTED => false,
        CONFIRMED => true,
        _ => return Err(Broken::corrupt("an agent's state", &row.state)),
    };
    let (Some(name), Some(project), Some(organisation)) = (&row.name, row.project_id, row.place_id)
    else {
        return Err(Broken::corrupt("a managed agent without a place", row.id));
    };
    let services: Result<BTreeMap<OfferName, ServiceId>, Broken> = services
        .iter()
        .map(|service| {
            let offer = service.offer.as_deref().unwrap_or_default();
            let offer = offer
                .parse()
                .map_err(|_| Broken::corrupt("an offer's name", offer))?;
            Ok((offer, ServiceId::from_uuid(service.id)))
        })
        .collect();
    Ok(AgentState::Managed {
        membership: Membership {
            organisation: OrganisationId::from_uuid(organisation),
            project: ProjectId::from_uuid(project),
            name: to_name(name)?,
            services: services?,
        },
        confirmed,
    })
}

/// What an agent may say of itself: no more than [`MAX_OFFERS`] offers, and each name once.
pub(super) fn within_limits(mut facts: AgentFacts) -> AgentFacts {
    let mut seen = std::collections::HashSet::new();
    facts.offers.retain(|offer| seen.insert(offer.name.clone()));
    facts.offers.truncate(MAX_OFFERS);
    facts
}

fn facts_to_text(facts: &AgentFacts) -> Result<String, Broken> {
    let facts = facts.clone();
    let stored = StoredFacts {
        hostname: facts.hostname,
        description: facts.description,
        version: facts.version,
        os: facts.os,
        arch: facts.arch,
        local_address: facts.local_address,
        offers: facts
            .offers
            .into_iter()
            .map(|offer| StoredOffer {
                name: offer.name,
                kind: offer.kind,
                description: offer.description,
            })
            .collect(),
    };
    serde_json::to_string(&stored).map_err(|error| Broken::corrupt("facts", error))
}

fn facts_from_text(text: &str) -> Result<AgentFacts, Broken> {
    let stored: StoredFacts =
        serde_json::from_str(text).map_err(|error| Broken::corrupt("facts", error))?;
    Ok(AgentFacts {
        hostname: stored.hostname,
        description: stored.description,
        version: stored.version,
        os: stored.os,
        arch: stored.arch,
        local_address: stored.local_address,
        offers: stored
            .offers
            .into_iter()
            .map(|offer| Offer {
                name: offer.name,
                kind: offer.kind,
                description: offer.description,
            })
            .collect(),
    })
}
