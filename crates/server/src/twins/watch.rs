//! Which devices have not been what is wished for too long: now, and whenever the answer changes.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event as SseEvent;
use edgeward_api::event::Kind;
use edgeward_api::twin::{Differing, DifferingFilter};
use edgeward_domain::Moment;
use edgeward_domain::access::Action;
use edgeward_store::StoreError;
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::view::differing_to_api;
use crate::access::Caller;
use crate::app::Shared;
use crate::events::Event;
use crate::now;

/// Between two looks at the database, however much changes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The longest without a look; one is needed when nothing changes and a device has differed long enough by now.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(60);

/// The devices that have differed for long enough, and when the next one will have.
pub(super) async fn answer(
    app: &Shared,
    caller: &Caller,
    filter: &DifferingFilter,
) -> Result<(Vec<Differing>, Option<Moment>), StoreError> {
    let visible = caller.grants().visible(Action::Look.least_role());
    let found = app.twins.differing(filter, visible).await?;
    let long_enough = now() - Duration::from_secs(filter.longer_than_s.unwrap_or(0));
    let next = found
        .iter()
        .find(|differing| differing.since > long_enough)
        .map(|differing| differing.since + (now().since(long_enough)));
    let found = found
        .into_iter()
        .take_while(|differing| differing.since <= long_enough)
        .map(differing_to_api)
        .collect();
    Ok((found, next))
}

struct Watch {
    app: Shared,
    caller: Caller,
    filter: DifferingFilter,
    events: Receiver<Event>,
    told: Option<Vec<Differing>>,
    next: Option<Moment>,
}

/// Events named `answer`, each with the whole list; the first at once. They end with the caller's session.
pub(super) fn stream(
    app: Shared,
    caller: Caller,
    filter: DifferingFilter,
) -> impl Stream<Item = Result<SseEvent, Infallible>> {
    let watch = Watch {
        events: app.events.listen(),
        app,
        caller,
        filter,
        told: None,
        next: None,
    };
    unfold(watch, |mut watch| async move {
        loop {
            if watch.told.is_some() {
                watch.wait().await?;
            }
            if !watch.caller.still_good(&watch.app).await {
                return None;
            }
            let (answer, next) = answer(&watch.app, &watch.caller, &watch.filter)
                .await
                .ok()?;
            watch.next = next;
            if watch.told.as_ref() != Some(&answer) {
                let event = SseEvent::default()
                    .event("answer")
                    .json_data(&answer)
                    .unwrap_or_default();
                watch.told = Some(answer);
                return Some((Ok(event), watch));
            }
        }
    })
}

impl Watch {
    /// Until it is worth looking again; none at the end.
    async fn wait(&mut self) -> Option<()> {
        tokio::time::sleep(LOOK_EVERY).await;
        let until = self.next.map_or(LOOK_AT_LEAST_EVERY, |next| {
            next.since(now()).min(LOOK_AT_LEAST_EVERY)
        });
        let changed = async {
            loop {
                match self.events.recv().await {
                    Ok(Event::Changed(Kind::Twins | Kind::Agents | Kind::Organisations))
                    | Err(RecvError::Lagged(_)) => return Some(()),
                    Ok(_) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        };
        tokio::time::timeout(until, changed)
            .await
            .unwrap_or(Some(()))
    }
}
