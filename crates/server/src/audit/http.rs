//! `/api/v1/audit`.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use edgeward_api::audit as api;
use edgeward_api::audit::ExportFormat;
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::audit::{Broken, Note};
use edgeward_runtime::Chain;
use edgeward_store::{AuditFilter, MAX_ENTRIES, Position, StoreError};
use futures::stream::try_unfold;
use http::header;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::ACTIONS;
use super::export;
use super::view::{filter, from_hex, hex, to_api};
use crate::access::Caller;
use crate::api::{ApiError, Query};
use crate::app::Shared;
use crate::now;

/// How many entries a page has unless the query says otherwise.
const PAGE: u64 = 100;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export_entries))
        .routes(routes!(verification))
        .routes(routes!(actions))
}

/// Entries that the caller may read, the newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(api::EntryFilter),
    responses((status = 200, body = api::EntryPage), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(wanted): Query<api::EntryFilter>,
) -> Result<Json<api::EntryPage>, ApiError> {
    let filter = filter(&caller, &wanted)?;
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=MAX_ENTRIES).contains(&limit) {
        return Err(ApiError::invalid(format!(
            "limit is {limit}; it must be 1 to {MAX_ENTRIES}"
        )));
    }
    let found = app
        .store
        .audit()
        .entries(&filter, wanted.before, limit)
        .await?;
    let full = found.len() as u64 == limit;
    let next = found.last().map(|entry| entry.number).filter(|_| full);
    let items = found.into_iter().map(to_api).collect();
    Ok(Json(api::EntryPage { items, next }))
}

/// All entries that the caller may read and that match, the oldest first, as a file. The export is an entry itself.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(api::EntryFilter),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv"))), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn export_entries(
    State(app): State<Shared>,
    caller: Caller,
    Query(wanted): Query<api::EntryFilter>,
) -> Result<Response, ApiError> {
    let filter = filter(&caller, &wanted)?;
    let format = wanted.format.unwrap_or_default();
    let asked = serde_json::to_string(&wanted).unwrap_or_default();
    let note = Note::new("audit.export", None, "audit log").after(asked);
    app.store.audit().append(note, &caller.by(), now()).await?;
    let (kind, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "edgeward-audit.csv"),
        ExportFormat::Jsonl => ("application/jsonl", "edgeward-audit.jsonl"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
        (header::CACHE_CONTROL, "no-store".into()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
    ];
    Ok((headers, Body::from_stream(pieces(app, filter, format))).into_response())
}

/// An export in pieces of at most [`MAX_ENTRIES`]: however long the log is, only a piece is in memory. What comes after the
/// first failure is missing, and the download ends with an error.
fn pieces(
    app: Shared,
    filter: AuditFilter,
    format: ExportFormat,
) -> impl futures::Stream<Item = Result<Bytes, StoreError>> {
    let heading = export::heading(format);
    try_unfold(Some((0, heading)), move |state| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let Some((after, mut text)) = state else {
                return Ok(None);
            };
            let audit = app.store.audit();
            let found = audit.export(&filter, after, MAX_ENTRIES).await;
            let found = found.inspect_err(|error| {
                tracing::error!(error = %Chain(error), "an export of the audit log broke off");
            })?;
            let last = found.last().map(|entry| entry.number);
            for entry in found {
                export::add(&mut text, format, &to_api(entry));
            }
            let next = last.map(|last| (last, String::new()));
            Ok(Some((Bytes::from(text), next)))
        }
    })
}

/// Goes over the chain from where the last answer ended, at most 20 000 entries at a time; at its end the seal is compared.
#[utoipa::path(get, path = "/audit/verification", tag = "audit", params(api::VerificationRequest),
    responses((status = 200, body = api::Verification), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn verification(
    State(app): State<Shared>,
    caller: Caller,
    Query(request): Query<api::VerificationRequest>,
) -> Result<Json<api::Verification>, ApiError> {
    caller.permit(Action::ReadSystemAudit, Scope::System)?;
    if i64::try_from(request.after).is_err() {
        return Err(ApiError::invalid("after is larger than any entry's number"));
    }
    let from = match &request.hash {
        Some(hash) => Position {
            number: request.after,
            hash: from_hex(hash)?,
        },
        None if request.after == 0 => Position::BEGINNING,
        None => {
            return Err(ApiError::invalid(
                "hash is missing: give the one that the last answer ended with",
            ));
        }
    };
    let checked = app.store.audit().verify(from, api::MAX_VERIFIED).await?;
    Ok(Json(api::Verification {
        verified_to: checked.to.number,
        hash: hex(&checked.to.hash),
        total: checked.total,
        complete: checked.end && checked.broken.is_none(),
        broken: checked.broken.map(broken),
    }))
}

/// The words of all that is recorded.
#[utoipa::path(get, path = "/audit/actions", tag = "audit",
    responses((status = 200, body = List<String>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn actions(caller: Caller) -> Result<Json<List<String>>, ApiError> {
    caller.permit(Action::ReadProjectAudit, Scope::Anywhere)?;
    let items: Vec<_> = ACTIONS.iter().map(|word| (*word).to_owned()).collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

fn broken(broken: Broken) -> api::BrokenChain {
    let (kind, number) = match broken {
        Broken::Missing(number) => ("missing", number),
        Broken::Altered(number) => ("altered", number),
        Broken::Detached(number) => ("detached", number),
        Broken::Seal(number) => ("seal", number),
    };
    api::BrokenChain {
        number,
        kind: kind.into(),
        message: broken.to_string(),
    }
}
