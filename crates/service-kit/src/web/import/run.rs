//! Taking a file in, slice by slice.

use async_trait::async_trait;
use http::StatusCode;

use super::super::csv::{CsvError, CsvRow, CsvRows};
use super::super::problem::{FieldError, Problem};
use super::{ImportOptions, ImportReport};

/// Rows that are kept together where rows with mistakes are left out (B-3).
const SLICE_ROWS: usize = 2_000;
/// Rows that are worked on without letting others have the processor.
const CHUNK_ROWS: usize = 200;
/// How often a slice is tried again that met another's write.
const RETRIES: u32 = 3;

/// Code of the problem that another wrote the same meanwhile.
pub const CONCURRENT_WRITE: &str = "CONCURRENT_WRITE";

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was new.
    Inserted,
    /// It changed something.
    Updated,
    /// All was as it says.
    Unchanged,
    /// It is wrong.
    Failed(Vec<FieldError>),
}

/// What rows are taken into: a transaction. Dropped without [`Intake::keep`] it keeps nothing.
#[async_trait]
pub trait Intake: Send {
    /// Takes rows in, with one outcome for each.
    async fn take(&mut self, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem>;
    /// Keeps what was taken in; what comes next is another transaction.
    async fn keep(&mut self) -> Result<(), Problem>;
    /// Forgets what was taken in since the last [`Intake::keep`].
    async fn forget(&mut self) -> Result<(), Problem>;
}

type Slice = Vec<Result<CsvRow, CsvError>>;

/// Takes `rows` in.
///
/// # Errors
/// 422 `IMPORT_REFUSED` with the report if rows are wrong and they are not to be left out: nothing
/// was kept then. What the database says if nothing was kept yet, 500 `IMPORT_INTERRUPTED` if
/// something was.
pub async fn import(
    rows: CsvRows,
    options: ImportOptions,
    mut intake: Box<dyn Intake>,
) -> Result<ImportReport, Problem> {
    let by_slice = options.skip && !options.dry_run;
    let mut report = ImportReport::default();
    let mut rows = rows;
    loop {
        let slice;
        (rows, slice) = next_slice(rows).await?;
        if slice.is_empty() {
            break;
        }
        match take_slice(&mut *intake, &slice, by_slice).await {
            Ok(slice) => report.add(slice),
            Err(problem) if by_slice && report.kept() > 0 => {
                tracing::warn!(code = problem.code(), "an import was interrupted");
                return Err(report.interrupted());
            }
            Err(problem) => return Err(problem),
        }
    }
    if !options.skip && report.failed > 0 {
        return Err(report.refused());
    }
    if !options.dry_run {
        intake.keep().await?;
    }
    Ok(report)
}

/// The next rows; reading them blocks.
async fn next_slice(mut rows: CsvRows) -> Result<(CsvRows, Slice), Problem> {
    let read = tokio::task::spawn_blocking(move || {
        let slice: Slice = rows.by_ref().take(SLICE_ROWS).collect();
        (rows, slice)
    });
    read.await.map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn take_slice(
    intake: &mut dyn Intake,
    slice: &Slice,
    keep: bool,
) -> Result<ImportReport, Problem> {
    let mut retries = 0;
    loop {
        match take_once(intake, slice, keep).await {
            Err(problem) if keep && problem.code() == CONCURRENT_WRITE && retries < RETRIES => {
                retries += 1;
                intake.forget().await?;
            }
            other => return other,
        }
    }
}

async fn take_once(
    intake: &mut dyn Intake,
    slice: &Slice,
    keep: bool,
) -> Result<ImportReport, Problem> {
    let mut report = ImportReport::default();
    for chunk in slice.chunks(CHUNK_ROWS) {
        let rows: Vec<CsvRow> = chunk.iter().flatten().cloned().collect();
        let mut outcomes = intake.take(&rows).await?.into_iter();
        for row in chunk {
            report.total = report.total.saturating_add(1);
            match row {
                Ok(row) => note(&mut report, row.line, outcomes.next()),
                Err(error) => {
                    let wrong = FieldError::new("", "CSV", error.message.clone());
                    report.fail(error.line, vec![wrong]);
                }
            }
        }
        tokio::task::yield_now().await;
    }
    if keep {
        intake.keep().await?;
    }
    Ok(report)
}

fn note(report: &mut ImportReport, line: u64, outcome: Option<Outcome>) {
    let count = match outcome {
        Some(Outcome::Inserted) => &mut report.inserted,
        Some(Outcome::Updated) => &mut report.updated,
        Some(Outcome::Unchanged) => &mut report.unchanged,
        Some(Outcome::Failed(errors)) => return report.fail(line, errors),
        None => return report.fail(line, Vec::new()),
    };
    *count = count.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::super::super::csv::CsvFile;
    use super::super::ImportMode;
    use super::*;

    /// What is kept, what is taken in since, and what goes wrong.
    #[derive(Default)]
    struct Table {
        kept: Vec<String>,
        taken: Vec<String>,
        conflicts: u32,
        fails_at: Option<String>,
    }

    struct Shared(Arc<Mutex<Table>>);

    #[async_trait]
    impl Intake for Shared {
        async fn take(&mut self, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem> {
            let mut table = self.0.lock();
            let mut outcomes = Vec::new();
            for row in rows {
                let name = &row.values[0];
                if table.fails_at.as_ref() == Some(name) {
                    return Err(Problem::unavailable("DATABASE_UNAVAILABLE", "away"));
                }
                if name == "wrong" {
                    outcomes.push(Outcome::Failed(vec![FieldError::new("name", "BAD", "bad")]));
                } else {
                    table.taken.push(name.clone());
                    outcomes.push(Outcome::Inserted);
                }
            }
            Ok(outcomes)
        }

        async fn keep(&mut self) -> Result<(), Problem> {
            let mut table = self.0.lock();
            if table.conflicts > 0 {
                table.conflicts -= 1;
                return Err(Problem::conflict(CONCURRENT_WRITE, "met another"));
            }
            let taken = std::mem::take(&mut table.taken);
            table.kept.extend(taken);
            Ok(())
        }

        async fn forget(&mut self) -> Result<(), Problem> {
            self.0.lock().taken.clear();
            Ok(())
        }
    }

    async fn run(
        text: &str,
        skip: bool,
        dry_run: bool,
        table: Table,
    ) -> (Result<ImportReport, Problem>, usize) {
        let rows = CsvFile::receive(text.to_owned().into(), None).await.unwrap().rows().unwrap();
        let table = Arc::new(Mutex::new(table));
        let options = ImportOptions { mode: ImportMode::Upsert, skip, dry_run };
        let done = import(rows, options, Box::new(Shared(Arc::clone(&table)))).await;
        let kept = table.lock().kept.len();
        (done, kept)
    }

    #[tokio::test]
    async fn a_wrong_row_stops_all_or_is_left_out() {
        let file = "name\na\nwrong\n\"b\",2\nc\n";
        let (refused, kept) = run(file, false, false, Table::default()).await;
        let refused = refused.unwrap_err();
        let lines: Vec<_> = refused.errors().iter().map(|error| error.line).collect();
        assert_eq!((refused.code(), kept, lines), ("IMPORT_REFUSED", 0, vec![Some(3), Some(4)]));
        let (done, kept) = run(file, true, false, Table::default()).await;
        let done = done.unwrap();
        assert_eq!((done.total, done.inserted, done.failed, kept), (4, 2, 2, 2));
    }

    #[tokio::test]
    async fn a_dry_run_tells_and_keeps_nothing() {
        for skip in [false, true] {
            let (done, kept) = run("name\na\nb\n", skip, true, Table::default()).await;
            assert_eq!((done.unwrap().inserted, kept), (2, 0));
        }
    }

    #[tokio::test]
    async fn a_slice_that_met_another_write_is_tried_again() {
        let table = Table { conflicts: 3, ..Table::default() };
        let (done, kept) = run("name\na\nb\n", true, false, table).await;
        assert_eq!((done.unwrap().inserted, kept), (2, 2));
        let table = Table { conflicts: 4, ..Table::default() };
        let (done, kept) = run("name\na\nb\n", true, false, table).await;
        assert_eq!((done.unwrap_err().code(), kept), (CONCURRENT_WRITE, 0));
    }

    #[tokio::test]
    async fn what_was_kept_before_the_database_went_is_told() {
        let names: Vec<String> = (0..2_500).map(|at| at.to_string()).collect();
        let file = format!("name\n{}\n", names.join("\n"));
        let table = || Table { fails_at: Some("2400".to_owned()), ..Table::default() };
        let (done, kept) = run(&file, true, false, table()).await;
        assert_eq!((done.unwrap_err().code(), kept), ("IMPORT_INTERRUPTED", 2_000));
        let (done, kept) = run(&file, false, false, table()).await;
        assert_eq!((done.unwrap_err().status().as_u16(), kept), (503, 0));
    }
}
