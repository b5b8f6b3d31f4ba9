use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::By;
use edgeward_domain::twin::{Change, MAX_CHANGES, Part, Twin, differs_since, merge, write};
use edgeward_ids::AgentId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Set,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{to_change, to_row, to_twin, version};
use super::stored::Stored;
use super::{Differing, DifferingFilter, ReportOutcome, Reported, TwinStore, Wish, WishRefusal};
use crate::agents::sql::notes;
use crate::agents::sql::row as agents;
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::places::{project_of, visible_project};
use crate::database::text::{storable, to_name};
use crate::database::twins::{twin, twin_change};
use crate::database::{Database, MAX_BOUND_VALUES, Writing};
use crate::{Failure, StoreError};

/// Who writes what devices report.
const BY_THE_DEVICE: &str = "the device";

/// How many values a twin and a change bind at most.
const COLUMNS: usize = 8;

/// How often the oldest changes of a part are forgotten, in versions.
const FORGET_EVERY: u64 = 50;

#[async_trait]
impl TwinStore for Database {
    async fn record_reported(
        &self,
        reports: &[Reported],
    ) -> Result<Vec<ReportOutcome>, StoreError> {
        carry_out("record what devices report", record(self, reports)).await
    }

    async fn twin(&self, agent: AgentId) -> Result<Twin, StoreError> {
        carry_out("look up a twin", async {
            Ok(find(self.once(), agent.as_uuid()).await?)
        })
        .await
    }

    async fn twins(&self, agents: &[AgentId]) -> Result<Vec<(AgentId, Twin)>, StoreError> {
        carry_out("look up twins", async {
            let ids: Vec<Uuid> = agents.iter().map(AgentId::as_uuid).collect();
            let mut found = Vec::with_capacity(ids.len());
            for ids in ids.chunks(MAX_BOUND_VALUES) {
                let rows = twin::Entity::find()
                    .filter(twin::Column::AgentId.is_in(ids.iter().copied()))
                    .all(self.once())
                    .await?;
                for row in rows {
                    found.push((AgentId::from_uuid(row.agent_id), to_twin(&row)?));
                }
            }
            Ok(found)
        })
        .await
    }

    async fn wish(
        &self,
        agent: AgentId,
        wish: Wish,
        expected: Option<u64>,
        by: &By,
        now: Moment,
    ) -> Result<Twin, Failure<WishRefusal>> {
        attempt(
            "record what is wished of a device",
            record_wish(self, agent, wish, expected, by, now),
        )
        .await
    }

    async fn twin_changes(
        &self,
        agent: AgentId,
        part: Option<Part>,
        before: Option<Moment>,
        limit: u64,
    ) -> Result<Vec<Change>, StoreError> {
        carry_out("list the changes of a twin", async {
            let mut select = twin_change::Entity::find()
                .filter(twin_change::Column::AgentId.eq(agent.as_uuid()));
            // One part is in the order of its versions, whatever clocks did meanwhile.
            if let Some(part) = part {
                select = select
                    .filter(twin_change::Column::Part.eq(part.as_str()))
                    .order_by_desc(twin_change::Column::Version);
            }
            if let Some(before) = before {
                select = select.filter(twin_change::Column::At.lt(before.as_micros()));
            }
            let rows = select
                .order_by_desc(twin_change::Column::At)
                .order_by_desc(twin_change::Column::Version)
                .limit(limit)
                .all(self.once())
                .await?;
            let changes: Result<Vec<_>, Broken> = rows.into_iter().map(to_change).collect();
            Ok(changes?)
        })
        .await
    }

    async fn differing(&self, filter: &DifferingFilter) -> Result<Vec<Differing>, StoreError> {
        carry_out("look for twins that differ", async {
            let mut condition =
                Condition::all().add(twin::Column::DiffersSince.lte(filter.since.as_micros()));
            if let Some(visible) = visible_project(agent::Column::ProjectId, &filter.visible) {
                condition = condition.add(visible);
            }
            if let Some(organisation) = filter.organisation {
                condition = condition.add(project_of(agent::Column::ProjectId, organisation));
            }
            if let Some(project) = filter.project {
                condition = condition.add(agent::Column::ProjectId.eq(project.as_uuid()));
            }
            let rows: Vec<(Uuid, Option<String>, i64)> = twin::Entity::find()
                .select_only()
                .column(twin::Column::AgentId)
                .column(agent::Column::Name)
                .column(twin::Column::DiffersSince)
                .join(JoinType::InnerJoin, twin::Relation::Agent.def())
                .filter(condition)
                .order_by_asc(twin::Column::DiffersSince)
                .order_by_asc(twin::Column::AgentId)
                .into_tuple()
                .all(self.once())
                .await?;
            let mut found = Vec::with_capacity(rows.len());
            for (agent, name, since) in rows {
                found.push(Differing {
                    agent: AgentId::from_uuid(agent),
                    name: to_name(&name.unwrap_or_default())?,
                    since: Moment::from_micros(since),
                });
            }
            Ok(found)
        })
        .await
    }
}

async fn find(on: &impl ConnectionTrait, agent: Uuid) -> Result<Twin, Broken> {
    let row = twin::Entity::find_by_id(agent).one(on).await?;
    row.as_ref().map_or_else(|| Ok(Twin::default()), to_twin)
}

/// What is to be written in one transaction.
#[derive(Default)]
struct Batch {
    twins: Vec<twin::ActiveModel>,
    changes: Vec<twin_change::ActiveModel>,
    forget: Vec<(Uuid, Part, u64)>,
}

/// A write of one part of a twin.
struct Patched<'a> {
    part: Part,
    writer: &'a str,
    version: u64,
    at: Moment,
    patch: &'a Value,
    undo: &'a Value,
}

impl Batch {
    /// Takes in a write; the twin itself has to be there once, as it is after all writes.
    fn take(&mut self, agent: Uuid, write: &Patched<'_>) -> Result<(), Broken> {
        self.changes.push(twin_change::ActiveModel {
            agent_id: Set(agent),
            part: Set(write.part.as_str().to_owned()),
            version: Set(version(write.version)?),
            at: Set(write.at.as_micros()),
            writer: Set(storable(write.writer)),
            patch: Set(write.patch.to_string()),
            undo: Set(write.undo.to_string()),
        });
        if write.version > MAX_CHANGES && write.version.is_multiple_of(FORGET_EVERY) {
            self.forget
                .push((agent, write.part, write.version - MAX_CHANGES));
        }
        Ok(())
    }

    async fn write(self, transaction: &Writing<'_>) -> Result<(), Broken> {
        for rows in pieces(self.twins) {
            let all = [
                twin::Column::Reported,
                twin::Column::ReportedVersion,
                twin::Column::ReportedAt,
                twin::Column::Desired,
                twin::Column::DesiredVersion,
                twin::Column::DesiredAt,
                twin::Column::DiffersSince,
            ];
            twin::Entity::insert_many(rows)
                .on_conflict(
                    OnConflict::column(twin::Column::AgentId)
                        .update_columns(all)
                        .to_owned(),
                )
                .exec_without_returning(&**transaction)
                .await?;
        }
        for changes in pieces(self.changes) {
            twin_change::Entity::insert_many(changes)
                .exec_without_returning(&**transaction)
                .await?;
        }
        for (agent, part, upto) in self.forget {
            twin_change::Entity::delete_many()
                .filter(twin_change::Column::AgentId.eq(agent))
                .filter(twin_change::Column::Part.eq(part.as_str()))
                .filter(twin_change::Column::Version.lte(version(upto)?))
                .exec(&**transaction)
                .await?;
        }
        Ok(())
    }
}

/// As many as go into one statement, and again.
fn pieces<T>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut left = all.into_iter();
    std::iter::from_fn(move || {
        let piece: Vec<T> = left.by_ref().take(MAX_BOUND_VALUES / COLUMNS).collect();
        (!piece.is_empty()).then_some(piece)
    })
}

async fn record(
    database: &Database,
    reports: &[Reported],
) -> Result<Vec<ReportOutcome>, Fault<std::convert::Infallible>> {
    let mut ids: Vec<Uuid> = reports
        .iter()
        .map(|report| report.agent.as_uuid())
        .collect();
    // In one order everywhere, so that two transactions cannot wait for each other.
    ids.sort_unstable();
    ids.dedup();
    let transaction = database.write().await?;
    let mut named: HashMap<Uuid, BTreeSet<&str>> = HashMap::with_capacity(ids.len());
    for report in reports {
        let names = named.entry(report.agent.as_uuid()).or_default();
        names.extend(report.sections.names());
    }
    let mut twins: HashMap<Uuid, Stored> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BOUND_VALUES) {
        let managed: Vec<Uuid> = agent::Entity::find()
            .select_only()
            .column(agent::Column::Id)
            .filter(agent::Column::Id.is_in(ids.iter().copied()))
            .filter(agent::Column::State.is_in([agents::ADOPTED, agents::CONFIRMED]))
            .order_by_asc(agent::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(&*transaction)
            .await?;
        twins.extend(managed.into_iter().map(|id| (id, Stored::none(id))));
        let rows = twin::Entity::find()
            .filter(twin::Column::AgentId.is_in(ids.iter().copied()))
            .all(&*transaction)
            .await?;
        for row in rows {
            if let Some(twin) = twins.get_mut(&row.agent_id)
                && let Some(names) = named.get(&row.agent_id)
            {
                *twin = Stored::read(row, names)?;
            }
        }
    }
    let mut batch = Batch::default();
    let mut changed = HashSet::new();
    let mut outcomes = Vec::with_capacity(reports.len());
    for report in reports {
        let id = report.agent.as_uuid();
        let Some(twin) = twins.get_mut(&id) else {
            outcomes.push(ReportOutcome::NotManaged);
            continue;
        };
        outcomes.push(match twin.report(&report.sections, report.at) {
            Err(refusal) => ReportOutcome::Refused(refusal),
            Ok(None) => ReportOutcome::Same,
            Ok(Some((patch, undo))) => {
                let turned = twin.turn(report.at)?;
                let version = twin.version();
                let write = Patched {
                    part: Part::Reported,
                    writer: BY_THE_DEVICE,
                    version,
                    at: report.at,
                    patch: &patch,
                    undo: &undo,
                };
                batch.take(id, &write)?;
                changed.insert(id);
                ReportOutcome::Written { version, turned }
            }
        });
    }
    if changed.is_empty() {
        return Ok(outcomes);
    }
    for id in ids.iter().filter(|id| changed.contains(*id)) {
        if let Some(twin) = twins.get(id) {
            batch.twins.push(twin.to_row()?);
        }
    }
    batch.write(&transaction).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

async fn record_wish(
    database: &Database,
    id: AgentId,
    wish: Wish,
    expected: Option<u64>,
    by: &By,
    now: Moment,
) -> Result<Twin, Fault<WishRefusal>> {
    let mut transaction = database.write().await?;
    let agent = agents::lock(&transaction, id)
        .await?
        .map(|record| record.view.agent)
        .filter(|agent| agent.state.is_managed())
        .ok_or(Fault::Rule(WishRefusal::UnknownDevice))?;
    let mut twin = find(&*transaction, id.as_uuid()).await?;
    let content = match wish {
        Wish::Replace(content) => content,
        Wish::Merge(patch) => {
            let mut content = Value::Object(twin.desired.value.clone());
            merge(&mut content, &Value::Object(patch));
            match content {
                Value::Object(content) => content,
                _ => serde_json::Map::new(),
            }
        }
    };
    let written = write(&twin.desired, content, expected, now)
        .map_err(|refusal| Fault::Rule(refusal.into()))?;
    let Some(written) = written else {
        return Ok(twin);
    };
    let before = twin.desired.version;
    let note = notes::about("twin.wish", &agent, None)
        .before(json!({ "version": before }))
        .after(json!({ "version": written.document.version, "change": written.patch }));
    let mut batch = Batch::default();
    let write = Patched {
        part: Part::Desired,
        writer: &by.author.name,
        version: written.document.version,
        at: now,
        patch: &written.patch,
        undo: &written.undo,
    };
    batch.take(id.as_uuid(), &write)?;
    twin.desired = written.document;
    twin.differs_since = differs_since(&twin, now);
    batch.twins.push(to_row(id.as_uuid(), &twin)?);
    batch.write(&transaction).await?;
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(twin)
}

/// What belongs to a device that is not managed any more is gone.
pub(crate) async fn forget(transaction: &Writing<'_>, agent: Uuid) -> Result<(), Broken> {
    twin::Entity::delete_by_id(agent)
        .exec(&**transaction)
        .await?;
    twin_change::Entity::delete_many()
        .filter(twin_change::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    Ok(())
}
