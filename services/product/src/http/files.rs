//! `POST /products/import`, `GET /products/export`

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use http::HeaderMap;
use service_kit::store::Write;
use service_kit::web::{
    Caller, ExportRequest, ImportReport, Params, Problem, ProblemDocument, Unhurried, exported,
    receive_import,
};

use super::App;
use super::list::filter;
use crate::file::{self, CategoryCodes};
use crate::import::ProductImport;
use crate::store::{ORDERS, ProductQuery, Store};

/// Products of a portion.
const PORTION: u32 = 500;

/// Takes products in from a CSV file of at most 64 MiB and 200,000 rows, in UTF-8 or windows-949.
/// The first line names the columns; those it does not name stay as they are, empty cells take a
/// value away. Rows whose `sku` exists change that product, others make one.
#[utoipa::path(
    operation_id = "importProducts", post, path = "/products/import", tag = "products",
    request_body(content = String, content_type = "text/csv", description = "sku, name, nameEn, spec, description, categoryCode, barcode, uom, quantityScale, salePrice, purchasePrice, currency, taxCode, stockTracked, lotTracked, defaultSupplierId, leadTimeDays, attributes, status, version"),
    params(
        ("mode" = Option<String>, Query, description = "upsert or insert: whether a row may change a product; upsert if not given"),
        ("onError" = Option<String>, Query, description = "abort or skip: whether wrong rows stop all or are left out; abort if not given"),
        ("dryRun" = Option<bool>, Query, description = "Whether it is only told what would be"),
        ("charset" = Option<String>, Query, description = "utf-8 or euc-kr; found out if not given"),
    ),
    responses(
        (status = 200, body = ImportReport),
        (status = 400, description = "Cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 409, description = "Another request wrote the same products meanwhile", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or rows", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 415, description = "No CSV", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 422, description = "A column that is not known, or wrong rows; nothing was kept", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away; nothing was done", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(
    State(app): State<App>,
    caller: Caller,
    params: Params,
    _: Unhurried,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportReport>, Problem> {
    let (options, rows) = receive_import(params, &headers, body).await?;
    let categories = CategoryCodes::of(&app.store.categories().await?);
    let write = Write::new("IMPORT", &caller, &app.clock);
    let import = ProductImport::new(rows.header(), options.mode, categories, write)?;
    let report = service_kit::web::import(rows, options, app.store.import(import)).await?;
    Ok(Json(report))
}

/// Products as a CSV file, with the filters of the list, in its columns of the import.
#[utoipa::path(
    operation_id = "exportProducts", get, path = "/products/export", tag = "products",
    params(
        ("format" = Option<String>, Query, description = "csv"),
        ("bom" = Option<bool>, Query, description = "Whether it begins with a byte order mark; true if not given"),
        ("sort" = Option<Vec<String>>, Query, description = "field,asc or field,desc; sku, name, salePrice, createdAt, updatedAt"),
        ("status" = Option<Vec<String>>, Query, description = "DRAFT, ACTIVE, DISCONTINUED, DELETED"),
        ("includeDeleted" = Option<bool>, Query, description = "Whether deleted ones are written too"),
        ("categoryId" = Option<Vec<Uuid>>, Query, description = "Category"),
        ("subtree" = Option<bool>, Query, description = "Whether the categories below count too"),
        ("sku" = Option<Vec<String>>, Query, description = "Article number"),
        ("barcode" = Option<Vec<String>>, Query, description = "GTIN"),
        ("uom" = Option<Vec<String>>, Query, description = "Unit of measure"),
        ("priceFrom" = Option<i64>, Query, description = "Least sale price in minor units"),
        ("priceTo" = Option<i64>, Query, description = "Greatest sale price in minor units"),
        ("createdFrom" = Option<DateTime<Utc>>, Query, description = "Made at or after"),
        ("createdTo" = Option<DateTime<Utc>>, Query, description = "Made before"),
        ("updatedFrom" = Option<DateTime<Utc>>, Query, description = "Written at or after"),
        ("updatedTo" = Option<DateTime<Utc>>, Query, description = "Written before"),
        ("q" = Option<String>, Query, description = "Terms that name, sku, barcode and spec have"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter that is not known or cannot be read", body = inline(ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    mut params: Params,
) -> Result<Response, Problem> {
    let request = ExportRequest::read(&mut params)?;
    let filter = filter(&mut params, &*app.store).await?;
    let query = ProductQuery::whole(&mut params, &ORDERS, filter, PORTION)?;
    params.finish()?;
    let categories = CategoryCodes::of(&app.store.categories().await?);
    let pages = stream::try_unfold(Some((query, categories)), move |next| {
        portion(Arc::clone(&app.store), next)
    });
    exported("products", request, file::header(), pages).await
}

type Next = Option<(ProductQuery, CategoryCodes)>;

/// The cells of a portion, and what to ask for behind it.
async fn portion(
    store: Arc<dyn Store>,
    next: Next,
) -> Result<Option<(Vec<Vec<String>>, Next)>, Problem> {
    let Some((query, categories)) = next else { return Ok(None) };
    let mut products = store.list(&query).await?;
    let behind = query.behind(&mut products, |product| product.id);
    let cells = products.iter().map(|product| file::cells(product, &categories)).collect();
    Ok(Some((cells, behind.map(|query| (query, categories)))))
}
