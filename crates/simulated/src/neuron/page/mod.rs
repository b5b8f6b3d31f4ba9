//! The page at `/`, and the two live channels that it shows: a WebSocket and an event stream.
//!
//! All of it is embedded and uses absolute paths, a cookie and local storage of its own, as the pages of real devices do.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{Stream, stream};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::api::values;
use super::code::Code;
use super::plant::Side;
use super::{Shared, now_ms};

/// How often the WebSocket sends values.
const LIVE_EVERY: Duration = Duration::from_millis(500);

/// How often the event stream says something by itself.
const NOTE_EVERY: Duration = Duration::from_secs(4);

/// The longest WebSocket message that is read, in bytes.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Something that happened, for the event stream.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Note {
    at_ms: u64,
    text: String,
}

impl Note {
    pub(super) fn info(text: String) -> Self {
        let at_ms = now_ms();
        Self { at_ms, text }
    }
}

impl Shared {
    /// Tells those who watch, if any.
    pub(super) fn tell(&self, note: Note) {
        let _nobody_watches = self.notes.send(note);
    }

    /// All values of all running drivers.
    fn snapshot(&self) -> Value {
        let elapsed_s = self.elapsed_s();
        let plant = self.plant.lock();
        let south = plant
            .nodes
            .iter()
            .filter(|node| node.plugin.side == Side::South);
        let groups = south.flat_map(|node| node.groups.iter().map(move |group| (node, group)));
        let groups: Vec<_> = groups
            .map(|(node, group)| {
                json!({"node": node.name, "group": group.name, "tags": values(node, group, elapsed_s)})
            })
            .collect();
        json!({"at_ms": now_ms(), "groups": groups})
    }

    /// What the event stream says when nothing else happens.
    fn chatter(&self, number: u64) -> Note {
        let plant = self.plant.lock();
        let south: Vec<_> = plant
            .nodes
            .iter()
            .filter(|node| node.plugin.side == Side::South)
            .collect();
        let place = usize::try_from(number).unwrap_or(0) % south.len().max(1);
        Note::info(match south.get(place) {
            Some(node) if node.is_linked() => {
                let tags: usize = node.groups.iter().map(|group| group.tags.len()).sum();
                format!("{} delivered {tags} tags", node.name)
            }
            Some(node) => format!("{} is not connected", node.name),
            None => "No drivers are configured".to_owned(),
        })
    }
}

/// The page and its channels.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(
            "/",
            get(async || file("text/html; charset=utf-8", include_str!("index.html"))),
        )
        .route(
            "/web/app.js",
            get(async || file("text/javascript; charset=utf-8", include_str!("app.js"))),
        )
        .route(
            "/web/style.css",
            get(async || file("text/css; charset=utf-8", include_str!("style.css"))),
        )
        .route(
            "/web/icon.svg",
            get(async || file("image/svg+xml", include_str!("icon.svg"))),
        )
        .route("/web/site", get(site))
        .route("/web/live", get(live))
        .route("/web/events", get(events))
        .with_state(shared)
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

async fn site(State(shared): State<Arc<Shared>>) -> axum::Json<Value> {
    let site = shared.site;
    axum::Json(
        json!({"name": site.name(), "description": site.description(), "version": shared.version}),
    )
}

/// Why a viewer was not let in.
enum TurnedAway {
    NotAllowed(Code),
    Full,
}

impl IntoResponse for TurnedAway {
    fn into_response(self) -> Response {
        match self {
            Self::NotAllowed(code) => code.into_response(),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "too many viewers").into_response(),
        }
    }
}

/// Lets a viewer in, if it may and there is room.
fn admit(shared: &Shared, headers: &HeaderMap) -> Result<OwnedSemaphorePermit, TurnedAway> {
    let allowed = shared.gate.check_viewer(headers);
    allowed.map_err(TurnedAway::NotAllowed)?;
    let permit = Arc::clone(&shared.viewers).try_acquire_owned();
    permit.map_err(|_| TurnedAway::Full)
}

async fn live(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    match admit(&shared, &headers) {
        Ok(permit) => upgrade
            .max_message_size(MAX_MESSAGE_BYTES)
            .on_upgrade(async move |socket| {
                show(socket, &shared).await;
                drop(permit);
            }),
        Err(refusal) => refusal.into_response(),
    }
}

/// Sends values twice a second, and whatever the page sends back to it, which shows the way's length.
async fn show(mut socket: WebSocket, shared: &Shared) {
    let mut ticks = steady(LIVE_EVERY);
    loop {
        let message = tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = ticks.tick() => Message::text(shared.snapshot().to_string()),
            received = socket.recv() => match received {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => message,
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn events(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match admit(&shared, &headers) {
        Ok(permit) => {
            let stream = notes(Arc::clone(&shared), permit);
            // Proxies in between must not collect events before they pass them on.
            let unbuffered = [("x-accel-buffering", "no")];
            let sse = Sse::new(stream).keep_alive(KeepAlive::default());
            (unbuffered, sse).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// What happens, as it happens, and a word now and then in between.
fn notes(
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let start = (
        shared.notes.subscribe(),
        steady(NOTE_EVERY),
        0_u64,
        shared,
        permit,
    );
    stream::unfold(
        start,
        async |(mut news, mut ticks, mut number, shared, permit)| {
            let note = loop {
                tokio::select! {
                    () = shared.stop.cancelled() => return None,
                    note = news.recv() => match note {
                        Ok(note) => break note,
                        Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => return None,
                    },
                    _ = ticks.tick() => {
                        number += 1;
                        break shared.chatter(number);
                    }
                }
            };
            let data = serde_json::to_string(&note).unwrap_or_default();
            let event = Event::default().event("note").data(data);
            Some((Ok(event), (news, ticks, number, shared, permit)))
        },
    )
}

fn steady(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}
