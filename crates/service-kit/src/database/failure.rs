//! What a failure of the database means for whoever asked.

use sqlx::error::ErrorKind;

#[cfg(feature = "web")]
use crate::web::Problem;

/// SQLite: busy, locked, out of memory, read-only, input/output, full, cannot open.
const SQLITE_AWAY: [i64; 7] = [5, 6, 7, 8, 10, 13, 14];

/// Whether the database is away, or cannot take more for now; nothing was done then.
#[must_use]
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    if let Some(error) = error.as_database_error() {
        let code = error.code().unwrap_or_default();
        return if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            // Extended codes carry the plain one in their lowest byte.
            code.parse::<i64>().is_ok_and(|code| SQLITE_AWAY.contains(&(code & 0xff)))
        } else {
            // Connection, rolled back for another, resources, locked by another, shut down or
            // starting, read-only.
            ["08", "40", "53", "55P03", "57P", "58", "25006"]
                .iter()
                .any(|class| code.starts_with(class))
        };
    }
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    )
}

/// Whether a statement ran into a constraint of `kind`. Read by kind, never by text (D-7).
#[must_use]
pub fn violates(error: &sqlx::Error, kind: &ErrorKind) -> bool {
    error.as_database_error().is_some_and(|error| same(&error.kind(), kind))
}

fn same(a: &ErrorKind, b: &ErrorKind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// What the failure of a COMMIT means for whoever asked: 503 only if the engine itself says that it
/// did nothing. When the connection ends before the answer, the effect may be there (H-9).
#[cfg(feature = "web")]
#[must_use]
pub fn of_commit(error: sqlx::Error) -> Problem {
    // Connection failures, and a server that is being stopped or starts after a crash.
    let ended = |code: &str| code.starts_with("08") || code.starts_with("57P");
    let answered = error.as_database_error().is_some_and(|error| {
        !(error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some()
            && error.code().is_some_and(|code| ended(&code)))
    });
    if answered {
        return error.into();
    }
    tracing::error!(%error, "a commit was not answered");
    Problem::outcome_unknown()
}

#[cfg(feature = "web")]
impl From<sqlx::Error> for Problem {
    /// 503 when the database is away, else 500; the reason is for the log, not for the client.
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) {
            tracing::warn!(%error, "the database is not available");
            return Self::unavailable("DATABASE_UNAVAILABLE", "the database is not available");
        }
        tracing::error!(%error, "a statement failed");
        let status = http::StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "INTERNAL", "something went wrong here")
    }
}

#[cfg(all(test, feature = "web"))]
mod tests {
    use super::*;

    #[test]
    fn a_commit_without_an_answer_is_not_called_undone() {
        let cut = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(Problem::from(cut()).status(), http::StatusCode::SERVICE_UNAVAILABLE);
        let problem = of_commit(cut());
        assert_eq!((problem.status().as_u16(), problem.code()), (500, "OUTCOME_UNKNOWN"));
        assert_eq!(of_commit(sqlx::Error::WorkerCrashed).code(), "OUTCOME_UNKNOWN");
    }
}
