//! Letting agents in.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::agent::{Agent, AgentState, adopt, name_from_hostname};
use edgeward_domain::audit::By;
use edgeward_ids::{JoinTokenId, Name, ProjectId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::{EnrolRefusal, NewAgent};
use super::notes;
use super::row::{self, RELEASED, UNMANAGED};
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::text::to_name;
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};
use crate::organisations::sql::organisation_of;
use crate::services::sql::{insert_services, names_like};
use crate::tokens::sql::use_token;

/// What an agent without a usable host name is adopted as.
const NAMELESS: &str = "agent";

pub(super) async fn with_token(
    database: &Database,
    secret_hash: &str,
    new: NewAgent,
    now: Moment,
) -> Result<Agent, Fault<EnrolRefusal>> {
    let mut transaction = database.write().await?;
    let token = use_token(&transaction, secret_hash, now).await?;
    let agent = unmanaged_agent(new, now);
    let agent = match token.project {
        None => {
            row::insert(&*transaction, &agent).await?;
            row::set_home(&*transaction, agent.id, token.organisation).await?;
            agent
        }
        Some(project) => insert_managed(&transaction, &agent, project, false, now).await?,
    };
    let note = notes::about("agent.enrol", &agent, token.organisation)
        .after(enrolled(&agent, Some(token.id)));
    transaction.note(note, &notes::itself(&agent), now);
    transaction.commit().await?;
    Ok(agent)
}

pub(super) async fn unmanaged(
    database: &Database,
    new: NewAgent,
    limit: u64,
    now: Moment,
) -> Result<Agent, Fault<EnrolRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Unmanaged).await?;
    let waiting = agent::Entity::find()
        .filter(agent::Column::State.is_in([UNMANAGED, RELEASED]))
        .count(&*transaction)
        .await?;
    if waiting >= limit {
        return Err(Fault::Rule(EnrolRefusal::TooManyUnmanaged { limit }));
    }
    let agent = unmanaged_agent(new, now);
    row::insert(&*transaction, &agent).await?;
    let note = notes::about("agent.enrol", &agent, None).after(enrolled(&agent, None));
    transaction.note(note, &notes::itself(&agent), now);
    transaction.commit().await?;
    Ok(agent)
}

fn enrolled(agent: &Agent, token: Option<JoinTokenId>) -> serde_json::Value {
    let mut facts = notes::facts(agent);
    facts["join_token"] = token.map(|id| id.to_string()).into();
    facts
}

/// Who forgets.
const CLEAN_UP: &str = "enrolment clean-up";

pub(super) async fn forget_unfinished(
    database: &Database,
    before: Moment,
    now: Moment,
) -> Result<u64, Fault<Infallible>> {
    let mut transaction = database.write().await?;
    let ids: Vec<Uuid> = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .filter(agent::Column::CertificateSerial.is_null())
        .filter(agent::Column::CreatedAt.lt(before.as_micros()))
        .lock_exclusive()
        .into_tuple()
        .all(&*transaction)
        .await?;
    for ids_here in ids.chunks(MAX_BOUND_VALUES) {
        let chosen = Condition::all().add(agent::Column::Id.is_in(ids_here.iter().copied()));
        for record in row::load(&*transaction, chosen).await? {
            let home = record.view.home.as_ref().map(|home| home.organisation);
            let note = notes::about("agent.forget", &record.view.agent, home);
            transaction.note(note, &By::system(CLEAN_UP), now);
        }
        super::remove_agents(&transaction, ids_here).await?;
    }
    transaction.commit().await?;
    Ok(ids.len() as u64)
}

fn unmanaged_agent(new: NewAgent, now: Moment) -> Agent {
    Agent {
        id: new.id,
        state: AgentState::Unmanaged,
        facts: row::within_limits(new.facts),
        address: new.address,
        certificate: None,
        created_at: now,
        last_heard_at: None,
    }
}

/// Records an agent that is managed from the beginning, under its host name; `confirmed` where it need not be told.
pub(crate) async fn insert_managed(
    transaction: &Writing<'_>,
    agent: &Agent,
    project: ProjectId,
    confirmed: bool,
    now: Moment,
) -> Result<Agent, Broken> {
    // Without offers there will be no services.
    if !agent.facts.offers.is_empty() {
        transaction.guard(Guard::Services).await?;
    }
    let organisation = organisation_of(&**transaction, project)
        .await?
        .ok_or_else(|| Broken::corrupt("a new agent's project that is not there", project))?;
    let name: Name = match name_from_hostname(&agent.facts.hostname) {
        Some(name) => name,
        None => to_name(NAMELESS)?,
    };
    let taken = names_like(&**transaction, project, &name).await?;
    let (mut agent, services) = adopt(agent, name.clone(), organisation, project, taken, now)
        .map_err(|refusal| Broken::corrupt("a new agent that cannot be adopted", refusal))?;
    agent.facts = row::within_limits(agent.facts);
    if let AgentState::Managed {
        confirmed: told, ..
    } = &mut agent.state
    {
        *told = confirmed;
    }
    row::insert(&**transaction, &agent).await?;
    insert_services(&**transaction, &services, &name).await?;
    Ok(agent)
}
