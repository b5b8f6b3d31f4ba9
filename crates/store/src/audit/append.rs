//! Appending entries: in the transaction of what they speak of, as the last that it does.

use edgeward_domain::Moment;
use edgeward_domain::audit::{Author, By, Entry, Hash, Note, hash};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};

use super::AuditKey;
use crate::database::MAX_BOUND_VALUES;
use crate::database::fault::Broken;
use crate::database::people::{audit, audit_head};
use crate::database::text::{searchable, storable};

/// The only row of the log's head.
pub(super) const THE_HEAD: i32 = 1;

/// How many values an entry binds.
const COLUMNS: usize = 20;

/// What a transaction has to say.
#[derive(Default)]
pub(crate) struct Notes(Vec<(Note, By, Moment)>);

impl Notes {
    /// One thing more.
    pub(crate) fn add(&mut self, note: Note, by: &By, now: Moment) {
        self.0.push((note, by.clone(), now));
    }

    /// Makes entries of them, behind all that were appended before.
    pub(crate) async fn append(
        self,
        transaction: &DatabaseTransaction,
        key: &AuditKey,
    ) -> Result<(), Broken> {
        if self.0.is_empty() {
            return Ok(());
        }
        let head = audit_head::Entity::find_by_id(THE_HEAD)
            .lock_exclusive()
            .one(transaction)
            .await?
            .ok_or_else(|| Broken::corrupt("an audit log without a head", THE_HEAD))?;
        let mut number = u64::try_from(head.number)
            .map_err(|_| Broken::corrupt("the number of an audit entry", head.number))?;
        let mut previous = to_hash(&head.hash)?;
        let mut rows = Vec::with_capacity(self.0.len());
        for (note, by, now) in self.0 {
            number += 1;
            let entry = entry(number, previous, note, by, now);
            previous = entry.hash;
            rows.push(to_row(entry)?);
        }
        for rows in rows.chunks(MAX_BOUND_VALUES / COLUMNS) {
            let rows = rows
                .iter()
                .map(|row| audit::ActiveModel::from(row.clone()).reset_all());
            audit::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        audit_head::Entity::update_many()
            .col_expr(audit_head::Column::Number, Expr::value(to_i64(number)?))
            .col_expr(audit_head::Column::Hash, Expr::value(previous.to_vec()))
            .col_expr(
                audit_head::Column::Seal,
                Expr::value(key.seal(number, &previous)),
            )
            .filter(audit_head::Column::Id.eq(THE_HEAD))
            .exec(transaction)
            .await?;
        Ok(())
    }
}

/// What is hashed is what can be stored.
fn entry(number: u64, previous: Hash, note: Note, by: By, at: Moment) -> Entry {
    let text = |text: Option<String>| text.map(|text| storable(&text));
    let mut entry = Entry {
        number,
        at,
        by: By {
            author: Author {
                name: storable(&by.author.name),
                ..by.author
            },
            address: text(by.address),
            request_id: text(by.request_id),
        },
        action: storable(note.action),
        object_id: text(note.object_id),
        object_name: storable(&note.object_name),
        organisation: note.organisation,
        project: note.project,
        before: text(note.before),
        after: text(note.after),
        outcome: note.outcome,
        reason: storable(&note.reason),
        previous,
        hash: [0; 32],
    };
    entry.hash = hash(&entry);
    entry
}

fn to_row(entry: Entry) -> Result<audit::Model, Broken> {
    let search = searchable(&[
        &entry.by.author.name,
        &entry.object_name,
        &entry.action,
        entry.by.address.as_deref().unwrap_or_default(),
        &entry.reason,
    ]);
    let thing = entry.action.split('.').next().unwrap_or_default();
    Ok(audit::Model {
        number: to_i64(entry.number)?,
        at: entry.at.as_micros(),
        author_kind: entry.by.author.kind.as_str().to_owned(),
        author_id: entry.by.author.id,
        author_name: entry.by.author.name,
        address: entry.by.address,
        request_id: entry.by.request_id,
        thing: thing.to_owned(),
        action: entry.action,
        object_id: entry.object_id,
        object_name: entry.object_name,
        organisation_id: entry.organisation.map(|id| id.as_uuid()),
        project_id: entry.project.map(|id| id.as_uuid()),
        before_state: entry.before,
        after_state: entry.after,
        outcome: entry.outcome.as_str().to_owned(),
        reason: entry.reason,
        previous: entry.previous.to_vec(),
        hash: entry.hash.to_vec(),
        search,
    })
}

fn to_i64(number: u64) -> Result<i64, Broken> {
    i64::try_from(number).map_err(|_| Broken::corrupt("the number of an audit entry", number))
}

/// A hash, as it was stored.
pub(super) fn to_hash(bytes: &[u8]) -> Result<Hash, Broken> {
    bytes
        .try_into()
        .map_err(|_| Broken::corrupt("a hash of a wrong length", bytes.len()))
}
