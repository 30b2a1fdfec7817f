//! What became of a file (B-2).

use serde::Serialize;
use serde_json::{Map, Value};

use http::StatusCode;

use super::super::problem::{FieldError, FieldErrorDocument, Problem};

/// Mistakes that are told; further ones are only counted.
const ERRORS_MAX: usize = 1_000;

/// What became of the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    /// Rows.
    pub total: u64,
    /// Of them new.
    pub inserted: u64,
    /// Of them changed something.
    pub updated: u64,
    /// Of them as they were.
    pub unchanged: u64,
    /// Of them wrong.
    pub failed: u64,
    /// What is wrong with which line, up to 1,000.
    #[schema(value_type = Vec<FieldErrorDocument>)]
    pub errors: Vec<FieldError>,
}

impl ImportReport {
    /// Notes a wrong row.
    pub(super) fn fail(&mut self, line: u64, errors: Vec<FieldError>) {
        self.failed = self.failed.saturating_add(1);
        let room = ERRORS_MAX.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room).map(|error| error.in_line(line)));
    }

    /// Adds what became of further rows.
    pub(super) fn add(&mut self, other: Self) {
        for (own, other) in [
            (&mut self.total, other.total),
            (&mut self.inserted, other.inserted),
            (&mut self.updated, other.updated),
            (&mut self.unchanged, other.unchanged),
            (&mut self.failed, other.failed),
        ] {
            *own = own.saturating_add(other);
        }
        let room = ERRORS_MAX.saturating_sub(self.errors.len());
        self.errors.extend(other.errors.into_iter().take(room));
    }

    /// Rows that were kept.
    pub(super) const fn kept(&self) -> u64 {
        self.inserted.saturating_add(self.updated)
    }

    /// 422: because of wrong rows none was kept.
    pub(super) fn refused(mut self) -> Problem {
        (self.inserted, self.updated) = (0, 0);
        let detail = format!("{} of {} rows are wrong; none was kept", self.failed, self.total);
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "IMPORT_REFUSED", detail);
        self.told_by(problem)
    }

    /// 500: the database went away when some rows had been kept. Never 503: that one says that
    /// nothing was done (H-9).
    pub(super) fn interrupted(self) -> Problem {
        let detail = format!(
            "stopped after {} rows, {} of which were kept; the file may be sent again",
            self.total,
            self.kept()
        );
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.told_by(Problem::new(status, "IMPORT_INTERRUPTED", detail))
    }

    fn told_by(mut self, problem: Problem) -> Problem {
        let errors = std::mem::take(&mut self.errors);
        let mut members = match serde_json::to_value(&self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.remove("errors");
        problem.with_errors(errors).with_members(members)
    }
}
