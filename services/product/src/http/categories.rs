//! `/products/categories` and `/products/categories/{id}`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use service_kit::store::{Once, Write, now};
use service_kit::web::{
    Caller, Id, IdempotencyKey, IfMatch, IfNoneMatch, Json, Params, Problem, ProblemDocument,
    created, from_value, unchanged, versioned,
};
use uuid::Uuid;

use super::App;
use crate::domain::Category;
use crate::input::CategoryInput;
use crate::view::{self, CategoryView};

/// All categories, by `sort` and code.
#[utoipa::path(
    operation_id = "listCategories", get, path = "/products/categories", tag = "categories",
    responses(
        (status = 200, body = Vec<CategoryView>),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    params: Params,
) -> Result<axum::Json<Vec<CategoryView>>, Problem> {
    params.finish()?;
    let all = app.store.categories().await?;
    Ok(axum::Json(all.iter().map(CategoryView::from).collect()))
}

/// A category.
#[utoipa::path(
    operation_id = "getCategory", get, path = "/products/categories/{id}", tag = "categories",
    params(("id" = Uuid, Path, description = "Id"), ("If-None-Match" = Option<String>, Header, description = "ETag the reader has")),
    responses(
        (status = 200, body = CategoryView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such category", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(app): State<App>,
    Id(id): Id,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let category = app.store.category(id).await?.ok_or_else(|| Problem::not_found("category"))?;
    if known.has(category.version) {
        return Ok(unchanged(category.version));
    }
    Ok(versioned(&CategoryView::from(&category), category.version))
}

/// Makes a category.
#[utoipa::path(
    operation_id = "createCategory", post, path = "/products/categories", tag = "categories", request_body = CategoryInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has one effect")),
    responses(
        (status = 201, body = CategoryView, headers(("ETag" = String, description = "Version"), ("Location" = String, description = "Where it is"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Its code is taken, or the same request is being worked on", body = inline(ProblemDocument), content_type = "application/problem+json"),
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
    let once = Once::of_post(key, "/products/categories", &caller, &body);
    let input: CategoryInput = from_value(body)?;
    input.check_read_only(&Value::Null)?;
    let category = Category::new(Uuid::now_v7(), input.check()?, &caller.user, now(&app.clock));
    let (category, replayed) = app.store.create_category(category, once).await?.into_parts();
    let location = format!("/products/categories/{}", category.id);
    Ok(created(&CategoryView::from(&category), &location, category.version, replayed))
}

/// Replaces a category.
#[utoipa::path(
    operation_id = "replaceCategory", put, path = "/products/categories/{id}", tag = "categories", request_body = CategoryInput,
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version to change")),
    responses(
        (status = 200, body = CategoryView, headers(("ETag" = String, description = "Version"))),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such category", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another version, or its code is taken", body = inline(ProblemDocument), content_type = "application/problem+json"),
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
    Json(input): Json<CategoryInput>,
) -> Result<Response, Problem> {
    let condition = matches.condition(input.version(), app.require_precondition)?;
    let change = move |before: &Category| {
        condition.check(before.version)?;
        input.check_read_only(&view::category_json(before))?;
        let after = Category { draft: input.check()?, ..before.clone() };
        Ok(Some(after).filter(|after| after != before))
    };
    let write = Write::new("UPDATE", &caller, &app.clock);
    let category = app.store.change_category(id, write, Box::new(change)).await?;
    Ok(versioned(&CategoryView::from(&category), category.version))
}

/// Removes a category that nothing is in.
#[utoipa::path(
    operation_id = "removeCategory", delete, path = "/products/categories/{id}", tag = "categories",
    params(("id" = Uuid, Path, description = "Id"), ("If-Match" = Option<String>, Header, description = "ETag of the version to remove")),
    responses(
        (status = 204, description = "It is gone, or was before"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Products or other categories are in it", body = inline(ProblemDocument), content_type = "application/problem+json"),
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
) -> Result<StatusCode, Problem> {
    if app.store.category(id).await?.is_none() {
        return Ok(StatusCode::NO_CONTENT);
    }
    let condition = matches.condition(None, app.require_precondition)?;
    let check = move |category: &Category| condition.check(category.version).map(|()| None);
    let write = Write::new("DELETE", &caller, &app.clock);
    app.store.remove_category(id, write, Box::new(check)).await?;
    Ok(StatusCode::NO_CONTENT)
}
