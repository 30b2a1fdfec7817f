//! `POST /actuator/backup`: a copy of a SQLite database while it is used (M-7).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use tokio::sync::Mutex;

use super::{Database, SqlitePools};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, KeySpec};
use crate::store::now;
use crate::web::Problem;

/// Keys of this module.
pub(crate) const KEYS: &[KeySpec] = &[KeySpec::text(
    "myerp.backup.folder",
    "Folder that POST /actuator/backup writes copies of a SQLite database into; without it that does not exist.",
)];

struct Backup {
    database: Database,
    name: &'static str,
    folder: PathBuf,
    clock: Clock,
    /// One at a time: each takes as much of the disk as the database.
    running: Mutex<()>,
}

/// A copy that was made.
#[derive(Debug, Serialize)]
struct Copied {
    /// File.
    file: String,
    /// Its length.
    bytes: u64,
}

/// The route, if a folder is configured.
///
/// # Errors
/// The program does not declare [`KEYS`].
pub(crate) fn routes(
    config: &Config,
    name: &'static str,
    database: &Database,
    clock: &Clock,
) -> Result<Router, ConfigError> {
    let Some(folder) = config.find::<String>("myerp.backup.folder")? else {
        return Ok(Router::new());
    };
    let base: String = config.get("management.endpoints.web.base-path")?;
    let path = format!("{}/backup", base.trim_end_matches('/'));
    let (database, clock) = (database.clone(), clock.clone());
    let running = Mutex::new(());
    let backup = Backup { database, name, folder: folder.into(), clock, running };
    Ok(Router::new().route(&path, post(handle)).with_state(Arc::new(backup)))
}

async fn handle(State(backup): State<Arc<Backup>>) -> Result<(StatusCode, Json<Copied>), Problem> {
    let Database::Sqlite(pools) = &backup.database else {
        let detail = "this service runs on PostgreSQL: use pg_dump";
        return Err(Problem::conflict("NOT_SQLITE", detail));
    };
    let Ok(_running) = backup.running.try_lock() else {
        return Err(Problem::conflict("BACKUP_RUNNING", "a copy is being made").retry_after(10));
    };
    let file = backup.folder.join(file_name(backup.name, now(&backup.clock)));
    let bytes = copy(pools, &file).await.map_err(|error| {
        tracing::error!(%error, file = %file.display(), "a copy could not be made");
        Problem::unavailable("BACKUP_FAILED", "the copy could not be made; the log says why")
    })?;
    tracing::info!(file = %file.display(), bytes, "copied the database");
    Ok((StatusCode::CREATED, Json(Copied { file: file.display().to_string(), bytes })))
}

fn file_name(name: &str, at: DateTime<Utc>) -> String {
    format!("{name}-{}.db", at.format("%Y%m%dT%H%M%S%6fZ"))
}

/// Copies what is committed by now; writers go on meanwhile. What fails leaves no file behind.
async fn copy(
    pools: &SqlitePools,
    file: &Path,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // What is there already is not ours to write over, nor to remove.
    if file.try_exists()? {
        return Err("there is such a file already".into());
    }
    // A connection of its own: those of the pools are for requests.
    let mut connection = pools.write.connect_options().connect().await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(file.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    if let Err(error) = copied {
        let _ = std::fs::remove_file(file);
        return Err(error.into());
    }
    Ok(std::fs::metadata(file)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_named_by_its_moment() {
        let at = DateTime::from_timestamp_micros(1_767_281_400_000_007).unwrap();
        assert_eq!(file_name("product", at), "product-20260101T153000000007Z.db");
    }

    #[tokio::test]
    async fn a_copy_has_what_was_committed_and_a_failed_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let pools =
            SqlitePools::open(&folder.path().join("own.db"), std::time::Duration::from_secs(2))
                .await
                .unwrap();
        for statement in ["CREATE TABLE t (x INTEGER)", "INSERT INTO t VALUES (7)"] {
            sqlx::query(statement).execute(&pools.write).await.unwrap();
        }
        let mut open = pools.write.begin().await.unwrap();
        sqlx::query("INSERT INTO t VALUES (8)").execute(&mut *open).await.unwrap();
        let file = folder.path().join("copies/first.db");
        assert!(copy(&pools, &file).await.unwrap() > 0);
        drop(open);
        let copied = SqlitePools::open(&file, std::time::Duration::from_secs(2)).await.unwrap();
        let sum: i64 =
            sqlx::query_scalar("SELECT SUM(x) FROM t").fetch_one(&copied.read).await.unwrap();
        assert_eq!(sum, 7);
        let own = folder.path().join("own.db");
        assert!(copy(&pools, &own).await.is_err() && own.exists());
    }
}
