//! `GET /partners/{id}/history`

use axum::Json;
use axum::extract::State;
use service_kit::store::{AuditRow, history_page};
use service_kit::web::{Id, Page, PageRequest, Params, Problem, ProblemDocument};

use super::App;

/// Who changed what, newest first.
#[utoipa::path(
    operation_id = "listPartnerHistory", get, path = "/partners/{id}/history", tag = "partners",
    params(("id" = Uuid, Path, description = "Id"), ("page" = Option<u32>, Query, description = "Number of the page, from 0"), ("size" = Option<u32>, Query, description = "Entries of a page")),
    responses(
        (status = 200, body = Page<AuditRow>),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such partner", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn history(
    State(app): State<App>,
    Id(id): Id,
    mut params: Params,
) -> Result<Json<Page<AuditRow>>, Problem> {
    let request = PageRequest::numbered(&mut params)?;
    params.finish()?;
    let partner = app.store.partner(id).await?.ok_or_else(|| Problem::not_found("partner"))?;
    let limit = request.size.saturating_add(1);
    let rows = app.store.history(id, request.offset(), limit).await?;
    Ok(Json(history_page(&request, rows, partner.version)))
}
