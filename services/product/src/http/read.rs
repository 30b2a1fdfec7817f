//! `GET /products/{id}`, `/by-sku/{sku}`, `/by-barcode/{code}`, `/batch`, `/uoms`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use service_kit::web::{
    Batch, Id, IfNoneMatch, Params, Problem, ProblemDocument, batch_ids, unchanged, versioned,
};
use utoipa::ToSchema;

use super::App;
use crate::domain::{Product, Uom};
use crate::view::ProductView;

/// A product, deleted ones too: an old order must still be able to show it.
#[utoipa::path(
    operation_id = "getProduct", get, path = "/products/{id}", tag = "products",
    params(("id" = Uuid, Path, description = "Id"), ("If-None-Match" = Option<String>, Header, description = "ETag the reader has")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Not an id", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(app): State<App>,
    Id(id): Id,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    answer(app.store.product(id).await?, &known)
}

/// The product with this article number.
#[utoipa::path(
    operation_id = "getProductBySku", get, path = "/products/by-sku/{sku}", tag = "products",
    params(("sku" = String, Path, description = "Article number, in any case")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn by_sku(
    State(app): State<App>,
    Path(sku): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let sku = erp_values::normalized(&sku, "._-", crate::domain::SKU_CHARS_MAX);
    let sku = sku.map_err(|_| Problem::not_found("product"))?;
    answer(app.store.by_sku(&sku).await?, &known)
}

/// The product with this barcode.
#[utoipa::path(
    operation_id = "getProductByBarcode", get, path = "/products/by-barcode/{code}", tag = "products",
    params(("code" = String, Path, description = "GTIN")),
    responses(
        (status = 200, body = ProductView, headers(("ETag" = String, description = "Version"))),
        (status = 304, description = "The reader has this version"),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn by_barcode(
    State(app): State<App>,
    Path(code): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let barcode = crate::domain::Barcode::parse(&code);
    let barcode = barcode.ok_or_else(|| Problem::not_found("product"))?;
    answer(app.store.by_barcode(barcode.as_str()).await?, &known)
}

fn answer(found: Option<Product>, known: &IfNoneMatch) -> Result<Response, Problem> {
    let product = found.ok_or_else(|| Problem::not_found("product"))?;
    if known.has(product.version) {
        return Ok(unchanged(product.version));
    }
    let version = product.version;
    Ok(versioned(&ProductView::from(product), version))
}

/// Products by id, for services that need several.
#[utoipa::path(
    operation_id = "getProducts", get, path = "/products/batch", tag = "products",
    params(("ids" = Vec<String>, Query, description = "Up to 200 ids, repeated or separated by commas; nothing for none")),
    responses(
        (status = 200, body = Batch<ProductView>),
        (status = 400, description = "Too many or not ids", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn batch(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<Batch<ProductView>>, Problem> {
    let ids = batch_ids(&mut params)?;
    params.finish()?;
    let found = app.store.batch(&ids).await?;
    Ok(Json(Batch::of(ids, &found, |one| one.id, |one| ProductView::from(one))))
}

/// A unit of measure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UomView {
    /// Its code here.
    code: &'static str,
    /// Its code in UN/ECE Recommendation 20.
    unece: &'static str,
}

/// Units of measure that products may have.
#[utoipa::path(operation_id = "listUnits", get, path = "/products/uoms", tag = "products", responses((status = 200, body = Vec<UomView>)))]
pub(super) async fn uoms() -> Json<Vec<UomView>> {
    Json(Uom::ALL.iter().map(|uom| UomView { code: uom.name(), unece: uom.unece() }).collect())
}
