//! What agents say of themselves, and that they are there.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::agent::{
    Agent, AgentState, Offer, Step, missing_services, settle, standing_for,
};
use edgeward_domain::audit::Note;
use edgeward_domain::service::Service;
use edgeward_ids::{AgentId, Name, OfferName};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set, Statement,
    Unchanged, Value,
};

use super::super::{Hello, HelloOutcome, UnknownAgent};
use super::notes;
use super::row::{self, Record};
use crate::database::entity::{agent, service};
use crate::database::fault::Fault;
use crate::database::text::{searchable, storable};
use crate::database::{Database, Guard, MAX_BOUND_VALUES};
use crate::hosting::sql as hosting;
use crate::services::sql::{insert_services, names_like};

/// The highest command number that is believed; an agent that reports more harms itself only.
const MAX_COMMAND_NUMBER: u64 = 1 << 53;

/// What a hello changes.
struct Plan {
    agent: Agent,
    step: Step,
    new_services: Vec<Service>,
    changed_services: Vec<service::ActiveModel>,
    last_command: Option<i64>,
    changed: bool,
}

impl Plan {
    fn writes_nothing(&self) -> bool {
        !self.changed && self.last_command.is_none()
    }

    fn into_outcome(self) -> HelloOutcome {
        HelloOutcome {
            agent: self.agent,
            step: self.step,
            changed: self.changed,
        }
    }
}

pub(super) async fn record(
    database: &Database,
    id: AgentId,
    hello: Hello,
    now: Moment,
) -> Result<HelloOutcome, Fault<UnknownAgent>> {
    let hello = Hello {
        facts: row::within_limits(hello.facts),
        ..hello
    };
    let reading = database.read().await?;
    let known = row::find(&reading, id).await?;
    reading.commit().await?;
    // Most hellos repeat what is known: after a restart they come from the whole fleet at once.
    let known = plan(
        &known.ok_or(Fault::Rule(UnknownAgent))?,
        &hello,
        HashSet::new(),
        &HashSet::new(),
        now,
    );
    if known.writes_nothing() {
        return Ok(known.into_outcome());
    }

    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let record = row::lock(&transaction, id)
        .await?
        .ok_or(Fault::Rule(UnknownAgent))?;
    let taken = match record.view.agent.state.membership() {
        Some(membership) => names_like(&*transaction, membership.project, &membership.name).await?,
        None => HashSet::new(),
    };
    let going = hosting::going(&*transaction, id).await?;
    let plan = plan(&record, &hello, taken, &going, now);
    row::update(&*transaction, &plan.agent).await?;
    if let Some(membership) = plan.agent.state.membership() {
        insert_services(&*transaction, &plan.new_services, &membership.name).await?;
    }
    for service in &plan.changed_services {
        service
            .clone()
            .update_without_returning(&*transaction)
            .await?;
    }
    if let Some(last_command) = plan.last_command {
        agent::Entity::update_many()
            .col_expr(agent::Column::LastCommand, Expr::value(last_command))
            .filter(agent::Column::Id.eq(id.as_uuid()))
            .exec(&*transaction)
            .await?;
    }
    let itself = notes::itself(&plan.agent);
    for note in said(&record, &plan) {
        transaction.note(note, &itself, now);
    }
    transaction.commit().await?;
    Ok(plan.into_outcome())
}

/// What the audit log says of a hello: what the agent offers and which version it is, not its addresses and descriptions.
fn said(record: &Record, plan: &Plan) -> Vec<Note> {
    let (before, after) = (&record.view.agent, &plan.agent);
    let home = record.view.home.as_ref().map(|home| home.organisation);
    let mut said = Vec::new();
    let facts = (notes::facts(before), notes::facts(after));
    if facts.0 != facts.1 {
        let note = notes::about("agent.report", after, home);
        said.push(note.before(facts.0).after(facts.1));
    }
    for service in &plan.new_services {
        let (id, name) = (service.id.to_string(), service.name.as_str());
        let offer = service.offer().map_or("", OfferName::as_str);
        said.push(notes::service("service.appear", after, id, name, offer));
    }
    for changed in &plan.changed_services {
        let row = record
            .services
            .iter()
            .find(|row| changed.id == Unchanged(row.id));
        if let Some(row) = row
            && let Set(offered) = changed.offered
            && let Some(action) = notes::came_or_went(row, offered)
        {
            let id = row.id.to_string();
            let offer = row.offer.as_deref().unwrap_or_default();
            said.push(notes::service(action, after, id, &row.name, offer));
        }
    }
    said.extend(notes::settled(before, after, home));
    said
}

/// `taken` are names of services, `going` the offers of hosted ones that are to go.
fn plan(
    record: &Record,
    hello: &Hello,
    taken: HashSet<Name>,
    going: &HashSet<OfferName>,
    now: Moment,
) -> Plan {
    let before = &record.view.agent;
    let mut agent = Agent {
        facts: hello.facts.clone(),
        address: hello
            .address
            .as_deref()
            .map_or_else(|| before.address.clone(), storable),
        ..before.clone()
    };
    let mut new_services = Vec::new();
    if let AgentState::Managed {
        membership,
        confirmed,
    } = &before.state
    {
        new_services = missing_services(&without(&agent, going), membership, taken, now);
        if !new_services.is_empty() {
            let mut membership = membership.clone();
            membership.services.extend(standing_for(&new_services));
            agent.state = AgentState::Managed {
                membership,
                confirmed: *confirmed,
            };
        }
    }
    let changed_services = changed_services(record, &agent);
    let (state, step) = settle(&agent.state, hello.membership.as_ref());
    agent.state = state;
    let reported = i64::try_from(hello.last_command.min(MAX_COMMAND_NUMBER)).unwrap_or(0);
    let changed = agent != *before || !new_services.is_empty() || !changed_services.is_empty();
    Plan {
        agent,
        step,
        new_services,
        changed_services,
        last_command: (reported > record.last_command).then_some(reported),
        changed,
    }
}

/// The agent as if it did not offer these.
fn without(agent: &Agent, offers: &HashSet<OfferName>) -> Agent {
    let mut agent = agent.clone();
    let facts = &mut agent.facts;
    facts.offers.retain(|offer| !offers.contains(&offer.name));
    agent
}

/// The services whose offers came back, went, or are described in another way.
fn changed_services(record: &Record, agent: &Agent) -> Vec<service::ActiveModel> {
    let Some(membership) = agent.state.membership() else {
        return Vec::new();
    };
    let offers: BTreeMap<&str, &Offer> = agent
        .facts
        .offers
        .iter()
        .map(|offer| (offer.name.as_str(), offer))
        .collect();
    record
        .services
        .iter()
        .filter_map(|row| {
            let (offered, kind, description) = match offers.get(row.offer.as_deref()?) {
                Some(offer) => (true, storable(&offer.kind), storable(&offer.description)),
                None => (false, row.kind.clone(), row.description.clone()),
            };
            if (offered, &kind, &description) == (row.offered, &row.kind, &row.description) {
                return None;
            }
            let search = searchable(&[
                &row.name,
                membership.name.as_str(),
                &kind,
                &description,
                &row.id.to_string(),
            ]);
            Some(service::ActiveModel {
                id: Unchanged(row.id),
                offered: Set(offered),
                kind: Set(kind),
                description: Set(description),
                search: Set(search),
                ..Default::default()
            })
        })
        .collect()
}

pub(super) async fn heard(
    database: &Database,
    heard: &[(AgentId, Moment)],
) -> Result<(), Fault<Infallible>> {
    let mut latest: BTreeMap<AgentId, Moment> = BTreeMap::new();
    for (id, at) in heard {
        let known = latest.entry(*id).or_insert(*at);
        *known = (*known).max(*at);
    }
    if latest.is_empty() {
        return Ok(());
    }
    let rows: Vec<(AgentId, Moment)> = latest.into_iter().collect();
    let transaction = database.write().await?;
    for rows in rows.chunks(MAX_BOUND_VALUES / 2) {
        let places: Vec<String> = (0..rows.len())
            .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
            .collect();
        let values = rows
            .iter()
            .flat_map(|(id, at)| [Value::from(id.as_uuid()), Value::from(at.as_micros())]);
        // "WHERE true" keeps SQLite from reading ON CONFLICT as the join's ON.
        let sql = format!(
            "WITH said (id, at) AS (VALUES {}) \
             INSERT INTO agents_heard (agent_id, heard_at) \
             SELECT said.id, said.at FROM said JOIN agents ON agents.id = said.id WHERE true \
             ON CONFLICT (agent_id) DO UPDATE SET heard_at = excluded.heard_at \
             WHERE excluded.heard_at > agents_heard.heard_at",
            places.join(", ")
        );
        let upsert =
            Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
        transaction.execute_raw(upsert).await?;
    }
    transaction.commit().await?;
    Ok(())
}
