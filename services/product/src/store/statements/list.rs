//! Lists of products.

use service_kit::web::{Count, Problem, Total};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::engine::{self, Conditions, push_in};
use super::{Engine, SqlStore, rows};
use crate::domain::{Product, Status};
use crate::store::query::{CategoryFilter, Filter, ProductQuery};

pub(super) async fn batch(store: &SqlStore, ids: &[Uuid]) -> Result<Vec<Product>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql =
        QueryBuilder::<Engine>::new(format!("SELECT {} FROM product WHERE ", rows::PRODUCT));
    push_in(&mut sql, "id", ids.iter().copied());
    let rows = store.read.all(sql.build()).await?;
    Ok(rows.iter().map(rows::product).collect::<Result<_, _>>()?)
}

pub(super) async fn page(store: &SqlStore, query: &ProductQuery) -> Result<Vec<Product>, Problem> {
    let conditions = conditions(&query.filter);
    let rows = engine::page(&store.read, rows::PRODUCT, &conditions, query).await?;
    Ok(rows.iter().map(rows::product).collect::<Result<_, _>>()?)
}

pub(super) async fn count(
    store: &SqlStore,
    filter: &Filter,
    count: Count,
) -> Result<Total, Problem> {
    engine::count(&store.read, &conditions(filter), count).await
}

/// What the rows of a list meet.
fn conditions(filter: &Filter) -> Conditions<'_> {
    let hides_deleted = filter.statuses.is_empty() && !filter.with_deleted;
    let mut all = Conditions::new("product", move |sql| {
        if hides_deleted {
            sql.push("status <> ").push(Status::Deleted.code());
        } else {
            sql.push("1 = 1");
        }
    });
    all.and_in("sku", filter.skus.clone());
    all.and_in("barcode", filter.barcodes.clone());
    if let CategoryFilter::In(ids) = &filter.categories {
        if ids.is_empty() {
            all.and(|sql, _| {
                sql.push("1 = 0");
            });
        }
        all.and_in("category_id", ids.clone());
    }
    all.and_within("created_at", filter.created);
    all.and_within("updated_at", filter.updated);
    if let Some(range) = price_range(filter.price) {
        all.and_within("price_key", range);
    }
    all.and_one_of("status", filter.statuses.iter().map(|status| status.code()));
    all.and_one_of("uom", filter.uoms.iter().map(|uom| uom.code()));
    all.and_terms("sku", &filter.terms);
    all
}

/// Prices, both ends included, as a range of whole numbers without its end. No price is negative, but
/// who has none is kept as -1.
fn price_range((from, to): (Option<i64>, Option<i64>)) -> Option<(Option<i64>, Option<i64>)> {
    let is_asked = from.is_some() || to.is_some();
    let end = to.map(|to| to.saturating_add(1));
    is_asked.then(|| (Some(from.unwrap_or_default().max(0)), end))
}
