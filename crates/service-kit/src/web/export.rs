//! Lists as files (B-4).

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, header};

use super::csv::lines;
use super::params::{Params, invalid_parameter};
use super::problem::Problem;

/// Byte order mark: Korean spreadsheets take a file without one for windows-949.
const MARK: &str = "\u{feff}";

/// How a file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    bom: bool,
}

impl ExportRequest {
    /// Reads `format` and `bom`.
    ///
    /// # Errors
    /// 400 for anything but `csv`, `true` and `false`.
    pub fn read(params: &mut Params) -> Result<Self, Problem> {
        if params.one("format")?.is_some_and(|format| format != "csv") {
            return Err(invalid_parameter("format", "must be csv"));
        }
        Ok(Self { bom: params.parsed("bom")?.unwrap_or(true) })
    }
}

/// A file called `name` of `header` and the rows of `pages`, sent as they come. If they end early
/// the answer ends unfinished, so that nobody takes a part for the whole.
///
/// # Errors
/// What the first page says.
pub async fn exported(
    name: &str,
    request: ExportRequest,
    header: Vec<String>,
    pages: impl Stream<Item = Result<Vec<Vec<String>>, Problem>> + Send + 'static,
) -> Result<Response, Problem> {
    let mut pages = Box::pin(pages);
    let first = pages.next().await.transpose()?.unwrap_or_default();
    let mark = if request.bom { MARK } else { "" };
    let head = [mark.as_bytes().to_vec(), text([header].into_iter().chain(first))].concat();
    let rest = pages.map(|page| match page {
        Ok(rows) => Ok(Bytes::from(text(rows.into_iter()))),
        Err(problem) => Err(std::io::Error::other(problem.code())),
    });
    let body = Body::from_stream(stream::iter([Ok(Bytes::from(head))]).chain(rest));
    let mut response = Response::new(body);
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = disposition.parse() {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn text(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    // Writing to memory does not fail.
    lines(rows).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn pages(
        all: Vec<Result<&'static str, Problem>>,
    ) -> impl Stream<Item = Result<Vec<Vec<String>>, Problem>> + Send {
        stream::iter(all).map(|page| page.map(|cell| vec![vec![cell.to_owned()]]))
    }

    async fn export(
        query: &str,
        all: Vec<Result<&'static str, Problem>>,
    ) -> Result<Response, Problem> {
        let request = ExportRequest::read(&mut Params::parse(query)?)?;
        exported("things", request, vec!["name".to_owned()], pages(all)).await
    }

    #[tokio::test]
    async fn a_file_has_a_mark_unless_told_not_to() {
        let response = export("", vec![Ok("a"), Ok("b")]).await.unwrap();
        let name = &response.headers()[header::CONTENT_DISPOSITION];
        assert_eq!(name, "attachment; filename=\"things.csv\"");
        let body = to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, "\u{feff}name\r\na\r\nb\r\n".as_bytes());
        let response = export("bom=false&format=csv", vec![]).await.unwrap();
        assert_eq!(to_bytes(response.into_body(), 1_000).await.unwrap(), "name\r\n".as_bytes());
        assert!(export("format=xls", vec![]).await.is_err());
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said_or_breaks_the_answer_off() {
        let away = || Err(Problem::unavailable("DATABASE_UNAVAILABLE", "away"));
        assert_eq!(export("", vec![away()]).await.unwrap_err().status(), 503);
        let response = export("", vec![Ok("a"), away()]).await.unwrap();
        assert!(to_bytes(response.into_body(), 1_000).await.is_err());
    }
}
