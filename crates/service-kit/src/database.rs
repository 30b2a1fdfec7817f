//! The database of a service: PostgreSQL or SQLite, whichever its URL names.
//!
//! A service keeps its statements in one body of code that is compiled once per engine; this
//! module opens the engine, brings the schema up to date and says whether it is reachable.

#[cfg(feature = "service")]
pub(crate) mod backup;
mod failure;
mod location;
mod lock;
mod readers;
mod sqlite;

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgPool};

#[cfg(feature = "web")]
pub use failure::of_commit;
pub use failure::{is_unavailable, violates};
pub use location::{KEYS, Location, LocationError};
pub use readers::{Reader, Readers};
pub use sqlite::SqlitePools;

use crate::config::{Config, ConfigError};
use crate::health::{Component, Report};

/// How long a request waits for a connection before it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may lie idle before it is tried again, with a question of its own, when
/// it is taken. One that breaks sooner fails a request, as it would in the middle of it.
const TRUSTED: Duration = Duration::from_millis(500);
/// How long an answer of the database may take before it counts as away (H-15).
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// Time between two looks.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// An open database.
#[derive(Clone, Debug)]
pub enum Database {
    /// A PostgreSQL server.
    Postgres(PgPool),
    /// A SQLite file.
    Sqlite(SqlitePools),
}

/// Schema changes of a service, one set per engine, with the same numbers and names in both.
#[derive(Debug)]
pub struct Migrations {
    /// For PostgreSQL.
    pub postgres: Migrator,
    /// For SQLite.
    pub sqlite: Migrator,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL cannot be used.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine could not be reached.
    #[error("cannot open the database {0}")]
    Open(String, #[source] sqlx::Error),
    /// A file or folder could not be made, or lies where SQLite cannot work.
    #[error("cannot use {path} for a database: {reason}")]
    File {
        /// The file or folder.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the schema of {0} up to date")]
    Migrate(String, #[source] MigrateError),
}

impl Database {
    /// Opens what the configuration names, `data/<name>.db` if it names nothing, and brings its
    /// schema up to date. Several processes may do so at the same time (M-4).
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open(
        config: &Config,
        name: &str,
        migrations: &Migrations,
    ) -> Result<Self, DatabaseError> {
        let location = Location::read(config, name)?;
        let connections: u32 = config.get("spring.datasource.hikari.maximum-pool-size")?;
        Self::open_at(&location, connections, migrations).await
    }

    /// The same for a location that is known.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open_at(
        location: &Location,
        connections: u32,
        migrations: &Migrations,
    ) -> Result<Self, DatabaseError> {
        let shown = location.to_string();
        let migrate = |error| DatabaseError::Migrate(shown.clone(), error);
        match location {
            Location::Postgres(options) => {
                let pool = PgPoolOptions::new()
                    // The other half reads: see `Readers`.
                    .max_connections(connections.div_ceil(2).max(1))
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .test_before_acquire(false)
                    .before_acquire(|connection, about| {
                        Box::pin(async move {
                            if about.idle_for >= TRUSTED {
                                connection.ping().await?;
                            }
                            Ok(true)
                        })
                    })
                    .connect_with((**options).clone())
                    .await
                    .map_err(|error| DatabaseError::Open(shown.clone(), error))?;
                migrations.postgres.run(&pool).await.map_err(migrate)?;
                Ok(Self::Postgres(pool))
            }
            Location::Sqlite(path) => {
                let pools = SqlitePools::open(path, ACQUIRE_TIMEOUT).await?;
                let path = path.clone();
                // The migrator's own lock does nothing on SQLite.
                let lock = tokio::task::spawn_blocking(move || lock::for_migration(&path)).await;
                let lock = lock.map_err(|error| DatabaseError::File {
                    path: shown.clone(),
                    reason: error.to_string(),
                })??;
                migrations.sqlite.run(&pools.write).await.map_err(migrate)?;
                drop(lock);
                Ok(Self::Sqlite(pools))
            }
        }
    }

    /// Name of the engine as Spring's health tells it.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "PostgreSQL",
            Self::Sqlite(_) => "SQLite",
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// It gave none.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        let asked = async {
            match self {
                Self::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop),
                // Reading the header finds a file that is gone or damaged.
                Self::Sqlite(pools) => sqlx::query("SELECT COUNT(*) FROM sqlite_schema")
                    .execute(&pools.read)
                    .await
                    .map(drop),
            }
        };
        tokio::time::timeout(PING_TIMEOUT, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Keeps `component` true to whether the database is reachable; ends never by itself.
    pub async fn watch(self, component: Component) {
        loop {
            let report = match self.ping().await {
                Ok(()) => Report::up(),
                Err(error) => {
                    tracing::warn!(%error, "the database does not answer");
                    Report::down("the database does not answer")
                }
            };
            component.report(report.with("database", self.engine()));
            tokio::time::sleep(PING_INTERVAL).await;
        }
    }

    /// Closes it; work under way is finished first.
    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite(pools) => pools.close().await,
        }
    }
}
