//! Conversions to the REST API.

use edgeward_api::twin as api;
use edgeward_domain::twin::{Change, Document, Leaf, Part, Twin, difference};
use edgeward_ids::AgentId;
use edgeward_store::Differing;

use crate::timestamp;

pub(super) fn twin_to_api(id: AgentId, twin: Twin) -> api::Twin {
    let difference = difference(&twin.desired.value, &twin.reported.value);
    api::Twin {
        device_id: id,
        difference: difference.into_iter().map(leaf_to_api).collect(),
        differs_since: twin.differs_since.map(timestamp),
        reported: document_to_api(twin.reported),
        desired: document_to_api(twin.desired),
    }
}

pub(super) fn document_to_api(document: Document) -> api::Document {
    api::Document {
        value: document.value,
        version: document.version,
        at: document.at.map(timestamp),
    }
}

fn leaf_to_api(leaf: Leaf) -> api::Leaf {
    api::Leaf {
        path: leaf.path,
        desired: leaf.desired,
        reported: leaf.reported,
    }
}

pub(super) fn change_to_api(change: Change) -> api::Change {
    api::Change {
        part: match change.part {
            Part::Reported => api::Part::Reported,
            Part::Desired => api::Part::Desired,
        },
        version: change.version,
        at: timestamp(change.at),
        writer: change.writer,
        patch: change.patch,
    }
}

pub(super) const fn part_from_api(part: api::Part) -> Part {
    match part {
        api::Part::Reported => Part::Reported,
        api::Part::Desired => Part::Desired,
    }
}

pub(super) fn differing_to_api(differing: Differing) -> api::Differing {
    api::Differing {
        device_id: differing.agent,
        name: differing.name,
        since: timestamp(differing.since),
    }
}
