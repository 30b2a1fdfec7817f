//! SQLite: one connection that writes, a few that read, write-ahead log.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

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
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(acquire)
            .connect_with(options.read_only(false).pragma("query_only", "ON"))
            .await
            .map_err(failed)?;
        Ok(Self { write, read })
    }

    pub(super) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}
