//! Databases on the PostgreSQL server of the tests.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

/// Names the server: a URL whose user may create databases.
const SERVER_ENV: &str = "TEST_PG_URL";

/// Makes a database and gives its URL. It is empty and stays as long as the server.
///
/// # Errors
///
/// When no server is named, or it does not answer.
pub fn database(purpose: &str) -> Result<String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let server = std::env::var(SERVER_ENV).with_context(|| {
        format!("{SERVER_ENV} names no server; `crates/test-kit/postgres start DIR` starts one")
    })?;
    let name = format!("{purpose}_{}_{number}", std::process::id());
    run(&server, &format!("CREATE DATABASE {name}"))?;
    let (host, _) = server.rsplit_once('/').context("its URL names no database")?;
    Ok(format!("{host}/{name}"))
}

/// Runs statements on a database and gives what they print, one line a row.
///
/// # Errors
///
/// When one of them fails.
pub fn run(url: &str, statements: &str) -> Result<String> {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
    command.args(["--set=ON_ERROR_STOP=1", "--command", statements, url]);
    let output = command.output().context("starting psql")?;
    if !output.status.success() {
        bail!("{statements}: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("psql printed no UTF-8")
}
