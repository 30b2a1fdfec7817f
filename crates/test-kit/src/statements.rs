//! What a program asked its database, and how PostgreSQL went about it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fmt;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use service_kit::database::{Database, Location};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::sql;

/// Every statement of this process, and the plans that PostgreSQL told of them.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    statements: Vec<String>,
    plans: Vec<serde_json::Value>,
}

impl Recorder {
    /// Begins to record, for the rest of the process: a driver works in threads of its own. At most
    /// one test of a program can do so.
    ///
    /// # Panics
    /// Another test records already.
    #[must_use]
    pub fn install() -> Self {
        let recorder = Self::default();
        let layer = recorder.clone().with_filter(LevelFilter::DEBUG);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))
            .unwrap();
        recorder
    }

    /// The statements since the last time.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        take(&mut self.0.lock().statements)
    }

    /// The plans since the last time, with the rows that each step really met; of a database that
    /// [`tells_plans`].
    #[must_use]
    pub fn plans(&self) -> Vec<serde_json::Value> {
        take(&mut self.0.lock().plans)
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        match event.metadata().target() {
            "sqlx::query" => {
                event.record(&mut fields);
                let whole = fields.statement.trim();
                let whole = if whole.is_empty() { fields.summary.trim() } else { whole };
                self.0.lock().statements.push(whole.to_owned());
            }
            "sqlx::postgres::notice" => {
                event.record(&mut fields);
                let plan = fields.message.split_once("plan:\n").map(|(_, plan)| plan);
                if let Some(plan) = plan.and_then(|plan| serde_json::from_str(plan).ok()) {
                    self.0.lock().plans.push(plan);
                }
            }
            _ => {}
        }
    }
}

/// Fields of an event that are looked at.
#[derive(Default)]
struct Fields {
    summary: String,
    statement: String,
    message: String,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        value.clone_into(match field.name() {
            "summary" => &mut self.summary,
            "db.statement" => &mut self.statement,
            "message" => &mut self.message,
            _ => return,
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Makes PostgreSQL tell the plan of every statement of connections that are opened later. A SQLite
/// database tells its plans when it is asked.
///
/// # Panics
/// The server refuses.
pub async fn tells_plans(location: &Location) {
    let Location::Postgres(options) = location else { return };
    let mut admin = options.connect().await.unwrap();
    let name = options.get_database().unwrap_or_default();
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_format = json",
        "auto_explain.log_level = notice",
    ] {
        let alter = format!("ALTER DATABASE {name} SET {setting}");
        sqlx::query(AssertSqlSafe(alter)).execute(&mut admin).await.unwrap();
    }
    admin.close().await.unwrap();
}

/// How many values `statement` expects, as the engine says that has prepared it.
///
/// # Panics
/// The engine does not understand it.
pub async fn parameters(database: &Database, statement: &str) -> usize {
    use sqlx::{Either, Executor as _, SqlSafeStr as _, Statement as _};
    let sql = AssertSqlSafe(statement.to_owned()).into_sql_str();
    let parameters = match database {
        Database::Postgres(pool) => {
            let prepared = pool.prepare(sql).await;
            let prepared = prepared.unwrap_or_else(|error| panic!("{error}: {statement}"));
            prepared.parameters().map(|all| all.map_left(<[_]>::len))
        }
        Database::Sqlite(pools) => {
            let prepared = pools.write.prepare(sql).await;
            let prepared = prepared.unwrap_or_else(|error| panic!("{error}: {statement}"));
            prepared.parameters().map(|all| all.map_left(<[_]>::len))
        }
    };
    match parameters {
        Some(Either::Left(count) | Either::Right(count)) => count,
        None => 0,
    }
}

/// Checks that the statements written in `sources` were all asked for since `recorder` was looked
/// at last, that the engine understands each, and that it expects as many values as are numbered.
/// The driver of SQLite takes a missing value for NULL without a word; PostgreSQL's does not, so
/// that having run there proves that as many are given.
///
/// # Panics
/// One was not asked for, or is wrong.
pub async fn are_understood(database: &Database, recorder: &Recorder, sources: &[&str]) {
    let mut missing = sql::written_in(sources);
    let mut asked = BTreeSet::new();
    // A statement is told when it has ended, which may be after its answer.
    for _ in 0..50 {
        asked.extend(recorder.statements());
        missing.retain(|written| !asked.iter().any(|statement| written.is(statement)));
        if missing.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(missing.is_empty(), "{}: not asked for: {missing:#?}", database.engine());
    let is_of_services = |statement: &&String| !statement.contains("auto_explain");
    for statement in asked.iter().filter(is_of_services) {
        assert_eq!(sql::not_common(statement), None, "{statement}");
        let numbered = sql::values(statement);
        let expected = parameters(database, statement).await;
        assert_eq!(numbered, expected, "{}: {statement}", database.engine());
    }
}
