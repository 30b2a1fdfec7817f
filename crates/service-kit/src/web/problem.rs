//! Errors as clients see them: RFC 9457, with the members of Spring's classic error body.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

/// Media type of a problem.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field as the client wrote it, e.g. `addresses[0].postalCode`; empty for the
    /// whole body.
    pub field: String,
    /// What kind of mistake, for programs: `REQUIRED`, `UNKNOWN_FIELD`, ...
    pub code: &'static str,
    /// The same for people.
    pub message: String,
    /// Line of the file it is in, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl FieldError {
    /// An error of `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into(), line: None }
    }

    /// The same, in a line of a file.
    #[must_use]
    pub const fn in_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

/// An answer that says what went wrong.
///
/// The members that depend on the request (`instance`, `path`, `traceId`, `timestamp`) are added
/// by [`super::Layers`] on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) errors: Vec<FieldError>,
    /// Boxed, because hardly any has them and results carry problems everywhere.
    pub(super) members: Option<Box<Map<String, Value>>>,
    pub(super) retry_after_secs: Option<u32>,
}

impl Problem {
    /// A problem with a code for programs and a sentence for people.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            members: None,
            retry_after_secs: None,
        }
    }

    /// 400: the request cannot be understood.
    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404: there is no such `what`.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no such {what}"))
    }

    /// 409: its state or another resource does not allow it.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: understood, but fields have values that cannot be. The code is that of the first.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let code = errors.first().map_or("INVALID", |error| error.code);
        let detail = match errors.as_slice() {
            [one] if one.field.is_empty() => one.message.clone(),
            [one] => format!("{}: {}", one.field, one.message),
            all => format!("{} fields are not valid", all.len()),
        };
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// 503: something it needs is away and nothing was done; worth trying again (H-9).
    #[must_use]
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(1)
    }

    /// 500: whether anything was done is not known. Never 503, which callers take for leave to send
    /// the same again.
    #[must_use]
    pub fn outcome_unknown() -> Self {
        let detail = "whether this was done is not known; the same request with the same \
                      Idempotency-Key, or the version of the resource, tells";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "OUTCOME_UNKNOWN", detail)
    }

    /// The same with a hint when to try again.
    #[must_use]
    pub const fn retry_after(mut self, secs: u32) -> Self {
        self.retry_after_secs = Some(secs);
        self
    }

    /// The same with what is wrong with which field.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The same with further members (RFC 9457 section 3.2).
    #[must_use]
    pub fn with_members(mut self, members: Map<String, Value>) -> Self {
        self.members = Some(Box::new(members));
        self
    }

    /// Its HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong with which field.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The problem that an answer with nothing but a status stands for.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::BAD_REQUEST => ("BAD_REQUEST", "the request cannot be understood"),
            StatusCode::NOT_FOUND => ("NOT_FOUND", "there is nothing at this path"),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("METHOD_NOT_ALLOWED", "this path does not know this method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("BODY_TOO_LARGE", "the body is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("UNSUPPORTED_MEDIA_TYPE", "this type of content is not taken here")
            }
            StatusCode::INTERNAL_SERVER_ERROR => ("INTERNAL", "something went wrong here"),
            other => ("ERROR", other.canonical_reason().unwrap_or("something went wrong")),
        };
        Self::new(status, code, detail)
    }

    /// The document, given what the request adds to it.
    pub(super) fn document(&self, path: &str, trace_id: &str, timestamp: &str) -> Vec<u8> {
        let reason = self.status.canonical_reason().unwrap_or("Error");
        let document = Document {
            kind: format!("urn:problem:{}", self.code.to_ascii_lowercase().replace('_', "-")),
            title: reason,
            status: self.status.as_u16(),
            detail: &self.detail,
            instance: path,
            code: self.code,
            timestamp,
            path,
            error: reason,
            message: &self.detail,
            trace_id,
            errors: &self.errors,
            members: self.members.as_deref(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// A problem as it is described in OpenAPI documents: RFC 9457, Spring's `timestamp`, `status`,
/// `error`, `message`, `path`, and what was added.
#[derive(Clone, Debug, utoipa::ToSchema)]
#[schema(rename_all = "camelCase", as = Problem)]
#[expect(dead_code, reason = "stands for the document that is written below")]
pub struct ProblemDocument {
    /// Kind of problem, `urn:problem:...`.
    #[schema(rename = "type")]
    kind: String,
    /// Name of the status.
    title: String,
    /// HTTP status.
    status: u16,
    /// What is wrong.
    detail: String,
    /// Path that was asked for.
    instance: String,
    /// Kind of problem, for programs.
    code: String,
    /// When.
    timestamp: String,
    /// Path that was asked for.
    path: String,
    /// Name of the status.
    error: String,
    /// What is wrong.
    message: String,
    /// Trace it belongs to.
    trace_id: String,
    /// What is wrong with which field.
    errors: Vec<FieldErrorDocument>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, utoipa::ToSchema)]
#[schema(as = FieldError)]
#[expect(dead_code, reason = "stands for the document that is written below")]
pub struct FieldErrorDocument {
    /// Path of the field; empty for the whole body.
    field: String,
    /// Kind of mistake, for programs.
    code: String,
    /// The same for people.
    message: String,
    /// Line of the file it is in, from 1.
    line: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'a str,
    timestamp: &'a str,
    path: &'a str,
    error: &'a str,
    message: &'a str,
    trace_id: &'a str,
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: Option<&'a Map<String, Value>>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(header::RETRY_AFTER, secs.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_members_of_both_worlds() {
        let errors = vec![FieldError::new("sku", "REQUIRED", "must be given")];
        let problem = Problem::invalid(errors);
        let problem = problem.with_members(Map::from_iter([("total".to_owned(), 7.into())]));
        let bytes = problem.document("/products", "4bf92f", "2026-01-02T03:04:05Z");
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["type"], "urn:problem:required");
        assert_eq!((&json["status"], &json["code"]), (&422.into(), &"REQUIRED".into()));
        assert_eq!(json["error"], "Unprocessable Entity");
        assert_eq!(json["message"], json["detail"]);
        assert_eq!(json["path"], json["instance"]);
        assert_eq!(json["errors"][0]["field"], "sku");
        assert_eq!((json["total"].as_u64(), json["errors"][0].get("line")), (Some(7), None));
    }
}
