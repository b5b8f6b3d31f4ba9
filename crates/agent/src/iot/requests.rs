//! Which request of the server's each action answers, also after a restart of the agent; and what is answered.
//!
//! The servers' ids are texts of any form; the journal of actions has ids of its own. The one follows from the other, so that a
//! request that comes twice is one action.

use std::path::Path;

use edgeward_ids::ActionId;
use edgeward_wire::action::{ActionName, ActionRequest, Step};
use edgeward_wire::iot::action::{Request, Response};
use edgeward_wire::iot::enrol::Enrollment;
use rusqlite::{OptionalExtension as _, params};
use serde_json::Value;

use super::hashes::{LIST_VERSION, versioned};
use super::id_of;
use crate::sqlite::{Database, DatabaseError};

/// In the state directory.
const FILE: &str = "iot.db";

/// The most requests that are remembered.
const MAX_REMEMBERED: u32 = 1000;

const SCHEMA: [&str; 1] = ["
CREATE TABLE requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    name TEXT NOT NULL
)"];

/// Requests that were made actions.
pub(super) struct Requests {
    database: Database,
    /// Whether lists carry hashes.
    snap_hashes: bool,
}

/// What a request comes down to.
pub(super) enum Taken {
    /// This action, to be carried out.
    Action(ActionId, ActionRequest),
    /// Nothing: this is the answer.
    Answer(Response),
}

impl Requests {
    pub(super) fn open(state_dir: &Path, snap_hashes: bool) -> Result<Self, DatabaseError> {
        let database = Database::open(&state_dir.join(FILE), &SCHEMA)?;
        Ok(Self {
            database,
            snap_hashes,
        })
    }

    /// Writes down what the request is about.
    pub(super) async fn take(
        &self,
        request: Request,
        device: &str,
    ) -> Result<Taken, DatabaseError> {
        let Some(known) = request.known() else {
            let message = format!("this device knows no action \"{}\"", request.action);
            return Ok(Taken::Answer(refused(request.id, request.action, message)));
        };
        let action = id_of::<ActionId>(&["action", device, &request.id]);
        let Some(action) = action.filter(|_| !request.id.is_empty()) else {
            let message = "the request has no id".to_owned();
            return Ok(Taken::Answer(refused(request.id, request.action, message)));
        };
        let name = known.name;
        self.database
            .write(move |db| {
                db.execute(
                    "INSERT OR IGNORE INTO requests (action, id, name) VALUES (?1, ?2, ?3)",
                    params![action.to_string(), request.id, name.as_str()],
                )?;
                db.execute(
                    "DELETE FROM requests WHERE number NOT IN (SELECT number FROM requests ORDER BY number DESC LIMIT ?1)",
                    [MAX_REMEMBERED],
                )
            })
            .await?;
        Ok(Taken::Action(action, asked(known)))
    }

    /// The answer to the request that the action came from; none while it goes on, or if it came from none.
    pub(super) async fn answer(
        &self,
        action: ActionId,
        step: &Step,
        enrollment: &Enrollment,
    ) -> Result<Option<Response>, DatabaseError> {
        let (success, message, result) = match step {
            Step::Accepted | Step::Running { .. } => return Ok(None),
            Step::Done { result } => (true, String::new(), result.clone()),
            Step::Failed { message } => (false, message.clone(), Value::Null),
            Step::Cancelled => (false, "it was cancelled".to_owned(), Value::Null),
        };
        let found: Option<(String, String)> = self
            .database
            .write(move |db| {
                db.query_row(
                    "SELECT id, name FROM requests WHERE action = ?1",
                    [action.to_string()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
            })
            .await?;
        Ok(found.map(|(id, name)| {
            let result = owned(result, enrollment);
            let (version, result) =
                if self.snap_hashes && success && name == ActionName::List.as_str() {
                    (LIST_VERSION.to_owned(), versioned(result))
                } else {
                    (String::new(), result)
                };
            Response {
                id,
                version,
                action: name,
                success,
                message,
                result,
            }
        }))
    }
}

/// A server that is answered `conf` with the bare configuration takes it for a snap without a name: it gets the snap, with its
/// configuration in it.
fn asked(request: ActionRequest) -> ActionRequest {
    match request.name {
        ActionName::Conf => ActionRequest {
            name: ActionName::Info,
            ..request
        },
        _ => request,
    }
}

fn refused(id: String, action: String, message: String) -> Response {
    Response {
        id,
        action,
        message,
        ..Response::default()
    }
}

/// With the ids that this server has for the device and its organisation.
pub(super) fn owned(mut result: Value, enrollment: &Enrollment) -> Value {
    match &mut result {
        Value::Array(items) => {
            for item in items {
                *item = owned(item.take(), enrollment);
            }
        }
        Value::Object(keys) => {
            for (key, id) in [
                ("deviceId", &enrollment.id),
                ("orgId", &enrollment.organization.id),
            ] {
                if let Some(value) = keys.get_mut(key) {
                    *value = id.clone().into();
                }
            }
            if let Some(version) = keys
                .get_mut("version")
                .filter(|version| version.is_object())
            {
                *version = owned(version.take(), enrollment);
            }
        }
        _ => {}
    }
    result
}
