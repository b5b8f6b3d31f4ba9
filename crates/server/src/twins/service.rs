//! Use cases of twins.

use std::sync::Arc;

use edgeward_api::event::Kind;
use edgeward_api::twin as api;
use edgeward_domain::Moment;
use edgeward_domain::access::{Permit, Visible};
use edgeward_domain::audit::By;
use edgeward_domain::twin::{Document, MAX_CHANGES, Part, Sections, as_it_was};
use edgeward_ids::AgentId;
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{
    Differing, DifferingFilter, Failure, ReportOutcome, Reported, StoreError, TwinStore, Wish,
    WishRefusal,
};
use serde_json::{Map, Value};

use super::view::{change_to_api, document_to_api, twin_to_api};
use crate::batches::Batches;
use crate::events::Events;
use crate::{now, timestamp};

/// How many changes of one part are looked at to find an earlier state: all that there can be.
const ALL_CHANGES: u64 = 2 * MAX_CHANGES;

/// Twins.
pub struct Twins {
    store: Arc<dyn TwinStore>,
    events: Events,
    reports: Batches<Reported>,
}

/// What a twin was is not known any more.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// It is too long ago.
    #[error(
        "what the twin was then is not remembered any more; the last {MAX_CHANGES} changes of each part are"
    )]
    Forgotten,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Twins {
    /// Over this store.
    pub fn new(store: Arc<dyn TwinStore>, events: Events) -> Self {
        Self {
            store,
            events,
            reports: Batches::default(),
        }
    }

    /// A device reports sections of its twin; they are recorded soon.
    pub async fn reported(&self, agent: AgentId, sections: Map<String, Value>) {
        let at = now();
        self.reports
            .add(Reported {
                agent,
                sections: Sections::new(sections),
                at,
            })
            .await;
    }

    /// Records what devices report, until the control plane stops.
    pub async fn write(&self, shutdown: Shutdown) {
        self.reports
            .write("twins", shutdown, |reports| self.record(reports))
            .await;
    }

    async fn record(&self, reports: Arc<[Reported]>) -> Result<(), StoreError> {
        let outcomes = self.store.record_reported(&reports).await?;
        let mut written = false;
        for (report, outcome) in reports.iter().zip(outcomes) {
            let agent = report.agent;
            match outcome {
                ReportOutcome::Written { .. } => written = true,
                ReportOutcome::Same => {}
                ReportOutcome::NotManaged => {
                    tracing::debug!(%agent, "a twin of a device that is not managed was passed over");
                }
                ReportOutcome::Refused(refusal) => {
                    metrics::counter!("edgeward_twin_reports_refused_total").increment(1);
                    tracing::warn!(%agent, error = %Chain(&refusal), "refused what a device reports");
                }
            }
        }
        if written {
            self.events.changed(Kind::Twins);
        }
        Ok(())
    }

    /// Whether nothing was ever reported of a device.
    pub async fn is_unknown(&self, id: AgentId) -> Result<bool, StoreError> {
        Ok(self.store.twin(id).await?.reported.version == 0)
    }

    /// What a device had reported by a moment; none when that is not remembered.
    pub async fn reported_then(
        &self,
        id: AgentId,
        at: Moment,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        let twin = self.store.twin(id).await?;
        match self.past(id, Part::Reported, twin.reported, at).await {
            Ok(past) => Ok(Some(past.value)),
            Err(PastError::Forgotten) => Ok(None),
            Err(PastError::Store(error)) => Err(error),
        }
    }

    /// A device's twin.
    pub async fn show(&self, id: AgentId) -> Result<api::Twin, StoreError> {
        Ok(twin_to_api(id, self.store.twin(id).await?))
    }

    /// Changes what is wished of a device.
    pub async fn wish(
        &self,
        _permit: &Permit,
        by: &By,
        id: AgentId,
        wish: Wish,
        expected: Option<u64>,
    ) -> Result<api::Twin, Failure<WishRefusal>> {
        let twin = self.store.wish(id, wish, expected, by, now()).await?;
        self.events.changed(Kind::Twins);
        self.events.changed(Kind::Audit);
        Ok(twin_to_api(id, twin))
    }

    /// What was written, the newest first; only what touched `path` if there is one.
    pub async fn history(
        &self,
        id: AgentId,
        part: Option<Part>,
        path: Option<Vec<String>>,
        limit: u64,
    ) -> Result<Vec<api::Change>, StoreError> {
        let Some(path) = path else {
            let changes = self.store.twin_changes(id, part, None, limit).await?;
            return Ok(changes.into_iter().map(change_to_api).collect());
        };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let changes = self.store.twin_changes(id, part, None, ALL_CHANGES).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let touched = changes.into_iter().filter(|change| change.touches(&path));
        Ok(touched.take(limit).map(change_to_api).collect())
    }

    /// What the twin was at a moment.
    pub async fn then(&self, id: AgentId, at: Moment) -> Result<api::PastTwin, PastError> {
        let twin = self.store.twin(id).await?;
        Ok(api::PastTwin {
            device_id: id,
            at: timestamp(at),
            reported: self.past(id, Part::Reported, twin.reported, at).await?,
            desired: self.past(id, Part::Desired, twin.desired, at).await?,
        })
    }

    async fn past(
        &self,
        id: AgentId,
        part: Part,
        document: Document,
        at: Moment,
    ) -> Result<api::Document, PastError> {
        let changes = self
            .store
            .twin_changes(id, Some(part), None, ALL_CHANGES)
            .await?;
        // By versions, not by times: the oldest that is later undoes all behind it.
        let later = changes
            .iter()
            .rposition(|change| change.at > at)
            .map_or(0, |last| last + 1);
        let (later, earlier) = changes.split_at(later);
        let value = as_it_was(&document.value, later);
        let (version, at) = match (earlier.first(), later.last()) {
            (Some(change), _) => (change.version, Some(change.at)),
            (None, Some(first)) if first.version > 1 => return Err(PastError::Forgotten),
            (None, _) => (0, None),
        };
        Ok(document_to_api(Document { value, version, at }))
    }

    /// The devices that differ and may be seen, the longest first; also those that do not differ long enough yet.
    pub async fn differing(
        &self,
        filter: &api::DifferingFilter,
        visible: Visible,
    ) -> Result<Vec<Differing>, StoreError> {
        self.store
            .differing(&DifferingFilter {
                organisation: filter.organisation,
                project: filter.project,
                visible,
                since: now(),
            })
            .await
    }
}
