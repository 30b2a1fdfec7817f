//! Whether statements are answered from an index, however large their table is.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;
use service_kit::database::Database;
use sqlx::{AssertSqlSafe, Row as _};

use crate::statements::Recorder;
use crate::web::Client;

/// Rows that a step of a plan may meet for one page, whatever the size of the table: a count ends
/// with the 10,001st, and steps that go through an index in its order leave others aside on their
/// way.
const MET_MAX: f64 = 60_000.0;
/// The same as a part of the table: words of names lie together in the order of names, so a walk may
/// come to them late.
const MET_PART: f64 = 0.1;

/// How statements about one table were answered.
#[derive(Debug, Default)]
struct Answered {
    /// Most rows that one step met; 0 on SQLite, which does not tell.
    met: f64,
    /// Why a statement is not answered from an index.
    faults: Vec<String>,
}

/// Rows of the table that plans are looked at with: what `PLAN_ROWS` says, at most `max`. More than a
/// service counts to the end.
///
/// # Panics
/// It says no number.
#[must_use]
pub fn rows(max: i64) -> i64 {
    let asked = std::env::var("PLAN_ROWS").ok();
    asked.map_or(120_000, |text| text.parse().unwrap()).min(max)
}

/// Asks `client` for the list at `path`, which is of `table`, with each of `queries`, and for the
/// page that follows by cursor. Gives what is wrong with how they are answered, and prints how long
/// the quickest of three answers took, how many rows a step met, and how many were found.
///
/// # Panics
/// A query is refused.
pub async fn faults(
    client: &Client,
    database: &Database,
    recorder: &Recorder,
    (path, table): (&str, &str),
    queries: &[String],
) -> Vec<String> {
    let mut faults = Vec::new();
    for query in queries {
        let about = format!("{path}?{query}");
        faults.extend(looked_at(client, database, recorder, table, &about).await);
        if query.contains("page=") {
            continue;
        }
        let first = client.get(&format!("{about}&cursor=")).await.body;
        if let Some(cursor) = first["nextCursor"].as_str() {
            let next = format!("{about}&cursor={cursor}");
            faults.extend(looked_at(client, database, recorder, table, &next).await);
        }
    }
    faults
}

/// Rows that a step may meet.
fn met_max() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few millions at most")]
    let rows = rows(i64::MAX) as f64;
    MET_MAX.max(rows * MET_PART)
}

async fn looked_at(
    client: &Client,
    database: &Database,
    recorder: &Recorder,
    table: &str,
    about: &str,
) -> Vec<String> {
    drop((recorder.statements(), recorder.plans()));
    let (mut best, mut found) = (Duration::MAX, 0);
    for _ in 0..3 {
        let started = Instant::now();
        let page = client.get(about).await;
        best = best.min(started.elapsed());
        assert_eq!(page.status, 200, "{about}: {page:?}");
        found = page.body["content"].as_array().map_or(0, Vec::len);
    }
    let answered = answered(database, recorder, table).await;
    let shown = about.split("&cursor=").next().unwrap_or_default();
    let walked = if about.len() > shown.len() { "\t(next)" } else { "" };
    let took = best.as_micros();
    #[expect(clippy::print_stdout, reason = "times are for people")]
    {
        println!("{}\t{took} us\t{}\t{found}\t{shown}{walked}", database.engine(), answered.met);
    }
    answered.faults.into_iter().map(|fault| format!("{shown}: {fault}")).collect()
}

/// Looks at the plans of what was asked about `table` since `recorder` was looked at last.
async fn answered(database: &Database, recorder: &Recorder, table: &str) -> Answered {
    let mut answered = Answered::default();
    match database {
        Database::Postgres(_) => {
            let plans = recorder.plans();
            let about: Vec<_> = plans.iter().filter(|plan| scans(plan, table)).collect();
            assert!(!about.is_empty(), "no plan was told: {plans:?}");
            for plan in about {
                visit(&plan["Plan"], table, &mut answered);
            }
        }
        Database::Sqlite(pools) => {
            let about = format!("FROM {table} WHERE");
            let statements = recorder.statements();
            let statements: BTreeSet<_> =
                statements.iter().filter(|statement| statement.contains(&about)).collect();
            assert!(!statements.is_empty(), "nothing was asked");
            for statement in statements {
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
                for row in sqlx::query(explain).fetch_all(&pools.read).await.unwrap() {
                    let step: String = row.get("detail");
                    if step == format!("SCAN {table}") {
                        answered.faults.push(format!("{step}: {statement}"));
                    }
                }
            }
        }
    }
    answered
}

fn scans(plan: &Value, table: &str) -> bool {
    plan.to_string().contains(&format!("\"Relation Name\":\"{table}\""))
}

fn visit(step: &Value, table: &str, answered: &mut Answered) {
    let number = |name: &str| step[name].as_f64().unwrap_or_default();
    let rounds = number("Actual Loops").max(1.0);
    let removed = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let met = (number("Actual Rows") + removed) * rounds;
    let kind = step["Node Type"].as_str().unwrap_or_default();
    if step["Relation Name"] == table {
        answered.met = answered.met.max(met);
        if met > met_max() {
            answered.faults.push(format!("{kind} meets {met} rows: {step}"));
        }
    }
    for below in step["Plans"].as_array().into_iter().flatten() {
        visit(below, table, answered);
    }
}
