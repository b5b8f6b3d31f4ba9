//! Templates of edge services' configurations, with numbered versions.

pub(crate) mod http;

use std::sync::Arc;

use edgeward_api::event::Kind as Event;
use edgeward_api::template as api;
use edgeward_store::{Template, TemplateStore, TemplateVersion, VersionView};

use crate::events::Events;
use crate::timestamp;

pub(crate) use http::found;

// What is taken as a version can be filled in.
const _: () = assert!(api::MAX_TEMPLATE_BYTES == edgeward_products::MAX_TEMPLATE_BYTES);

/// Templates.
pub struct Templates {
    pub(crate) store: Arc<dyn TemplateStore>,
    events: Events,
}

impl Templates {
    /// Over this store.
    pub fn new(store: Arc<dyn TemplateStore>, events: Events) -> Self {
        Self { store, events }
    }

    fn changed(&self) {
        self.events.changed(Event::Templates);
        self.events.changed(Event::Audit);
    }
}

fn to_api(template: Template) -> api::Template {
    api::Template {
        id: template.id,
        name: template.name,
        kind: template.kind,
        description: template.description,
        organisation_id: template.organisation,
        project_id: template.project,
        newest: template.newest,
        created_at: timestamp(template.created_at),
        created_by: template.created_by,
        changed_at: timestamp(template.changed_at),
    }
}

fn extent(word: &str) -> api::Extent {
    if word == api::Extent::Whole.as_str() {
        api::Extent::Whole
    } else {
        api::Extent::Part
    }
}

fn version_to_api(version: TemplateVersion) -> api::TemplateVersion {
    api::TemplateVersion {
        number: version.number,
        extent: extent(&version.extent),
        // What is kept was checked.
        placeholders: edgeward_products::placeholders(&version.text).unwrap_or_default(),
        text: Some(version.text),
        note: version.note,
        created_at: timestamp(version.created_at),
        created_by: version.created_by,
    }
}

fn view_to_api(version: VersionView) -> api::TemplateVersion {
    api::TemplateVersion {
        number: version.number,
        extent: extent(&version.extent),
        text: None,
        placeholders: Vec::new(),
        note: version.note,
        created_at: timestamp(version.created_at),
        created_by: version.created_by,
    }
}
