//! `GET /products`

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use service_kit::web::{
    Count, Page, PageLimits, PageRequest, Params, Problem, SortKey, Total, invalid_parameter,
};
use uuid::Uuid;

use super::App;
use crate::domain::{Category, Product, Status, Uom};
use crate::store::{CategoryFilter, Filter, Order, OrderField, Place, ProductQuery, Store};
use crate::view::ProductView;

const DEFAULT: &[SortKey] = &[SortKey { field: "sku", descending: false }];
/// Characters of a search.
const SEARCH_CHARS_MAX: usize = 200;
/// Terms of a search.
const TERMS_MAX: usize = 10;

/// Products in pages. Filters of one name are alternatives, of different names all hold.
#[utoipa::path(
    get, path = "/products", tag = "products",
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
        (status = 200, body = Page<ProductView>),
        (status = 400, description = "A parameter that is not known or cannot be read", body = inline(service_kit::web::ProblemDocument), content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = inline(service_kit::web::ProblemDocument), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<Page<ProductView>>, Problem> {
    let filter = filter(&mut params, &*app.store).await?;
    let limits = PageLimits::default();
    let said = format!("{filter:?}");
    let request = PageRequest::read(&mut params, &OrderField::NAMES, DEFAULT, &said, &limits)?;
    params.finish()?;
    let query = query(&request, filter)?;
    let mut products = app.store.list(&query).await?;
    let has_more = products.len() > usize::try_from(request.size).unwrap_or(usize::MAX);
    products.truncate(usize::try_from(request.size).unwrap_or(usize::MAX));
    let total = total(&app, &request, &query, products.len(), has_more).await?;
    let next =
        products.last().filter(|_| has_more).map(|last| cursor(&request, &query.order, last));
    let content = products.iter().map(ProductView::from).collect();
    Ok(Json(Page::new(&request, content, total, has_more, next)))
}

async fn total(
    app: &App,
    request: &PageRequest,
    query: &ProductQuery,
    read: usize,
    has_more: bool,
) -> Result<Total, Problem> {
    // Whoever walks by cursor does not look at totals, and the last page tells them by itself.
    let walks = request.by_cursor && request.count == Count::Auto;
    if walks || request.count == Count::None {
        return Ok(Total::Unknown);
    }
    if !has_more && !request.by_cursor && (read > 0 || request.page == 0) {
        let read = u64::try_from(read).unwrap_or_default();
        return Ok(Total::Exact(request.offset().saturating_add(read)));
    }
    app.store.count(&query.filter, request.count).await
}

fn cursor(request: &PageRequest, order: &[Order], last: &Product) -> String {
    let keys = order.iter().map(|order| order.field.key_of(last)).collect();
    request.cursor_behind(keys, last.id.to_string())
}

fn query(request: &PageRequest, filter: Filter) -> Result<ProductQuery, Problem> {
    let order = |key: &SortKey| {
        let field = OrderField::named(key.field)?;
        Some(Order { field, descending: key.descending })
    };
    let order: Vec<Order> = request.sort.iter().filter_map(order).collect();
    let behind = request.cursor.as_ref().map(|cursor| {
        let places = order.iter().zip(&cursor.keys);
        let mut places: Option<Vec<Place>> =
            places.map(|(order, key)| Place::read(order.field, key)).collect();
        if let Some(places) = &mut places {
            places.push(Place::Id(Uuid::try_parse(&cursor.id).ok()?));
        }
        places
    });
    let behind = match behind {
        Some(None) => return Err(invalid_parameter("cursor", "is not one of this list")),
        Some(places) => places,
        None => None,
    };
    let limit = request.size.saturating_add(1);
    Ok(ProductQuery { filter, order, behind, offset: request.offset(), limit })
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
        terms: terms(params.one("q")?)?,
    })
}

fn terms(q: Option<String>) -> Result<Vec<String>, Problem> {
    let q = q.unwrap_or_default();
    if q.chars().count() > SEARCH_CHARS_MAX {
        return Err(invalid_parameter("q", "is too long"));
    }
    let mut terms: Vec<String> = erp_values::search_key(&q)
        .split(' ')
        .filter(|term| !term.is_empty())
        .map(String::from)
        .collect();
    terms.dedup();
    if terms.len() > TERMS_MAX {
        return Err(invalid_parameter("q", "has too many terms"));
    }
    Ok(terms)
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
