//! Refusals: what is wrong with a request, told in its own representation.

use bytes::Bytes;
use eureka_wire::{DecodeError, Format};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::accept::Choice;
use super::reply::{Reply, empty, with_body};

/// 400 for a body that cannot be read (ER-3): the reference's words, and beside them the field and
/// the reason, which it never tells.
pub(super) fn unreadable(error: &DecodeError, format: Format, media_type: &str) -> Reply {
    const WHAT: &str = "cannot parse request body";
    let body = match format {
        // The blank behind the colon is the reference's.
        Format::Json => format!(
            "{{\"error\": \"{WHAT}\", \"field\": {}, \"reason\": {}}}",
            json!(error.field),
            json!(error.reason)
        ),
        Format::Xml => {
            let mut out = format!("<error><message>{WHAT}</message><field>").into_bytes();
            eureka_wire::xml::write_text(&mut out, &error.field);
            out.extend_from_slice(b"</field><reason>");
            eureka_wire::xml::write_text(&mut out, &error.reason);
            out.extend_from_slice(b"</reason></error>");
            String::from_utf8(out).unwrap_or_default()
        }
    };
    let choice = Choice { format, media_type: media_type.to_owned().into() };
    with_body(StatusCode::BAD_REQUEST, &choice, Bytes::from(body))
}

/// A refusal that names the field and the reason.
pub(super) fn invalid(field: &str, reason: &str) -> Reply {
    problem(StatusCode::BAD_REQUEST, field, reason)
}

/// A refusal of `status` that names the field and the reason.
pub(super) fn problem(status: StatusCode, field: &str, reason: &str) -> Reply {
    let body = json!({ "error": status.canonical_reason(), "field": field, "reason": reason });
    let mut reply = empty(status);
    *reply.body_mut() = Bytes::from(body.to_string()).into();
    let label = HeaderValue::from_static(Format::Json.media_type());
    reply.headers_mut().insert(header::CONTENT_TYPE, label);
    reply
}
