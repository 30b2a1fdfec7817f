//! Parts of statements that list.

use sqlx::QueryBuilder;

use super::conditions::Conditions;
use super::total::way;
use super::{Engine, Row};
use crate::database::Readers;
use crate::store::{Listing, Order, Place, Way};
use crate::web::Problem;

/// The rows of a page: `columns` of those that meet `conditions`, in the order and from the place
/// that `listing` asks for.
///
/// # Errors
/// The database is away.
pub async fn page<T: Sync, F: Sync>(
    readers: &Readers<Engine>,
    columns: &str,
    conditions: &Conditions<'_>,
    listing: &Listing<T, F>,
) -> Result<Vec<Row>, Problem> {
    let mut reader = readers.acquire().await?;
    let way = way(&mut reader, conditions).await?;
    let table = conditions.table();
    let mut sql = QueryBuilder::<Engine>::new(format!("SELECT {columns} FROM {table} WHERE "));
    conditions.push(&mut sql, way);
    push_page(&mut sql, listing, way);
    Ok(reader.all(sql.build()).await?)
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

/// What comes behind the condition of a filter: the place to continue behind, order and limit.
fn push_page<T, F>(sql: &mut QueryBuilder<Engine>, listing: &Listing<T, F>, way: Way) {
    if let Some(behind) = &listing.behind {
        sql.push(" AND ");
        push_behind(sql, &listing.order, behind, way);
    }
    sql.push(" ORDER BY ");
    for order in &listing.order {
        sql.push(format!("{}{}", way.order(), order.field.column))
            .push(direction(order.descending))
            .push(", ");
    }
    // In the direction of the last field, so that an index on both can be read either way.
    let last = listing.order.last().is_some_and(|order| order.descending);
    sql.push(format!("{}id", way.order())).push(direction(last));
    sql.push(" LIMIT ").push_bind(i64::from(listing.limit()));
    if listing.offset() > 0 {
        sql.push(" OFFSET ").push_bind(i64::try_from(listing.offset()).unwrap_or(i64::MAX));
    }
}

const fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { " ASC" }
}

/// Rows behind a place: later in the first field, or equal there and later in the next, and so on.
fn push_behind<T>(sql: &mut QueryBuilder<Engine>, order: &[Order<T>], behind: &[Place], way: Way) {
    let last = order.last().is_some_and(|order| order.descending);
    let mut columns: Vec<(String, bool)> = order
        .iter()
        .map(|order| (format!("{}{}", way.order(), order.field.column), order.descending))
        .collect();
    columns.push((format!("{}id", way.order()), last));
    // One comparison of rows where all run the same way: indexes serve it.
    if columns.iter().all(|(_, descending)| *descending == last) {
        sql.push("(");
        let mut names = sql.separated(", ");
        for (column, _) in &columns {
            names.push(column.as_str());
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
    // What all alternatives have in common is said first: an index is entered there.
    if let (Some((column, descending)), Some(place)) = (columns.first(), behind.first()) {
        sql.push(column.as_str()).push(if *descending { " <= " } else { " >= " });
        push_place(sql, place);
        sql.push(" AND ");
    }
    sql.push("(");
    for (at, (column, descending)) in columns.iter().enumerate() {
        sql.push(if at > 0 { " OR (" } else { "(" });
        for ((equal, _), place) in columns.iter().zip(behind).take(at) {
            sql.push(equal.as_str()).push(" = ");
            push_place(sql, place);
            sql.push(" AND ");
        }
        sql.push(column.as_str()).push(if *descending { " < " } else { " > " });
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
