//! Databases for tests: a new one for each test, on each engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot have its database has failed")]

use std::future::Future;
use std::path::PathBuf;
use std::str::FromStr as _;

use service_kit::database::{Database, Location, Migrations};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

/// Names the server that makes PostgreSQL databases: a URL whose user may create some.
const SERVER: &str = "TEST_PG_URL";
/// Connections of a test's pool.
const CONNECTIONS: u32 = 8;

/// Runs `test` on a new SQLite file, and again on a new PostgreSQL database where `TEST_PG_URL`
/// names a server.
///
/// # Panics
/// A database cannot be made or removed.
pub async fn on_each_engine<F, T>(migrations: fn() -> Migrations, test: F)
where
    F: Fn(Database) -> T,
    T: Future<Output = ()>,
{
    let test = &test;
    on_each_location(|location| async move {
        let database = Database::open_at(&location, CONNECTIONS, &migrations()).await.unwrap();
        test(database.clone()).await;
        database.close().await;
    })
    .await;
}

/// The same on databases that have nothing yet.
///
/// # Panics
/// A database cannot be made or removed.
pub async fn on_each_location<F, T>(test: F)
where
    F: Fn(Location) -> T,
    T: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    test(Location::Sqlite(folder.path().join("test.db"))).await;

    let Some(server) = server() else { return };
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut admin = server.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    test(Location::Postgres(Box::new(server.database(&name)))).await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
}

/// The server of `TEST_PG_URL`. Without one the tests say so and cover SQLite alone.
fn server() -> Option<PgConnectOptions> {
    let url = std::env::var(SERVER).ok();
    if url.is_none() {
        #[expect(clippy::print_stderr, reason = "whoever runs the tests must know")]
        {
            eprintln!("{SERVER} is not set: PostgreSQL is not tested");
        }
    }
    url.map(|url| PgConnectOptions::from_str(&url).unwrap())
}

/// Folder of the schema changes of `service` for `engine`, from the root of the repository.
#[must_use]
pub fn migrations_folder(service: &str, engine: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(service).join(engine)
}
