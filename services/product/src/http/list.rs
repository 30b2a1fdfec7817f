//! `GET /products`

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use erp_values::web::search_terms;
use http::Uri;
use service_kit::web::{Page, Params, Problem, invalid_parameter, linked};
use uuid::Uuid;

use super::App;
use crate::domain::{Category, Status, Uom};
use crate::store::{CategoryFilter, Filter, ORDERS, ProductQuery, Store};
use crate::view::ProductView;

/// Products in pages. Filters of one name are alternatives, of different names all hold.
#[utoipa::path(
    operation_id = "listProducts", get, path = "/products", tag = "products",
    params(
        ("page" = Option<u32>, Query, description = "Number of the page, from 0"),
        ("size" = Option<u32>, Query, description = "Entries of a page, 20 if not given, at most 2000"),
        ("sort" = Option<Vec<String>>, Query, description = "field,asc or field,desc; sku, name, salePrice, createdAt, updatedAt"),
        ("cursor" = Option<String>, Query, description = "Where the page begins: nextCursor of the one before, empty for the first"),
        ("count" = Option<String>, Query, description = "exact or none"),
        ("status" = Option<Vec<String>>, Query, description = "DRAFT, ACTIVE, DISCONTINUED, DELETED"),
        ("includeDeleted" = Option<bool>, Query, description = "Whether deleted ones are listed too"),
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
        ("q" = Option<String>, Query, description = "Terms that name, sku, barcode and spec have; one or two characters are beginnings of sku or name"),
    ),
    responses(
        (status = 200, body = Page<ProductView>, headers(("Link" = Option<String>, description = "Where the next page is"))),
        (status = 400, description = "A parameter that is not known or cannot be read", body = inline(service_kit::web::ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(service_kit::web::ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    uri: Uri,
    mut params: Params,
) -> Result<Response, Problem> {
    let filter = filter(&mut params, &*app.store).await?;
    let query = ProductQuery::read(&mut params, &ORDERS, filter)?;
    params.finish()?;
    let products = app.store.list(&query).await?;
    let total = match query.known_total(&products) {
        Some(total) => total,
        None => app.store.count(&query.filter, query.count()).await?,
    };
    let page = query.page(products, total, |one| one.id, ProductView::from);
    Ok(linked(&uri, &page))
}

/// Reads the filters.
pub(super) async fn filter(params: &mut Params, store: &dyn Store) -> Result<Filter, Problem> {
    let named = |name: &'static str, values: Vec<String>| {
        values.into_iter().map(move |value| (name, value))
    };
    let mut statuses = Vec::new();
    for (name, value) in named("status", params.all("status")) {
        statuses.push(
            Status::named(&value).ok_or_else(|| invalid_parameter(name, "is not a known value"))?,
        );
    }
    let mut uoms = Vec::new();
    for (name, value) in named("uom", params.all("uom")) {
        uoms.push(
            Uom::named(&value).ok_or_else(|| invalid_parameter(name, "is not a known value"))?,
        );
    }
    let categories: Vec<Uuid> = params.all_parsed("categoryId")?;
    let with_subtree = params.flag("subtree")?;
    let categories = match categories.is_empty() {
        true => CategoryFilter::Any,
        false if with_subtree => {
            CategoryFilter::In(subtree(&store.categories().await?, categories))
        }
        false => CategoryFilter::In(categories),
    };
    let codes = |code: String| code.trim().to_uppercase();
    Ok(Filter {
        statuses,
        with_deleted: params.flag("includeDeleted")?,
        categories,
        skus: params.all("sku").into_iter().map(codes).collect(),
        barcodes: params.all("barcode"),
        uoms,
        price: (params.parsed("priceFrom")?, params.parsed("priceTo")?),
        created: (params.parsed("createdFrom")?, params.parsed("createdTo")?),
        updated: (params.parsed("updatedFrom")?, params.parsed("updatedTo")?),
        terms: search_terms(params.one("q")?.as_deref())?,
    })
}

/// `roots` and everything below them.
fn subtree(all: &[Category], roots: Vec<Uuid>) -> Vec<Uuid> {
    let mut below: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for category in all {
        if let Some(parent) = category.draft.parent_id {
            below.entry(parent).or_default().push(category.id);
        }
    }
    let mut found = Vec::new();
    let mut open = roots;
    while let Some(id) = open.pop() {
        if !found.contains(&id) {
            open.extend(below.get(&id).into_iter().flatten());
            found.push(id);
        }
    }
    found
}
