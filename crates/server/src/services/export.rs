//! Lists of services as comma-separated values: ECP's columns and ours. Such a list can be imported again; passwords are not in it.

use bytes::Bytes;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{Authentication, Trust, Way};
use edgeward_runtime::Chain;
use edgeward_store::{
    MAX_PAGE_ITEMS, ServiceColumn, ServiceFilter, ServiceView, Slice, Sort, StoreError,
};
use futures::stream::try_unfold;

use super::import::TAG_SEPARATOR;
use crate::app::Shared;
use crate::csv;

/// The columns. The last is empty: whoever imports the list elsewhere can fill it in.
pub(super) const COLUMNS: [&str; 13] = [
    "category",
    "name",
    "nodeType",
    "endpoint",
    "scheme",
    "tagName",
    "agentID",
    "serviceID",
    "authentication",
    "pinned",
    "description",
    "username",
    "password",
];

/// A list in pieces of at most a page: however many services there are, only a page is in memory. What is added or deleted meanwhile may
/// be in it or not; nothing is in it twice. What comes after the first failure is missing, and the download ends with an error.
pub(super) fn pieces(
    app: Shared,
    filter: ServiceFilter,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> {
    let heading = csv::row(COLUMNS);
    try_unfold(Some((filter, heading)), move |state| {
        let app = app.clone();
        async move {
            let Some((mut filter, mut text)) = state else {
                return Ok(None);
            };
            let services = app.store.services();
            let sort = Sort::ascending(ServiceColumn::Created);
            let found = services.services(&filter, sort, Slice::FIRST).await;
            let found = found.inspect_err(|error| {
                tracing::error!(error = %Chain(error), "an export of services broke off");
            })?;
            for view in &found.items {
                text.push_str(&row(view));
            }
            let is_last = found.total <= MAX_PAGE_ITEMS;
            let next = found.items.last().filter(|_| !is_last).map(|view| {
                filter.after = Some(view.service.id);
                (filter, String::new())
            });
            Ok(Some((Bytes::from(text), next)))
        }
    })
}

fn row(view: &ServiceView) -> String {
    let service = &view.service;
    let words: Vec<&str> = view.tags.iter().map(Tag::as_str).collect();
    let tags = words.join(TAG_SEPARATOR);
    let id = service.id.to_string();
    let (node, endpoint, scheme, agent, pinned) = match &service.way {
        Way::Direct {
            scheme,
            address,
            trust,
        } => {
            let pinned = match trust {
                Trust::Pinned(pin) => pin.as_str(),
                Trust::Authorities => "",
            };
            let (endpoint, agent) = (address.to_string(), String::new());
            ("Direct", endpoint, scheme.as_str(), agent, pinned)
        }
        Way::Agent { agent, offer, .. } => ("Agent", offer.to_string(), "", agent.to_string(), ""),
    };
    let user = match &service.authentication {
        Authentication::Basic { user, .. } => user.as_str(),
        Authentication::None | Authentication::Token => "",
    };
    csv::row([
        service.kind.as_str(),
        service.name.as_str(),
        node,
        &endpoint,
        scheme,
        &tags,
        &agent,
        &id,
        service.authentication.as_str(),
        pinned,
        &service.description,
        user,
        "",
    ])
}
