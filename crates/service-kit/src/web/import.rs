//! Files that are taken in, row by row (B-1 to B-3).

mod plan;
mod report;
mod run;

use axum::body::Body;
use http::{HeaderMap, StatusCode, header};

pub use plan::{Importable, Known, Planned, Planner};
pub use report::ImportReport;
pub use run::{CONCURRENT_WRITE, Intake, Outcome, import};

use super::csv::{CSV_ROWS_MAX, CsvError, CsvFile, CsvRows};
use super::params::{Params, invalid_parameter};
use super::problem::{FieldError, Problem};

/// What a row does whose key there is already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// It changes what has the key.
    Upsert,
    /// It is a mistake.
    Insert,
}

/// How a file is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// What a row does whose key there is already; `UPSERT` if not said.
    pub mode: ImportMode,
    /// Whether rows with mistakes are left out; if not, one of them stops all.
    pub skip: bool,
    /// Whether nothing is kept: only told what would be.
    pub dry_run: bool,
}

impl ImportOptions {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let mode = match params.one("mode")?.as_deref() {
            None | Some("upsert") => ImportMode::Upsert,
            Some("insert") => ImportMode::Insert,
            Some(_) => return Err(invalid_parameter("mode", "must be upsert or insert")),
        };
        let skip = match params.one("onError")?.as_deref() {
            None | Some("abort") => false,
            Some("skip") => true,
            Some(_) => return Err(invalid_parameter("onError", "must be abort or skip")),
        };
        Ok(Self { mode, skip, dry_run: params.flag("dryRun")? })
    }
}

/// Reads the parameters of an import, then its file.
///
/// # Errors
/// 400 for a parameter, 413 for too many bytes or rows, 415 for what is no CSV, 422 for its header.
pub async fn receive_import(
    mut params: Params,
    headers: &HeaderMap,
    body: Body,
) -> Result<(ImportOptions, CsvRows), Problem> {
    let options = ImportOptions::read(&mut params)?;
    let charset = params.one("charset")?;
    params.finish()?;
    let declared = declared_charset(headers)?;
    let file = CsvFile::receive(body, charset.or(declared).as_deref()).await?;
    let counted = tokio::task::spawn_blocking(move || {
        let count = file.count_rows()?;
        Ok::<_, CsvError>((count, file.rows()?))
    });
    let counted =
        counted.await.map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    let (count, rows) = counted.map_err(|error| {
        Problem::invalid(vec![FieldError::new("", "CSV", error.message).in_line(error.line)])
    })?;
    if count > CSV_ROWS_MAX {
        let detail = format!("the file has more than {CSV_ROWS_MAX} rows");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_MANY_ROWS", detail));
    }
    Ok((options, rows))
}

/// The charset that the type of the content names. Types that browsers and spreadsheets give to CSV
/// files are taken for it, and none is.
fn declared_charset(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let known = [
        "text/csv",
        "text/plain",
        "application/csv",
        "application/vnd.ms-excel",
        "application/octet-stream",
    ];
    if !known.contains(&parts.next().unwrap_or_default()) {
        let detail = "send the file itself, as text/csv";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "UNSUPPORTED_MEDIA_TYPE", detail));
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    Ok(charset.map(|name| name.trim_matches('"').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn receive(query: &str, content_type: &str) -> Result<ImportOptions, Problem> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())]);
        let params = Params::parse(query).unwrap();
        Ok(receive_import(params, &headers, "a,b\n1,2\n".into()).await?.0)
    }

    #[tokio::test]
    async fn what_is_not_said_changes_all_or_nothing() {
        let default = ImportOptions { mode: ImportMode::Upsert, skip: false, dry_run: false };
        assert_eq!(receive("", "text/csv; charset=utf-8").await.unwrap(), default);
        let other = ImportOptions { mode: ImportMode::Insert, skip: true, dry_run: true };
        let query = "mode=insert&onError=skip&dryRun=true&charset=euc-kr";
        assert_eq!(receive(query, "text/csv").await.unwrap(), other);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_named() {
        for (query, content_type, status, code) in [
            ("mode=replace", "text/csv", 400, "INVALID_PARAMETER"),
            ("onError=ignore", "text/csv", 400, "INVALID_PARAMETER"),
            ("dryrun=true", "text/csv", 400, "UNKNOWN_PARAMETER"),
            ("", "application/json", 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("", "text/csv; charset=latin1", 400, "UNKNOWN_CHARSET"),
        ] {
            let problem = receive(query, content_type).await.unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code), "{query}");
        }
        let rows = "1\n".repeat(200_001);
        let many = format!("a\n{rows}");
        let told = receive_import(Params::default(), &HeaderMap::new(), many.into()).await;
        assert_eq!(told.unwrap_err().code(), "TOO_MANY_ROWS");
        let twice = receive_import(Params::default(), &HeaderMap::new(), "a,a\n1,2\n".into()).await;
        assert_eq!(twice.unwrap_err().errors()[0].line, Some(1));
    }
}
