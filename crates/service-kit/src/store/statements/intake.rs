//! Files on their way into the tables.

use async_trait::async_trait;
use sqlx::Pool;
use sqlx::error::ErrorKind;

use super::{Engine, Tx, begin, commit};
use crate::database::violates;
use crate::web::{CONCURRENT_WRITE, CsvRow, Intake, Outcome, Problem};

/// What takes rows in, in a transaction that is given.
#[async_trait]
pub trait TakeRows: Send {
    /// Takes rows in, with one outcome for each.
    async fn take(&mut self, tx: &mut Tx, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem>;
}

/// What takes a file in: begins a transaction with its first rows and whenever one was kept.
pub fn intake(pool: &Pool<Engine>, rows: impl TakeRows + 'static) -> Box<dyn Intake> {
    Box::new(SqlIntake { pool: pool.clone(), tx: None, rows })
}

struct SqlIntake<T> {
    pool: Pool<Engine>,
    tx: Option<Tx>,
    rows: T,
}

#[async_trait]
impl<T: TakeRows> Intake for SqlIntake<T> {
    async fn take(&mut self, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem> {
        let tx = match &mut self.tx {
            Some(tx) => tx,
            none => none.insert(begin(&self.pool).await?),
        };
        self.rows.take(tx, rows).await
    }

    async fn keep(&mut self) -> Result<(), Problem> {
        match self.tx.take() {
            Some(tx) => commit(tx).await,
            None => Ok(()),
        }
    }

    async fn forget(&mut self) -> Result<(), Problem> {
        match self.tx.take() {
            Some(tx) => Ok(tx.rollback().await?),
            None => Ok(()),
        }
    }
}

/// What a failed write of an import means: another may have taken a code, or what a row refers to,
/// between our look and our write.
#[must_use]
pub fn met_another(error: sqlx::Error) -> Problem {
    let is_taken = [ErrorKind::UniqueViolation, ErrorKind::ForeignKeyViolation]
        .iter()
        .any(|kind| violates(&error, kind));
    if !is_taken {
        return error.into();
    }
    let detail = "another request wrote the same meanwhile; send the file again";
    Problem::conflict(CONCURRENT_WRITE, detail)
}
