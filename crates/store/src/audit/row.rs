//! Entries as they were stored.

use edgeward_domain::Moment;
use edgeward_domain::audit::{Author, AuthorKind, By, Entry, Outcome};
use edgeward_ids::{OrganisationId, ProjectId};

use super::append::to_hash;
use crate::database::fault::Broken;
use crate::database::people::audit;

pub(super) fn to_entry(row: audit::Model) -> Result<Entry, Broken> {
    Ok(Entry {
        number: to_number(row.number)?,
        at: Moment::from_micros(row.at),
        by: By {
            author: Author {
                kind: AuthorKind::from_word(&row.author_kind)
                    .ok_or_else(|| Broken::corrupt("a kind of author", &row.author_kind))?,
                id: row.author_id,
                name: row.author_name,
            },
            address: row.address,
            request_id: row.request_id,
        },
        action: row.action,
        object_id: row.object_id,
        object_name: row.object_name,
        organisation: row.organisation_id.map(OrganisationId::from_uuid),
        project: row.project_id.map(ProjectId::from_uuid),
        before: row.before_state,
        after: row.after_state,
        outcome: Outcome::from_word(&row.outcome)
            .ok_or_else(|| Broken::corrupt("an outcome", &row.outcome))?,
        reason: row.reason,
        previous: to_hash(&row.previous)?,
        hash: to_hash(&row.hash)?,
    })
}

pub(super) fn to_number(number: i64) -> Result<u64, Broken> {
    u64::try_from(number).map_err(|_| Broken::corrupt("the number of an audit entry", number))
}
