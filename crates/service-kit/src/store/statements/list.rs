//! Parts of statements that list.

use sqlx::{AssertSqlSafe, Pool, QueryBuilder, Row as _};

use super::{Engine, estimate, push_contains};
use crate::store::{Listing, Order, Place};
use crate::web::{Count, Problem, Total};

/// Rows up to which everything is counted without being asked to (H-4).
const COUNTED_WHOLE_MAX: i64 = 100_000;
/// Rows up to which is counted in larger tables.
const COUNTED_MAX: i64 = 10_000;
/// Characters from which a term is searched anywhere in the text; shorter ones are beginnings.
const TRIGRAM_CHARS: usize = 3;

/// Counts the rows of `table` that meet the condition `push_filter` writes, as far as `count` asks.
///
/// # Errors
/// The database is away.
pub async fn count(
    pool: &Pool<Engine>,
    table: &'static str,
    count: Count,
    push_filter: impl FnOnce(&mut QueryBuilder<Engine>) + Send,
) -> Result<Total, Problem> {
    if count == Count::None {
        return Ok(Total::Unknown);
    }
    // Taking a connection and giving it back costs as much as a statement.
    let mut connection = pool.acquire().await?;
    let cap = match count {
        Count::None | Count::Exact => i64::MAX - 1,
        Count::Auto => {
            let row = sqlx::query(AssertSqlSafe(estimate(table)))
                .fetch_optional(&mut *connection)
                .await?;
            let estimate: i64 = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
            if estimate <= COUNTED_WHOLE_MAX { i64::MAX - 1 } else { COUNTED_MAX }
        }
    };
    let mut sql = QueryBuilder::<Engine>::new(format!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM {table} WHERE "
    ));
    push_filter(&mut sql);
    sql.push(" LIMIT ").push_bind(cap + 1).push(") counted");
    let counted: i64 = sql.build().fetch_one(&mut *connection).await?.try_get(0)?;
    let total = u64::try_from(counted.min(cap)).unwrap_or_default();
    Ok(if counted > cap { Total::AtLeast(total) } else { Total::Exact(total) })
}

/// `column` is one of `values`, which are not empty.
pub fn push_in<T>(sql: &mut QueryBuilder<Engine>, column: &str, values: impl IntoIterator<Item = T>)
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

/// Each of `terms` is found, as further conditions: longer ones anywhere in `search`, short ones as
/// the beginning of `code`, which is in capitals, or of the folded `name_key`.
pub fn push_terms(sql: &mut QueryBuilder<Engine>, table: &str, code: &str, terms: &[String]) {
    for term in terms {
        sql.push(" AND ");
        if term.chars().count() >= TRIGRAM_CHARS {
            push_contains(sql, table, term);
        } else {
            push_beginning(sql, code, term);
        }
    }
}

/// Beginnings as ranges, which an index can serve.
fn push_beginning(sql: &mut QueryBuilder<Engine>, code: &str, term: &str) {
    let upper: String = term.chars().flat_map(char::to_uppercase).collect();
    sql.push("(");
    for (at, (column, from)) in
        [(code, upper), ("name_key", term.to_owned())].into_iter().enumerate()
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

/// What comes behind the condition of a filter: the place to continue behind, order and limit.
pub fn push_page<T, F>(sql: &mut QueryBuilder<Engine>, listing: &Listing<T, F>) {
    if let Some(behind) = &listing.behind {
        sql.push(" AND ");
        push_behind(sql, &listing.order, behind);
    }
    sql.push(" ORDER BY ");
    for order in &listing.order {
        sql.push(order.field.column).push(direction(order.descending)).push(", ");
    }
    // In the direction of the last field, so that an index on both can be read either way.
    let last = listing.order.last().is_some_and(|order| order.descending);
    sql.push("id").push(direction(last));
    sql.push(" LIMIT ").push_bind(i64::from(listing.limit()));
    if listing.offset() > 0 {
        sql.push(" OFFSET ").push_bind(i64::try_from(listing.offset()).unwrap_or(i64::MAX));
    }
}

const fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { " ASC" }
}

/// Rows behind a place: later in the first field, or equal there and later in the next, and so on.
fn push_behind<T>(sql: &mut QueryBuilder<Engine>, order: &[Order<T>], behind: &[Place]) {
    let last = order.last().is_some_and(|order| order.descending);
    let mut columns: Vec<(&str, bool)> =
        order.iter().map(|order| (order.field.column, order.descending)).collect();
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
