//! SQLite: one connection that writes, a few that read, write-ahead log.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};

use super::{DatabaseError, lock};

/// Connections that read.
const READERS: u32 = 4;
/// How long a writer waits for another process's writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pools of one file. There can only ever be one writer, so more connections that write would only
/// wait for each other inside SQLite, where no time-out of ours reaches them.
#[derive(Clone, Debug)]
pub struct SqlitePools {
    /// The one connection that writes.
    pub write: SqlitePool,
    /// Connections that read; each sees what was committed when its statement began.
    pub read: SqlitePool,
}

impl SqlitePools {
    /// Opens `path`, which is made with its folder if missing.
    pub(super) async fn open(path: &Path, acquire: Duration) -> Result<Self, DatabaseError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| DatabaseError::File {
                path: folder.display().to_string(),
                reason: error.to_string(),
            })?;
        }
        lock::refuse_network_files(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answered write must survive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let failed = |error| DatabaseError::Open(path.display().to_string(), error);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(acquire)
            // A full disk makes SQLite end a transaction by itself. The driver does not notice, and
            // would refuse to begin another on this connection for ever.
            .after_release(|connection, _| {
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        // None is opened before the schema is up to date: one that knows an older schema may take a
        // table for missing.
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(acquire)
            .connect_lazy_with(options.read_only(false).pragma("query_only", "ON"));
        Ok(Self { write, read })
    }

    pub(super) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full disk is told by SQLite as one page too many.
    #[tokio::test]
    async fn writes_go_on_after_a_transaction_that_the_engine_ended() {
        let folder = std::env::temp_dir().join(format!("sqlite-full-{}", std::process::id()));
        let pools = SqlitePools::open(&folder.join("x.db"), Duration::from_secs(5)).await.unwrap();
        let run = async |statement| sqlx::query(statement).execute(&pools.write).await;
        run("CREATE TABLE thing (text TEXT NOT NULL) STRICT").await.unwrap();
        for _ in 0..3 {
            run("PRAGMA max_page_count = 20").await.unwrap();
            let mut tx = pools.write.begin_with("BEGIN IMMEDIATE").await.unwrap();
            let insert = "INSERT INTO thing VALUES (hex(zeroblob(200000)))";
            let full = sqlx::query(insert).execute(&mut *tx).await.unwrap_err();
            assert!(super::super::is_unavailable(&full), "{full}");
            drop(tx);
        }
        // The connection that had the limit is gone.
        run("INSERT INTO thing VALUES (hex(zeroblob(200000)))").await.unwrap();
        let rows = sqlx::query("SELECT * FROM thing").fetch_all(&pools.read).await.unwrap();
        assert_eq!(rows.len(), 1);
        pools.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
