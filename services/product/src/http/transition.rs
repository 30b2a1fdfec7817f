//! `POST /products/{id}/activate`, `/discontinue`, `/restore`

use axum::extract::State;
use axum::response::Response;
use service_kit::store::Write;
use service_kit::web::{Caller, Id, IfMatch, Problem, ProblemDocument, versioned};
use uuid::Uuid;

use super::App;
use crate::domain::{Action, Product, Status};
use crate::view::ProductView;

/// Makes a product orderable; it needs a price and a unit of measure.
#[utoipa::path(
    operation_id = "activateProduct", post, path = "/products/{id}/activate", tag = "products",
    params(("id" = uuid::Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn activate(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Activate).await
}

/// Stops selling a product.
#[utoipa::path(
    operation_id = "discontinueProduct", post, path = "/products/{id}/discontinue", tag = "products",
    params(("id" = uuid::Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn discontinue(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Discontinue).await
}

/// Brings a deleted product back; it is discontinued then.
#[utoipa::path(
    operation_id = "restoreProduct", post, path = "/products/{id}/restore", tag = "products",
    params(("id" = uuid::Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version meant")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn restore(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
) -> Result<Response, Problem> {
    transition(&app, id, &caller, matches, Action::Restore).await
}

async fn transition(
    app: &App,
    id: Uuid,
    caller: &Caller,
    matches: IfMatch,
    action: Action,
) -> Result<Response, Problem> {
    let condition = matches.condition(None, false)?;
    let change = move |before: &Product| {
        condition.check(before.version)?;
        let status = action.on(before.status).map_err(|refusal| {
            let detail = format!("a product that is {} does not allow it", refusal.0.name());
            Problem::conflict("ILLEGAL_STATE", detail)
        })?;
        if status == before.status {
            return Ok(None);
        }
        let after = Product { status, ..before.clone() };
        let missing = after.missing_for_sale();
        if status == Status::Active && !missing.0.is_empty() {
            return Err(missing.into());
        }
        Ok(Some(after))
    };
    let write = Write::new(action.name(), caller, &app.clock);
    let product = app.store.change(id, write, Box::new(change)).await?;
    Ok(versioned(&ProductView::from(&product), product.version))
}
