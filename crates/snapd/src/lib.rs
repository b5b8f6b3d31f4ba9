//! A client of snapd's REST API, over its unix socket: typed questions, changes, assertions, logs and snapshots.
//!
//! snapd restarts now and then, by itself too. A question that changes nothing is asked again until snapd is back, within
//! [`Snapd::with_patience`]; one that changes something is sent at most once: it is tried again only as long as no connection
//! was made, and a connection that breaks afterwards is [`SnapdError::Lost`]: whether it happened has to be looked up in
//! [`Snapd::changes`].
//!
//! What it does not do: it follows no change by itself, and it keeps no connection. And there is no proof that a device holds the
//! key of its serial assertion: snapd keeps that key to itself and has no call by which an application could have something
//! signed with it (it uses it only for its own requests to the store). What can be had is the serial assertion, which names the
//! public key and is itself signed by the brand: it identifies, and does not authenticate.

mod assertions;
mod changes;
mod client;
mod error;
mod logs;
mod snaps;
mod snapshots;
mod stream;
mod system;
mod time;

pub use assertions::Assertions;
pub use changes::{Change, ChangeId, ChangeStatus, End, Progress, Select, Task};
pub use client::{
    ANSWER_TIMEOUT, CONNECT_TIMEOUT, DEFAULT_PATIENCE, DEFAULT_SOCKET, MAX_ANSWER_BYTES,
    OPERATION_TIMEOUT, Snapd,
};
pub use error::SnapdError;
pub use logs::{LogLine, LogLines, MAX_RECORD_BYTES};
pub use snaps::{App, AppsAction, Snap, SnapOp, Which};
pub use snapshots::{Export, SetId, Snapshot, SnapshotSet};
pub use stream::{SILENCE_TIMEOUT, Stream};
pub use system::{NewUser, OsRelease, SystemInfo};
pub use time::parse_time;

#[cfg(test)]
mod tests;
