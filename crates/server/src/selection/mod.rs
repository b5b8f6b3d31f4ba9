//! Which devices are meant by a place, tags, a model and conditions; and the tags themselves.

pub mod http;
mod view;

use std::collections::HashMap;

use edgeward_domain::selection::Selection;
use edgeward_ids::AgentId;
use edgeward_store::{Candidate, StoreError};
use serde_json::{Map, Value};

use crate::app::App;

pub(crate) use view::{in_place, to_api, to_domain};

/// How many twins are read at once.
pub(crate) const TWINS_AT_ONCE: usize = 500;

/// A device that is meant.
pub(crate) struct Chosen {
    /// Which.
    pub(crate) device: Candidate,
    /// Why: a sentence for each thing that was asked.
    pub(crate) why: Vec<String>,
}

/// The managed devices that are meant, by name.
pub(crate) async fn choose(app: &App, selection: &Selection) -> Result<Vec<Chosen>, StoreError> {
    let candidates = app
        .store
        .rollouts()
        .candidates(selection.organisation, selection.project, &selection.tags)
        .await?;
    let mut chosen = Vec::new();
    for some in candidates.chunks(TWINS_AT_ONCE) {
        let reported = if selection.asks_twins() {
            let ids: Vec<AgentId> = some.iter().map(|device| device.agent).collect();
            reported(app, &ids).await?
        } else {
            HashMap::new()
        };
        let nothing = Map::new();
        for device in some {
            let twin = reported.get(&device.agent).unwrap_or(&nothing);
            if let Some(why) = selection.why(twin) {
                chosen.push(Chosen {
                    device: device.clone(),
                    why,
                });
            }
        }
    }
    Ok(chosen)
}

/// What these devices report; nothing of those that have not reported.
pub(crate) async fn reported(
    app: &App,
    devices: &[AgentId],
) -> Result<HashMap<AgentId, Map<String, Value>>, StoreError> {
    let twins = app.store.twins().twins(devices).await?;
    Ok(twins
        .into_iter()
        .map(|(agent, twin)| (agent, twin.reported.value))
        .collect())
}
