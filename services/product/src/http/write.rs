//! `POST /products`, `PUT` and `PATCH /products/{id}`

use axum::extract::State;
use axum::response::Response;
use erp_values::Stamp;
use serde_json::Value;
use service_kit::store::{Change, Once, Write, now};
use service_kit::web::{
    Caller, FieldError, Id, IdempotencyKey, IfMatch, Json, Problem, ProblemDocument, created,
    from_value, merge_patch, versioned,
};
use uuid::Uuid;

use super::App;
use crate::domain::Product;
use crate::edit;
use crate::input::ProductInput;
use crate::view::{self, ProductView};

/// Makes a product: `ACTIVE`, unless `DRAFT` is asked for.
#[utoipa::path(
    operation_id = "createProduct", post, path = "/products", tag = "products", request_body = ProductInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has one effect")),
    responses(
        (status = 201, body = ProductView, headers(("ETag" = String, description = "Version"), ("Location" = String, description = "Where it is"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its sku or barcode is taken, or the same request is being worked on", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let once = Once::of_post(key, "/products", &caller, &body);
    let input: ProductInput = from_value(body)?;
    if input.version().is_some_and(|version| version != 0) {
        let error = FieldError::new("version", "READ_ONLY", "a new product has no version yet");
        return Err(Problem::invalid(vec![error]));
    }
    let product = edit::made(input, Stamp { at: now(&app.clock), by: caller.user })?;
    let (product, replayed) = app.store.create(product, once).await?.into_parts();
    let location = format!("/products/{}", product.id);
    Ok(created(&ProductView::from(&product), &location, product.version, replayed))
}

/// Replaces a product. Its status is changed by the actions, not here.
#[utoipa::path(
    operation_id = "replaceProduct", put, path = "/products/{id}", tag = "products", request_body = ProductInput,
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version to change")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, taken, frozen or deleted", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 428, description = "Which version?", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    Json(input): Json<ProductInput>,
) -> Result<Response, Problem> {
    let condition = matches.condition(input.version(), app.require_precondition)?;
    let change = move |before: &Product| {
        edit::check_alive(before)?;
        edit::rewritten(before, input, &condition)
    };
    changed(&app, id, &caller, Box::new(change)).await
}

/// Changes single fields (RFC 7396): `null` takes a value away.
#[utoipa::path(
    operation_id = "patchProduct", patch, path = "/products/{id}", tag = "products",
    request_body(content = ProductInput, content_type = "application/merge-patch+json"),
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version to change")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, taken, frozen or deleted", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 412, description = "Another version", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A field that is not valid", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 428, description = "Which version?", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn patch(
    State(app): State<App>,
    Id(id): Id,
    caller: Caller,
    matches: IfMatch,
    Json(patch): Json<Value>,
) -> Result<Response, Problem> {
    // Read alone first, so that its mistakes are told as such.
    let input: ProductInput = from_value(patch.clone())?;
    let condition = matches.condition(input.version(), app.require_precondition)?;
    let change = move |before: &Product| {
        edit::check_alive(before)?;
        let mut whole = view::json(before);
        merge_patch(&mut whole, patch);
        edit::rewritten(before, from_value(whole)?, &condition)
    };
    changed(&app, id, &caller, Box::new(change)).await
}

async fn changed(
    app: &App,
    id: Uuid,
    caller: &Caller,
    change: Change<Product>,
) -> Result<Response, Problem> {
    let product = app.store.change(id, Write::new("UPDATE", caller, &app.clock), change).await?;
    Ok(versioned(&ProductView::from(&product), product.version))
}
