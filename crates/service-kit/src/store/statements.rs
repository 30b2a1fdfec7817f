//! The common statements, written once for both engines; included by the module of each.

#[path = "statements/audit.rs"]
mod audit;
#[path = "statements/conditions.rs"]
mod conditions;
#[path = "statements/intake.rs"]
mod intake;
#[path = "statements/list.rs"]
mod list;
#[path = "statements/once.rs"]
mod once;
#[path = "statements/total.rs"]
mod total;

use sqlx::{Row as _, Transaction};

use super::{
    Engine, HAS_STATISTICS, Row, SKIP_LOCKED, begin, estimate, push_contains, push_found_by_search,
};

use crate::database::of_commit;
use crate::web::Problem;

pub use audit::{Recorded, history, record, record_all};
pub use conditions::Conditions;
pub use intake::{TakeRows, intake, met_another};
pub use list::{page, push_in};
pub use once::claim;
pub use total::count;

/// A transaction of this engine.
pub type Tx = Transaction<'static, Engine>;

/// Ends a transaction with all that it did.
///
/// # Errors
/// 503 if the database refused it, 500 `OUTCOME_UNKNOWN` if it went away before it answered.
pub async fn commit(tx: Tx) -> Result<(), Problem> {
    tx.commit().await.map_err(of_commit)
}

/// The next number of the series `name`, from 1. Numbers of transactions that came to nothing are
/// given again.
///
/// # Errors
/// The statement failed.
pub async fn next_number(tx: &mut Tx, name: &str) -> Result<i64, sqlx::Error> {
    let upsert = "INSERT INTO number_series (name, next) VALUES ($1, 2) \
                  ON CONFLICT (name) DO UPDATE SET next = number_series.next + 1 RETURNING next";
    let next: i64 = sqlx::query(upsert).bind(name).fetch_one(&mut **tx).await?.try_get(0)?;
    Ok(next.saturating_sub(1))
}
