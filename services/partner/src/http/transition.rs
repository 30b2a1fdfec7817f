//! `POST /partners/{id}/hold`, `/release`, `/activate`, `/deactivate`, `/restore`

use axum::extract::State;
use axum::response::Response;
use service_kit::store::Write;
use service_kit::web::{Caller, Id, IfMatch, Json, Problem, ProblemDocument, versioned};
use uuid::Uuid;

use super::App;
use crate::domain::{Action, Partner, Status};
use crate::input::HoldInput;
use crate::view::PartnerView;

/// Blocks new orders of a partner, for a reason; running ones go on.
#[utoipa::path(
    operation_id = "holdPartner", post, path = "/partners/{id}/hold", tag = "partners", request_body = HoldInput,
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn hold(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    Json(input): Json<HoldInput>,
) -> Result<Response, Problem> {
    let reason = Some(input.check()?);
    transition(&app, id, &caller, matches, Action::Hold, reason).await
}

/// Ends a hold.
#[utoipa::path(
    operation_id = "releasePartner", post, path = "/partners/{id}/release", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Release, None).await
}

/// Trades with an inactive partner again.
#[utoipa::path(
    operation_id = "activatePartner", post, path = "/partners/{id}/activate", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn activate(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Activate, None).await
}

/// Trades with a partner no longer.
#[utoipa::path(
    operation_id = "deactivatePartner", post, path = "/partners/{id}/deactivate", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn deactivate(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Deactivate, None).await
}

/// Brings a deleted partner back; it is inactive then.
#[utoipa::path(
    operation_id = "restorePartner", post, path = "/partners/{id}/restore", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = PartnerView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it, or its business number is taken", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn restore(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Restore, None).await
}

/// `reason` is that of a hold.
async fn transition(
    app: &App,
    id: Uuid,
    caller: &Caller,
    matches: IfMatch,
    action: Action,
    reason: Option<String>,
) -> Result<Response, Problem> {
    let condition = matches.condition(None, false)?;
    let change = move |before: &Partner| {
        condition.check(before.version)?;
        let status = action.on(before.status).map_err(|refusal| {
            let detail = format!("a partner that is {} does not allow it", refusal.0.name());
            Problem::conflict("ILLEGAL_STATE", detail)
        })?;
        let hold_reason = reason.filter(|_| status == Status::OnHold);
        let after = Partner { status, hold_reason, ..before.clone() };
        Ok(Some(after).filter(|after| after != before))
    };
    let write = Write::new(action.name(), caller, &app.clock);
    let partner = app.store.change(id, write, Box::new(change)).await?;
    Ok(versioned(&PartnerView::from(&partner), partner.version))
}
