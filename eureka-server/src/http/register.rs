//! `POST /eureka/apps/{app}`: registers an instance, or registers it again.

use bytes::Bytes;
use eureka_registry::validate;
use eureka_wire::{DecodeError, Format, InstanceInfo, json, xml};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;

use super::accept::{self, Choice};
use super::body::{self, BodyFault};
use super::reply::{Reply, empty, with_body};
use super::request_id::request_id;
use super::{fault, respond};
use crate::app::App;

impl App {
    /// Answers 204 when registered; 400 with the reason when the instance cannot be read (EP-2) or
    /// lacks something (EP-3 to EP-9); 413 when it is too large; 415 when it is neither JSON nor
    /// XML (EP-1).
    pub(super) async fn register<B>(&self, app: &str, head: &Parts, request: B) -> Reply
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Some(content) = ContentType::of(&head.headers) else {
            return respond::refuse_body(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        };
        let limits = self.settings.body_limits;
        let bytes = match body::read(&head.headers, request, limits).await {
            Ok(bytes) => bytes,
            Err(fault) => return unread(fault),
        };
        if bytes.len() > self.settings.instance_bytes_max {
            let reason = format!("more than {} bytes", self.settings.instance_bytes_max);
            return fault::problem(StatusCode::PAYLOAD_TOO_LARGE, "instance", &reason);
        }
        let now = self.now();
        let mut info = match content.decode(&bytes, now.wall_ms) {
            Ok(info) => info,
            Err(error) => {
                let request_id = request_id(&head.headers);
                tracing::info!(app, %request_id, %error, "registration refused");
                return fault::unreadable(&error, content.format, content.format.media_type());
            }
        };
        if let Err(refusal) = validate::validate(&mut info, app) {
            let request_id = request_id(&head.headers);
            tracing::info!(app, %request_id, reason = refusal.0, "registration refused");
            let choice = accept::for_object(&head.headers);
            let plain = Choice { format: Format::Xml, media_type: Format::Xml.media_type().into() };
            let choice = choice.unwrap_or(plain);
            return with_body(StatusCode::BAD_REQUEST, &choice, Bytes::from(refusal.0));
        }
        tracing::debug!(app, id = info.id(), status = info.status.as_str(), "registered");
        self.registry.register(info, respond::origin(&head.headers), now);
        empty(StatusCode::NO_CONTENT)
    }
}

/// The answer to a body that could not be read; the connection cannot be used further.
pub(super) fn unread(fault: BodyFault) -> Reply {
    let (status, reason) = match fault {
        BodyFault::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "larger than the server accepts"),
        BodyFault::TimedOut => (StatusCode::REQUEST_TIMEOUT, "did not arrive in time"),
        BodyFault::Broken => (StatusCode::BAD_REQUEST, "ended before it was complete"),
        BodyFault::NotGzip => return fault::invalid("body", "said to be gzip and is not"),
    };
    let mut reply = fault::problem(status, "body", reason);
    respond::close(&mut reply);
    reply
}

/// What a registration's `Content-Type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ContentType {
    format: Format,
    latin_1: bool,
}

impl ContentType {
    /// JSON or XML, in UTF-8 or ISO-8859-1; `None` for anything else.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?;
        let format = [Format::Json, Format::Xml]
            .into_iter()
            .find(|format| name.eq_ignore_ascii_case(format.media_type()))?;
        let charset = parts.find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim().eq_ignore_ascii_case("charset").then_some(value.trim().trim_matches('"'))
        });
        match charset {
            None => Some(Self { format, latin_1: false }),
            Some(name) if name.eq_ignore_ascii_case("utf-8") => {
                Some(Self { format, latin_1: false })
            }
            Some(name) if name.eq_ignore_ascii_case("iso-8859-1") => {
                Some(Self { format, latin_1: true })
            }
            Some(_) => None,
        }
    }

    fn decode(self, bytes: &[u8], now: i64) -> Result<InstanceInfo, DecodeError> {
        let transcoded: String;
        let bytes = if self.latin_1 {
            transcoded = bytes.iter().map(|&byte| char::from(byte)).collect();
            transcoded.as_bytes()
        } else {
            bytes
        };
        match self.format {
            Format::Json => json::decode_instance(bytes, now),
            Format::Xml => xml::decode_instance(bytes, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<ContentType> {
        ContentType::of(&[(header::CONTENT_TYPE, value.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn json_and_xml_in_two_charsets() {
        let json = ContentType { format: Format::Json, latin_1: false };
        assert_eq!(of("application/json"), Some(json));
        assert_eq!(of("APPLICATION/JSON; Charset=\"UTF-8\""), Some(json));
        assert!(of("application/xml;charset=iso-8859-1").is_some_and(|content| content.latin_1));
        for refused in ["text/json", "application/json;charset=UTF-16", "text/plain", "json"] {
            assert_eq!(of(refused), None, "{refused}");
        }
    }
}
