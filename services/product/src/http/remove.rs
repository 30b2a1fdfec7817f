//! `DELETE /products/{id}`

use axum::extract::State;
use http::StatusCode;
use service_kit::store::Write;
use service_kit::web::{Caller, Id, IfMatch, Params, Problem, ProblemDocument};

use super::App;
use crate::domain::{Action, Product, Status};

/// Deletes a product: it is hidden from lists and keeps its number. With `purge=true` a draft
/// is removed for good.
#[utoipa::path(
    operation_id = "deleteProduct", delete, path = "/products/{id}", tag = "products",
    params(
        ("id" = uuid::Uuid, Path, description = "Id"),
        ("purge" = Option<bool>, Query, description = "Whether to remove a draft for good"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to delete"),
    ),
    responses(
        (status = 204, description = "It is deleted, or was before"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
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
    let known = app.store.product(id).await?;
    if !purge && known.is_some_and(|product| product.status == Status::Deleted) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let condition = matches.condition(version, app.require_precondition)?;
    if purge {
        let check = move |product: &Product| {
            condition.check(product.version)?;
            if product.status == Status::Draft {
                return Ok(None);
            }
            let detail = "only what was never more than a draft can be removed";
            Err(Problem::conflict("ALREADY_USED", detail))
        };
        app.store.purge(id, Box::new(check)).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let delete = move |before: &Product| {
        if before.status == Status::Deleted {
            return Ok(None);
        }
        condition.check(before.version)?;
        Ok(Some(Product { status: Status::Deleted, ..before.clone() }))
    };
    app.store
        .change(id, Write::new(Action::Delete.name(), &caller, &app.clock), Box::new(delete))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
