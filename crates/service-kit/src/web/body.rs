//! JSON bodies, read strictly: a typo in a field must not be lost (G-11).

use std::fmt;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, StatusCode, header};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::problem::{FieldError, Problem};

/// Bytes of a JSON body; larger ones are answered with 413 (G-11).
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long a body may take to arrive where nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Goes with a request: how long its body may take to arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyTimeout(pub(super) Duration);

/// Marks our own error among those of the parser.
const DUPLICATE: &str = "duplicate field `";

/// A JSON body as `T`.
///
/// 415 for another content type, 408 for a body that does not arrive in time, 413 for more than [`BODY_BYTES_MAX`], 400 for what is not JSON, 422
/// with the field for what is not a `T`: unknown, missing, repeated or of a wrong type.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        if !is_json(&head.headers) {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let limit = head.extensions.get::<BodyTimeout>().map_or(TIMEOUT, |limit| limit.0);
        let bytes = tokio::time::timeout(limit, read(body, BODY_BYTES_MAX)).await;
        let bytes = bytes.map_err(|_| too_slow())??;
        from_value(parse(&bytes)?).map(Self)
    }
}

/// Reads a body of at most `bytes_max` bytes.
async fn read(body: Body, bytes_max: usize) -> Result<bytes::Bytes, Problem> {
    use http_body::Body as _;
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > bytes_max) {
        return Err(too_large(bytes_max));
    }
    to_bytes(body, bytes_max).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>()) {
            too_large(bytes_max)
        } else {
            Problem::bad_request("BODY_INCOMPLETE", "the body ended early")
        }
    })
}

fn too_slow() -> Problem {
    let detail = "the body did not arrive in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", detail)
}

fn too_large(bytes_max: usize) -> Problem {
    let detail = format!("the body has more than {bytes_max} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail)
}

/// `application/json`, or another type in JSON's clothes (`application/merge-patch+json`).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = parts.all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.eq_ignore_ascii_case("charset")
            || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    utf8 && (kind == "application/json"
        || (kind.starts_with("application/") && kind.ends_with("+json")))
}

/// Parses JSON whose objects have each name once.
///
/// # Errors
/// 400 for what is not JSON in UTF-8, 422 for a repeated name.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(&format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = read_unique(&mut reader);
    let value = read.map_err(|error| {
        let message = error.to_string();
        match message.strip_prefix(DUPLICATE).and_then(|rest| rest.split_once('`')) {
            Some((field, _)) => Problem::invalid(vec![FieldError::new(
                field,
                "DUPLICATE_FIELD",
                "is given more than once",
            )]),
            None => malformed(&message),
        }
    })?;
    reader.end().map_err(|error| malformed(&error.to_string()))?;
    Ok(value)
}

fn read_unique<'de, R: serde_json::de::Read<'de>>(
    reader: &mut serde_json::Deserializer<R>,
) -> Result<Value, serde_json::Error> {
    Unique.deserialize(reader)
}

fn malformed(reason: &str) -> Problem {
    Problem::bad_request("MALFORMED_BODY", format!("the body is not JSON: {reason}"))
}

/// Turns a parsed value into `T`.
///
/// # Errors
/// 422 with the field that does not fit.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    if !value.is_object() {
        let error = FieldError::new("", "INVALID_TYPE", "the body must be an object");
        return Err(Problem::invalid(vec![error]));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        Problem::invalid(vec![classified(&path, &error.inner().to_string())])
    })
}

/// What a message of serde means. Its wording is tested below.
fn classified(path: &str, message: &str) -> FieldError {
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let parent = |name: &str| match path {
        "" => name.to_owned(),
        // The path of an unknown field ends with itself.
        _ if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        _ => format!("{path}.{name}"),
    };
    if message.starts_with("unknown field") {
        FieldError::new(parent(quoted()), "UNKNOWN_FIELD", "there is no such field")
    } else if message.starts_with("missing field") {
        FieldError::new(parent(quoted()), "REQUIRED", "must be given")
    } else if message.starts_with("unknown variant") {
        let expected = message.split_once(", ").map_or("", |(_, expected)| expected);
        FieldError::new(path, "INVALID_VALUE", format!("is not a known value, {expected}"))
    } else if message.starts_with("invalid type") {
        FieldError::new(path, "INVALID_TYPE", message.to_owned())
    } else {
        FieldError::new(path, "INVALID_VALUE", message.to_owned())
    }
}

/// Reads any value, but no object with a name twice.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{DUPLICATE}{name}`")));
            }
            all.insert(name, entries.next_value_seed(Self)?);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Thing {
        name: String,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        kind: Kind,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        A,
    }

    fn read_thing(text: &str) -> Result<Thing, Problem> {
        from_value(parse(text.as_bytes())?)
    }

    fn fault(text: &str) -> (u16, &'static str, String) {
        let problem = read_thing(text).unwrap_err();
        let field = problem.errors().first().map(|error| error.field.clone());
        (problem.status().as_u16(), problem.code(), field.unwrap_or_default())
    }

    #[test]
    fn what_fits_is_read() {
        let thing = read_thing(r#"{"name":"x","inner":{"kind":"A"}}"#).unwrap();
        assert_eq!(thing, Thing { name: "x".into(), inner: Some(Inner { kind: Kind::A }) });
    }

    #[test]
    fn each_mistake_has_its_status_code_and_field() {
        let cases = [
            (r#"{"name":"x","nmae":1}"#, (422, "UNKNOWN_FIELD", "nmae")),
            (r#"{"name":"x","inner":{"kind":"A","b":1}}"#, (422, "UNKNOWN_FIELD", "inner.b")),
            (r#"{}"#, (422, "REQUIRED", "name")),
            (r#"{"name":"x","inner":{}}"#, (422, "REQUIRED", "inner.kind")),
            (r#"{"name":5}"#, (422, "INVALID_TYPE", "name")),
            (r#"{"name":"x","inner":{"kind":"B"}}"#, (422, "INVALID_VALUE", "inner.kind")),
            (r#"{"name":"x","name":"y"}"#, (422, "DUPLICATE_FIELD", "name")),
            (r#"[1]"#, (422, "INVALID_TYPE", "")),
            (r#"{"name":"#, (400, "MALFORMED_BODY", "")),
            (r#"{"name":"x"} {}"#, (400, "MALFORMED_BODY", "")),
            ("", (400, "MALFORMED_BODY", "")),
        ];
        for (text, (status, code, field)) in cases {
            assert_eq!(fault(text), (status, code, field.to_owned()), "{text}");
        }
    }

    #[test]
    fn depth_and_encoding_are_bounded() {
        let deep = "[".repeat(200_000);
        assert_eq!(parse(deep.as_bytes()).unwrap_err().code(), "MALFORMED_BODY");
        assert_eq!(parse(b"{\"a\":\"\xff\"}").unwrap_err().status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn only_json_is_taken_for_json() {
        let header = |value: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]))
        };
        assert!(
            header("application/json") && header("application/merge-patch+json; charset=UTF-8")
        );
        assert!(!header("text/plain") && !header("application/json; charset=euc-kr"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
