//! Lists of products.

use service_kit::web::{Count, Problem, Total};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::engine::{self, push_in, push_page, push_terms};
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
    let rows = sql.build().fetch_all(&store.read).await?;
    Ok(rows.iter().map(rows::product).collect::<Result<_, _>>()?)
}

pub(super) async fn page(store: &SqlStore, query: &ProductQuery) -> Result<Vec<Product>, Problem> {
    let mut sql = page_statement(query);
    let rows = sql.build().fetch_all(&store.read).await?;
    Ok(rows.iter().map(rows::product).collect::<Result<_, _>>()?)
}

/// The statement of a page.
pub(super) fn page_statement(query: &ProductQuery) -> QueryBuilder<Engine> {
    let mut sql = QueryBuilder::new(format!("SELECT {} FROM product WHERE ", rows::PRODUCT));
    push_filter(&mut sql, &query.filter);
    push_page(&mut sql, query);
    sql
}

pub(super) async fn count(
    store: &SqlStore,
    filter: &Filter,
    count: Count,
) -> Result<Total, Problem> {
    engine::count(&store.read, "product", count, |sql| push_filter(sql, filter)).await
}

fn push_filter(sql: &mut QueryBuilder<Engine>, filter: &Filter) {
    // Conditions are appended with AND; the first needs something before it.
    if filter.statuses.is_empty() {
        if filter.with_deleted {
            sql.push("1 = 1");
        } else {
            sql.push("status <> ").push_bind(Status::Deleted.code());
        }
    } else {
        push_in(sql, "status", filter.statuses.iter().map(|status| status.code()));
    }
    if let CategoryFilter::In(ids) = &filter.categories {
        sql.push(" AND ");
        if ids.is_empty() {
            sql.push("1 = 0");
        } else {
            push_in(sql, "category_id", ids.iter().copied());
        }
    }
    for (column, values) in [("sku", &filter.skus), ("barcode", &filter.barcodes)] {
        if !values.is_empty() {
            sql.push(" AND ");
            push_in(sql, column, values.iter().cloned());
        }
    }
    if !filter.uoms.is_empty() {
        sql.push(" AND ");
        push_in(sql, "uom", filter.uoms.iter().map(|uom| uom.code()));
    }
    if let Some(from) = filter.price.0 {
        sql.push(" AND sale_amount >= ").push_bind(from);
    }
    if let Some(to) = filter.price.1 {
        sql.push(" AND sale_amount <= ").push_bind(to);
    }
    for (column, range) in [("created_at", &filter.created), ("updated_at", &filter.updated)] {
        if let Some(from) = range.0 {
            sql.push(" AND ").push(column).push(" >= ").push_bind(from);
        }
        if let Some(before) = range.1 {
            sql.push(" AND ").push(column).push(" < ").push_bind(before);
        }
    }
    push_terms(sql, "product", "sku", &filter.terms);
}
