//! Devices' twins: what is reported and what is wished, with the history of both.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::twin::{Change, Part, Sections, Twin, WriteRefusal};
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};
use serde_json::{Map, Value};

use crate::{Failure, StoreError};

mod row;
pub(crate) mod sql;
mod stored;

/// What a device reports.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Which device.
    pub agent: AgentId,
    /// Its sections, each in place of the one before.
    pub sections: Sections,
    /// When it was heard.
    pub at: Moment,
}

/// What came of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReportOutcome {
    /// It is the newest version.
    Written {
        /// Which.
        version: u64,
        /// Whether the twin differs now and did not, or the other way round.
        turned: bool,
    },
    /// It said what was known.
    Same,
    /// It cannot be recorded.
    Refused(WriteRefusal),
    /// There is no such device, or it is not managed: it may be present, and nothing else.
    NotManaged,
}

/// How what is wished changes.
#[derive(Clone, Debug)]
pub enum Wish {
    /// It is this.
    Replace(Map<String, Value>),
    /// It changes by this merge patch (RFC 7396).
    Merge(Map<String, Value>),
}

/// Why a wish is not recorded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WishRefusal {
    /// There is no such device, or it is not managed.
    #[error("there is no such managed device")]
    UnknownDevice,
    /// The document cannot be that.
    #[error(transparent)]
    Write(#[from] WriteRefusal),
}

/// A device whose twin differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Differing {
    /// Which.
    pub agent: AgentId,
    /// What it is called.
    pub name: Name,
    /// Since when, without a break.
    pub since: Moment,
}

/// Which devices to look for a difference at.
#[derive(Clone, Debug)]
pub struct DifferingFilter {
    /// Only those of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those that may be seen.
    pub visible: Visible,
    /// Only those that differ since then or longer.
    pub since: Moment,
}

/// Twins. A device whose agent was released has none.
#[async_trait]
pub trait TwinStore: Send + Sync {
    /// Records what devices report, all in one transaction; what came of each, in the same order.
    async fn record_reported(&self, reports: &[Reported])
    -> Result<Vec<ReportOutcome>, StoreError>;

    /// The device's twin; empty when nothing was ever written.
    async fn twin(&self, agent: AgentId) -> Result<Twin, StoreError>;

    /// The twins of these devices, in no order; none for a device that has none.
    async fn twins(&self, agents: &[AgentId]) -> Result<Vec<(AgentId, Twin)>, StoreError>;

    /// Changes what is wished of a device. `expected` is the version that the writer has seen, if it matters.
    async fn wish(
        &self,
        agent: AgentId,
        wish: Wish,
        expected: Option<u64>,
        by: &By,
        now: Moment,
    ) -> Result<Twin, Failure<WishRefusal>>;

    /// What was written, the newest first: of this part or both, before this moment, at most `limit`.
    async fn twin_changes(
        &self,
        agent: AgentId,
        part: Option<Part>,
        before: Option<Moment>,
        limit: u64,
    ) -> Result<Vec<Change>, StoreError>;

    /// The devices whose twins differ, the longest first.
    async fn differing(&self, filter: &DifferingFilter) -> Result<Vec<Differing>, StoreError>;
}
