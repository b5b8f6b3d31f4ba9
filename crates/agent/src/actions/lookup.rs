//! Finding out from snapd how it stands: what it knew before, and whether something was begun.

use std::time::Duration;

use edgeward_runtime::now_micros;
use edgeward_snapd::{Change, ChangeId, Select, SetId, Snapd, SnapdError};
use tokio::time::{Instant, sleep};

use super::entry::Before;

/// How long after the question a change may still turn up: snapd makes it while it answers, and gives up when who asked is gone.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);

/// After this long a change that snapd does not know may have been forgotten: it forgets what has ended after a day.
pub(crate) const FORGOTTEN: Duration = Duration::from_secs(20 * 3600);

/// How many changes that have ended snapd remembers, however young they are (`pruneMaxChanges` of its overlord).
pub(crate) const REMEMBERED: u64 = 500;

const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// What is looked for.
pub(crate) struct Wanted<'a> {
    pub(crate) kind: &'a str,
    /// None for a change about many snaps.
    pub(crate) snap: Option<&'a str>,
}

/// Whether something was begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// It was: this change.
    Begun(ChangeId),
    /// It was not.
    Nothing,
    /// It is too long ago, or too much has happened since, to tell.
    Unknown,
}

/// What snapd knows now, before it is asked.
pub(crate) async fn before(snapd: &Snapd, with_sets: bool) -> Result<Before, SnapdError> {
    let highest_change = snapd.newest_change().await?.unwrap_or_default();
    let highest_set = if with_sets {
        let sets = snapd.snapshot_sets().await?;
        Some(sets.iter().map(|set| set.id).max().unwrap_or(SetId(0)))
    } else {
        None
    };
    Ok(Before {
        at_us: now_micros(),
        highest_change,
        highest_set,
    })
}

/// Looks whether a change of that kind is newer than what snapd knew.
pub(crate) async fn begun(
    snapd: &Snapd,
    wanted: &Wanted<'_>,
    before: &Before,
) -> Result<Found, SnapdError> {
    let age = || Duration::from_micros(now_micros().saturating_sub(before.at_us));
    let give_up = Instant::now() + SETTLE;
    loop {
        let changes = match wanted.snap {
            Some(snap) => snapd.changes_for(snap).await?,
            None => snapd.changes(Select::All).await?,
        };
        if let Some(change) = newer(&changes, wanted.kind, before.highest_change) {
            return Ok(Found::Begun(change));
        }
        let newest = snapd.newest_change().await?.unwrap_or_default();
        if age() >= FORGOTTEN || newest.saturating_sub(before.highest_change) > REMEMBERED {
            return Ok(Found::Unknown);
        }
        // The device's clock may have jumped; so it is never longer than that.
        if age() >= SETTLE || Instant::now() >= give_up {
            return Ok(Found::Nothing);
        }
        sleep(LOOK_INTERVAL).await;
    }
}

/// The first change of that kind after this one.
fn newer(changes: &[Change], kind: &str, than: u64) -> Option<ChangeId> {
    changes
        .iter()
        .filter(|change| change.kind == kind)
        .filter_map(|change| Some((change.id.number().filter(|number| *number > than)?, change)))
        .min_by_key(|(number, _)| *number)
        .map(|(_, change)| change.id.clone())
}

/// The first set after this one.
pub(crate) async fn set_after(
    snapd: &Snapd,
    before: Option<SetId>,
    snap: Option<&str>,
) -> Result<Option<SetId>, SnapdError> {
    let before = before.unwrap_or(SetId(0));
    let sets = snapd.snapshot_sets().await?;
    Ok(sets
        .into_iter()
        .filter(|set| set.id > before)
        .filter(|set| snap.is_none_or(|snap| set.snapshots.iter().any(|one| one.snap == snap)))
        .map(|set| set.id)
        .min())
}
