//! `DELETE /partners/{id}`

use axum::extract::State;
use http::StatusCode;
use service_kit::store::Write;
use service_kit::web::{Caller, Id, IfMatch, Params, Problem, ProblemDocument};

use super::App;
use crate::domain::{Action, Partner, Status};

/// Deletes a partner: it is hidden from lists and keeps its code, but gives its business
/// number free. No partner can be removed for good, as it was never a draft.
#[utoipa::path(
    operation_id = "deletePartner", delete, path = "/partners/{id}", tag = "partners",
    params(
        ("id" = Uuid, Path, description = "Id"),
        ("purge" = Option<bool>, Query, description = "Always refused"),
        ("version" = Option<i64>, Query, description = "The version to delete, instead of If-Match"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to delete"),
    ),
    responses(
        (status = 204, description = "It is deleted, or was before"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, or it was to be removed for good", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 428, description = "Which version?", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    mut params: Params,
) -> Result<StatusCode, Problem> {
    let purge = params.flag("purge")?;
    let version = params.parsed("version")?;
    params.finish()?;
    let known = app.store.partner(id).await?.ok_or_else(|| Problem::not_found("partner"))?;
    if purge {
        let detail = "only what was never more than a draft can be removed";
        return Err(Problem::conflict("ALREADY_USED", detail));
    }
    if known.status == Status::Deleted {
        return Ok(StatusCode::NO_CONTENT);
    }
    let condition = matches.condition(version, app.require_precondition)?;
    let delete = move |before: &Partner| {
        if before.status == Status::Deleted {
            return Ok(None);
        }
        condition.check(before.version)?;
        Ok(Some(Partner { status: Status::Deleted, hold_reason: None, ..before.clone() }))
    };
    let write = Write::new(Action::Delete.name(), &caller, &app.clock);
    app.store.change(id, write, Box::new(delete)).await?;
    Ok(StatusCode::NO_CONTENT)
}
