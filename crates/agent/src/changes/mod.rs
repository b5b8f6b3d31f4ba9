//! The change log: what snapd has done on this device, in the system log and in a database that outlives snapd's memory.
//!
//! snapd forgets a change after about a day. At every look, each change that is new or has moved on since the last one is
//! logged and written down; the oldest go when there are too many. It only looks: nothing here acts on a change.

mod database;

use std::path::PathBuf;

use edgeward_runtime::Chain;
use edgeward_snapd::{Select, Snapd, SnapdError};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{ChangeLogConfig, ChangeLogLevel};
use crate::sqlite::DatabaseError;

pub(crate) use database::ChangeDatabase;
pub use database::{Entry, News, read};

/// Watches snapd's changes and keeps them.
pub(crate) struct ChangeLog {
    pub(crate) snapd: Snapd,
    pub(crate) file: PathBuf,
    pub(crate) config: ChangeLogConfig,
}

/// A look at snapd came to nothing.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("cannot ask snapd for its changes")]
    Snapd(#[from] SnapdError),
    #[error("cannot keep snapd's changes")]
    Keep(#[from] DatabaseError),
}

impl ChangeLog {
    /// Looks at once, and then again and again until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticks = interval(self.config.between_checks);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut database = None;
        let mut at_start = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            if !self.snapd.is_installed() {
                tracing::debug!(socket = %self.snapd.socket().display(), "there is no snapd to watch");
                continue;
            }
            let looked = tokio::select! {
                looked = self.look(&mut database, at_start) => looked,
                () = stop.cancelled() => return,
            };
            match looked {
                Ok(()) => at_start = false,
                Err(error) if self.config.level >= ChangeLogLevel::Warn => {
                    tracing::warn!(error = %Chain(&error), "the change log has missed a look at snapd");
                }
                Err(_) => {}
            }
        }
    }

    async fn look(
        &self,
        database: &mut Option<ChangeDatabase>,
        at_start: bool,
    ) -> Result<(), LookError> {
        let known = self.snapd.changes_verbatim(Select::All).await?;
        let known = match known {
            Value::Array(changes) => changes,
            // snapd says null where it has none.
            _ => Vec::new(),
        };
        let database = match database {
            Some(database) => database,
            None => database.insert(ChangeDatabase::open(&self.file)?),
        };
        let count = known.len();
        let recorded = database.record(known, self.config.keep).await?;
        let mut logged = 0;
        for (entry, news) in &recorded.changes {
            let is_news = *news != News::Same && !(at_start && recorded.first_ever);
            let wanted = is_news || (at_start && self.config.log_at_start);
            if wanted && self.config.level >= ChangeLogLevel::Info {
                log(entry);
                logged += 1;
            }
        }
        if self.config.level >= ChangeLogLevel::Debug {
            tracing::info!(known = count, logged, "looked at snapd's changes");
        }
        Ok(())
    }
}

fn log(entry: &Entry) {
    let Entry {
        id,
        kind,
        summary,
        status,
        spawn_time,
        ready_time,
        err,
        ..
    } = entry;
    let ready_time = ready_time.as_deref();
    let err = (!err.is_empty()).then_some(err.as_str());
    tracing::info!(
        change = id,
        kind,
        status,
        spawn_time,
        ready_time,
        err,
        "snap change: {summary}"
    );
}

#[cfg(test)]
mod tests;
