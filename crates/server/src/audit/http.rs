//! `/api/v1/audit`.

use axum::Json;
use axum::body::Body as Stream;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edgeward_api::audit as api;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_domain::access::{Action, Permit, Scope};
use edgeward_domain::audit::Note;
use edgeward_store::{AuditFilter, MAX_CHECKED, Position};
use http::header;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::ACTIONS;
use super::{export, view};
use crate::access::Caller;
use crate::api::{ApiError, Query};
use crate::app::Shared;
use crate::now;

/// How many entries there are in an answer, unless asked for otherwise.
const DEFAULT_ENTRIES: u64 = 100;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export_all))
        .routes(routes!(verify))
        .routes(routes!(actions))
}

/// Whether the caller may read anything of it at all. What of it, [`view::filter`] says.
fn permit(caller: &Caller) -> Result<Permit, ApiError> {
    caller.permit(Action::ReadProjectAudit, Scope::Anywhere)
}

/// Entries, the newest first: all for a system administrator, otherwise those of the caller's organisations and projects.
#[utoipa::path(get, path = "/audit", tag = "audit", params(api::EntryFilter),
    responses((status = 200, body = api::EntryPage), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(asked): Query<api::EntryFilter>,
) -> Result<Json<api::EntryPage>, ApiError> {
    permit(&caller)?;
    let limit = asked.limit.unwrap_or(DEFAULT_ENTRIES);
    if !(1..=api::MAX_ENTRIES).contains(&limit) {
        let most = api::MAX_ENTRIES;
        return Err(ApiError::invalid(format!("limit must be 1 to {most}")));
    }
    let filter = view::filter(caller.grants(), &asked);
    let found = app
        .store
        .audit()
        .entries(&filter, asked.before, limit)
        .await?;
    let full = found.len() as u64 == limit;
    let last = found.last().map(|entry| entry.number);
    Ok(Json(api::EntryPage {
        next: last.filter(|number| full && *number > 1),
        items: found.into_iter().map(view::entry).collect(),
    }))
}

/// All entries that match and that the caller may read, the oldest first, as a file. That it was fetched is an entry, too.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(api::EntryFilter),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv"))), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn export_all(
    State(app): State<Shared>,
    caller: Caller,
    Query(asked): Query<api::EntryFilter>,
) -> Result<Response, ApiError> {
    permit(&caller)?;
    if asked.before.is_some() || asked.limit.is_some() {
        return Err(ApiError::invalid("an export has no before and no limit"));
    }
    let store = app.store.audit();
    let format = asked.format.unwrap_or_default();
    let (name, kind) = match format {
        api::ExportFormat::Csv => ("edgeward-audit.csv", "text/csv; charset=utf-8"),
        api::ExportFormat::Jsonl => ("edgeward-audit.jsonl", "application/jsonl"),
    };
    let note = Note::new("audit.export", None, name).after(serde_json::json!(asked));
    store.append(note, &caller.by(), now()).await?;
    app.events.changed(Kind::Audit);
    // The export itself is its last entry, for whoever may read that one.
    let everything = AuditFilter::new(edgeward_domain::access::Visible::Everything, true);
    let newest = store.entries(&everything, None, 1).await?;
    let up_to = newest.first().map_or(0, |entry| entry.number);
    let filter = view::filter(caller.grants(), &asked);
    let body = Stream::from_stream(export::entries(store, filter, format, up_to));
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, body).into_response())
}

/// Goes over a part of the chain: up to 20 000 entries after the one given. The answer says where to go on.
#[utoipa::path(get, path = "/audit/verification", tag = "audit", params(api::VerificationRequest),
    responses((status = 200, body = api::Verification), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn verify(
    State(app): State<Shared>,
    caller: Caller,
    Query(request): Query<api::VerificationRequest>,
) -> Result<Json<api::Verification>, ApiError> {
    caller.permit(Action::ReadSystemAudit, Scope::System)?;
    let from = match (request.after, &request.hash) {
        (0, None) => Position::BEGINNING,
        (0, Some(_)) => return Err(ApiError::invalid("before the first entry there is no hash")),
        (number, Some(text)) if i64::try_from(number).is_ok() => Position {
            number,
            hash: view::hash(text)
                .ok_or_else(|| ApiError::invalid("hash must have 64 hexadecimal digits"))?,
        },
        (_, Some(_)) => return Err(ApiError::invalid("after is too large")),
        (_, None) => return Err(ApiError::invalid("hash of the entry given by after is missing")),
    };
    let limit = api::MAX_VERIFIED.min(MAX_CHECKED);
    let checked = app.store.audit().verify(from, limit).await?;
    Ok(Json(api::Verification {
        verified_to: checked.to.number,
        hash: view::hex(&checked.to.hash),
        total: checked.total,
        complete: checked.end && checked.broken.is_none(),
        broken: checked.broken.map(view::broken),
    }))
}

/// Everything that an entry can say was done, by the alphabet.
#[utoipa::path(get, path = "/audit/actions", tag = "audit",
    responses((status = 200, body = List<String>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn actions(caller: Caller) -> Result<Json<List<String>>, ApiError> {
    permit(&caller)?;
    let items: Vec<String> = ACTIONS.iter().map(|word| (*word).to_owned()).collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}
