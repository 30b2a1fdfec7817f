//! Lists of products.

use service_kit::web::{Count, Problem, Total};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{ESTIMATE, Engine, SqlStore, push_contains, rows};
use crate::domain::{Product, Status};
use crate::store::query::{CategoryFilter, Filter, Order, Place, ProductQuery};

/// Rows up to which everything is counted without being asked to (H-4).
const COUNTED_WHOLE_MAX: i64 = 100_000;
/// Rows up to which is counted in larger tables.
const COUNTED_MAX: i64 = 10_000;
/// Characters from which a term is searched anywhere in the text; shorter ones are beginnings.
const TRIGRAM_CHARS: usize = 3;

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
    if let Some(behind) = &query.behind {
        sql.push(" AND ");
        push_behind(&mut sql, &query.order, behind);
    }
    sql.push(" ORDER BY ");
    for order in &query.order {
        sql.push(order.field.column()).push(direction(order.descending)).push(", ");
    }
    // In the direction of the last field, so that an index on both can be read either way.
    let last = query.order.last().is_some_and(|order| order.descending);
    sql.push("id").push(direction(last));
    sql.push(" LIMIT ").push_bind(i64::from(query.limit));
    if query.offset > 0 {
        sql.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
    }
    sql
}

pub(super) async fn count(
    store: &SqlStore,
    filter: &Filter,
    count: Count,
) -> Result<Total, Problem> {
    let cap = match count {
        Count::None => return Ok(Total::Unknown),
        Count::Exact => i64::MAX - 1,
        Count::Auto => {
            let row = sqlx::query(ESTIMATE).fetch_optional(&store.read).await?;
            let estimate: i64 = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
            if estimate <= COUNTED_WHOLE_MAX { i64::MAX - 1 } else { COUNTED_MAX }
        }
    };
    let mut sql =
        QueryBuilder::<Engine>::new("SELECT COUNT(*) FROM (SELECT 1 AS one FROM product WHERE ");
    push_filter(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(cap + 1).push(") counted");
    let counted: i64 = sql.build().fetch_one(&store.read).await?.try_get(0)?;
    let total = u64::try_from(counted.min(cap)).unwrap_or_default();
    Ok(if counted > cap { Total::AtLeast(total) } else { Total::Exact(total) })
}

const fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { " ASC" }
}

fn push_in<T>(sql: &mut QueryBuilder<Engine>, column: &str, values: impl Iterator<Item = T>)
where
    for<'q> T: sqlx::Encode<'q, Engine> + sqlx::Type<Engine> + Send + 'static,
{
    sql.push(column).push(" IN (");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    sql.push(")");
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
    for term in &filter.terms {
        sql.push(" AND ");
        if term.chars().count() >= TRIGRAM_CHARS {
            push_contains(sql, term);
        } else {
            push_beginning(sql, term);
        }
    }
}

/// Article number or name begins with `term`, as ranges that an index can serve.
fn push_beginning(sql: &mut QueryBuilder<Engine>, term: &str) {
    let upper: String = term.chars().flat_map(char::to_uppercase).collect();
    sql.push("(");
    for (at, (column, from)) in
        [("sku", upper), ("name_key", term.to_owned())].into_iter().enumerate()
    {
        if at > 0 {
            sql.push(" OR ");
        }
        let to = format!("{from}\u{10ffff}");
        sql.push("(").push(column).push(" >= ").push_bind(from);
        sql.push(" AND ").push(column).push(" < ").push_bind(to).push(")");
    }
    sql.push(")");
}

/// Rows behind a place: later in the first field, or equal there and later in the next, and so on.
fn push_behind(sql: &mut QueryBuilder<Engine>, order: &[Order], behind: &[Place]) {
    let last = order.last().is_some_and(|order| order.descending);
    let mut columns: Vec<(&str, bool)> =
        order.iter().map(|order| (order.field.column(), order.descending)).collect();
    columns.push(("id", last));
    // One comparison of rows where all run the same way: indexes serve it.
    if columns.iter().all(|(_, descending)| *descending == last) {
        sql.push("(");
        let mut names = sql.separated(", ");
        for (column, _) in &columns {
            names.push(*column);
        }
        sql.push(if last { ") < (" } else { ") > (" });
        for (at, place) in behind.iter().enumerate() {
            if at > 0 {
                sql.push(", ");
            }
            push_place(sql, place);
        }
        sql.push(")");
        return;
    }
    sql.push("(");
    for (at, (column, descending)) in columns.iter().enumerate() {
        sql.push(if at > 0 { " OR (" } else { "(" });
        for ((equal, _), place) in columns.iter().zip(behind).take(at) {
            sql.push(*equal).push(" = ");
            push_place(sql, place);
            sql.push(" AND ");
        }
        sql.push(*column).push(if *descending { " < " } else { " > " });
        if let Some(place) = behind.get(at) {
            push_place(sql, place);
        }
        sql.push(")");
    }
    sql.push(")");
}

fn push_place(sql: &mut QueryBuilder<Engine>, place: &Place) {
    match place {
        Place::Text(text) => sql.push_bind(text.clone()),
        Place::Number(number) => sql.push_bind(*number),
        Place::Time(time) => sql.push_bind(*time),
        Place::Id(id) => sql.push_bind(*id),
    };
}
