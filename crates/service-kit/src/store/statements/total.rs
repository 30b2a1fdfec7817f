//! How many rows there are, as far as somebody wants to know.

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::conditions::Conditions;
use super::{Engine, HAS_STATISTICS, estimate, push_found_by_search};
use crate::database::{Reader, Readers};
use crate::store::Way;
use crate::web::{Count, Problem, Total};

/// Rows up to which everything is counted without being asked to (H-4).
const COUNTED_WHOLE_MAX: i64 = 100_000;
/// Rows up to which is counted in larger tables.
const COUNTED_MAX: i64 = 10_000;
/// Rows that are few: sorting them takes less time than meeting a page of them on a walk through a
/// million.
const FEW: i64 = 1_000;
/// What a count begins with.
const COUNTED: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM ";

/// The best way to a page of the rows that meet `conditions`. Looks at no more than a few rows for
/// each of them.
pub(super) async fn way(
    reader: &mut Reader<'_, Engine>,
    conditions: &Conditions<'_>,
) -> Result<Way, Problem> {
    if HAS_STATISTICS {
        return Ok(Way::Planned);
    }
    if !conditions.terms().is_empty() {
        let mut sql = QueryBuilder::<Engine>::new(COUNTED);
        push_found_by_search(&mut sql, conditions.table(), conditions.terms());
        sql.push("1 = 1");
        if counted(reader, sql, FEW).await? <= FEW {
            return Ok(Way::Terms);
        }
    }
    for number in 0..conditions.count() {
        let mut sql = QueryBuilder::<Engine>::new(COUNTED);
        sql.push(conditions.table()).push(" WHERE ");
        conditions.push_one(&mut sql, number);
        if counted(reader, sql, FEW).await? <= FEW {
            return Ok(Way::Condition(number));
        }
    }
    Ok(Way::Order)
}

/// Counts the rows that meet `conditions`, as far as `count` asks.
///
/// # Errors
/// The database is away.
pub async fn count(
    readers: &Readers<Engine>,
    conditions: &Conditions<'_>,
    count: Count,
) -> Result<Total, Problem> {
    if count == Count::None {
        return Ok(Total::Unknown);
    }
    let table = conditions.table();
    // Taking a connection and giving it back costs as much as a statement.
    let mut reader = readers.acquire().await?;
    let cap = match count {
        Count::None | Count::Exact => i64::MAX - 1,
        Count::Auto => {
            if estimated(&mut reader, table).await? <= COUNTED_WHOLE_MAX {
                i64::MAX - 1
            } else {
                COUNTED_MAX
            }
        }
    };
    let mut sql = QueryBuilder::<Engine>::new(COUNTED);
    let way = match way(&mut reader, conditions).await? {
        // There is no order to walk in.
        Way::Order if !conditions.terms().is_empty() => Way::Found,
        Way::Order => Way::Planned,
        narrow @ (Way::Planned | Way::Condition(_) | Way::Terms | Way::Found) => narrow,
    };
    if way == Way::Found {
        push_found_by_search(&mut sql, table, conditions.terms());
    } else {
        sql.push(table).push(" WHERE ");
    }
    conditions.push(&mut sql, way);
    let counted = counted(&mut reader, sql, cap).await?;
    let total = u64::try_from(counted.min(cap)).unwrap_or_default();
    Ok(if counted > cap { Total::AtLeast(total) } else { Total::Exact(total) })
}

/// Roughly how many rows `table` has.
async fn estimated(reader: &mut Reader<'_, Engine>, table: &'static str) -> Result<i64, Problem> {
    if let Some(rows) = reader.estimate(table) {
        return Ok(rows);
    }
    let row = reader.optional(sqlx::query(AssertSqlSafe(estimate(table)))).await?;
    let rows = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    reader.keep_estimate(table, rows);
    Ok(rows)
}

/// Runs a count up to one more than `cap`.
async fn counted(
    reader: &mut Reader<'_, Engine>,
    mut sql: QueryBuilder<Engine>,
    cap: i64,
) -> Result<i64, Problem> {
    sql.push(" LIMIT ").push_bind(cap.saturating_add(1)).push(") counted");
    let row = reader.optional(sql.build()).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(row.try_get(0)?)
}
