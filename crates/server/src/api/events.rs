//! `/api/v1/events`: what changed, as it changes.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use edgeward_api::error::ErrorBody;
use edgeward_api::event::{Changed, Kind};
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::app::Shared;
use crate::events::Event;

/// Changes within this time are told together.
const GATHER: Duration = Duration::from_millis(100);

/// A word every so often, so that nothing in between takes the silence for death.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Server-sent events named `changed`; each says what kind of thing to ask for again. They end with the caller's session.
#[utoipa::path(get, path = "/events", tag = "overview", responses((status = 200, body = Changed, content_type = "text/event-stream"), (status = 401, body = ErrorBody)))]
async fn events(State(app): State<Shared>, caller: Caller) -> impl IntoResponse {
    let until_stop = app.shutdown.clone().cancelled_owned();
    let told = stream(app, caller);
    let told = futures::StreamExt::take_until(told, until_stop);
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn stream(app: Shared, caller: Caller) -> impl Stream<Item = Result<SseEvent, Infallible>> {
    let receiver = app.events.listen();
    unfold(
        (receiver, Vec::<Kind>::new(), app, caller),
        |(mut receiver, mut waiting, app, caller)| async move {
            if waiting.is_empty() {
                waiting = gather(&mut receiver).await?;
                if !caller.still_good(&app).await {
                    return None;
                }
            }
            let kind = waiting.pop()?;
            let event = SseEvent::default()
                .event("changed")
                .json_data(Changed { kind })
                .unwrap_or_default();
            Some((Ok(event), (receiver, waiting, app, caller)))
        },
    )
}

async fn gather(receiver: &mut Receiver<Event>) -> Option<Vec<Kind>> {
    let mut kinds = HashSet::new();
    take(receiver.recv().await, &mut kinds)?;
    let until = tokio::time::Instant::now() + GATHER;
    while let Ok(next) = tokio::time::timeout_at(until, receiver.recv()).await {
        if take(next, &mut kinds).is_none() {
            break;
        }
    }
    Some(kinds.into_iter().collect())
}

fn take(next: Result<Event, RecvError>, kinds: &mut HashSet<Kind>) -> Option<()> {
    match next {
        Ok(Event::Changed(kind)) => {
            kinds.insert(kind);
        }
        Ok(Event::AgentArrived(_) | Event::AgentLeft(_)) => {
            kinds.extend([Kind::Agents, Kind::Services])
        }
        Err(RecvError::Lagged(_)) => {
            kinds.extend([
                Kind::Agents,
                Kind::Services,
                Kind::Organisations,
                Kind::JoinTokens,
                Kind::AgentService,
                Kind::Users,
                Kind::ApiTokens,
                Kind::Audit,
                Kind::Settings,
                Kind::Sessions,
                Kind::Actions,
                Kind::Rollouts,
                Kind::Registrations,
                Kind::Twins,
            ]);
        }
        Err(RecvError::Closed) => return None,
    }
    Some(())
}
