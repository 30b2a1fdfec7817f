//! One resource: the id in its path, and answers that carry its version.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::params::invalid_parameter;
use super::precondition::etag;
use super::problem::Problem;

/// Room for one resource.
pub(super) const ONE_BYTES: usize = 1024;

/// The only id in a path.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ids([id]) = Ids::from_request_parts(parts, state).await?;
        Ok(Self(id))
    }
}

/// The ids in a path whose parameters are all ids, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Ids<const N: usize>(pub [Uuid; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Ids<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::of_status(StatusCode::BAD_REQUEST))?;
        let mut ids = [Uuid::nil(); N];
        for (id, (name, text)) in ids.iter_mut().zip(params.iter()) {
            *id = Uuid::try_parse(text).map_err(|_| invalid_parameter(name, "must be a UUID"))?;
        }
        Ok(Self(ids))
    }
}

/// 200 with a resource and its version.
pub fn versioned(body: &impl Serialize, version: i64) -> Response {
    let mut response = json(StatusCode::OK, body, ONE_BYTES);
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// A body as JSON; `room` is roughly how long it will be.
pub(super) fn json(status: StatusCode, body: &impl Serialize, room: usize) -> Response {
    let mut text = Vec::with_capacity(room);
    if serde_json::to_writer(&mut text, body).is_err() {
        return Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], text).into_response()
}

/// 304 with the version that the reader has.
#[must_use]
pub fn unchanged(version: i64) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// 201 with a new resource, where it is and its version. `replayed` says that an earlier request
/// with the same key had made it (H-12).
pub fn created(body: &impl Serialize, location: &str, version: i64, replayed: bool) -> Response {
    let mut response = json(StatusCode::CREATED, body, ONE_BYTES);
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(version));
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    if replayed {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// A moment in UTC with microseconds (G-8), for `serialize_with`.
///
/// # Errors
/// Those of the serialiser.
pub fn micros<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(Written::of(at).as_str())
}

/// A moment as text: `2026-03-01T08:00:00.000000Z`.
struct Written {
    text: [u8; 27],
    /// Of a year that four digits cannot tell.
    far: Option<String>,
}

impl Written {
    /// Digit by digit: most answers have two, most lists forty.
    fn of(at: &DateTime<Utc>) -> Self {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let Some(year) = u32::try_from(at.year()).ok().filter(|year| *year <= 9999) else {
            return Self { text, far: Some(at.to_rfc3339_opts(SecondsFormat::Micros, true)) };
        };
        let micros = (at.timestamp_subsec_micros() % 1_000_000, 20..26);
        let parts = [
            (year, 0..4),
            (at.month(), 5..7),
            (at.day(), 8..10),
            (at.hour(), 11..13),
            (at.minute(), 14..16),
            (at.second(), 17..19),
            micros,
        ];
        for (mut value, range) in parts {
            for digit in text.get_mut(range).unwrap_or_default().iter_mut().rev() {
                *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
                value /= 10;
            }
        }
        Self { text, far: None }
    }

    fn as_str(&self) -> &str {
        self.far.as_deref().or_else(|| std::str::from_utf8(&self.text).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[test]
    fn moments_are_written_as_chrono_writes_them() {
        for (seconds, nanos) in [
            (0, 0),
            (1_772_323_200, 999_999_999),
            (-1, 1_000),
            (253_402_300_800, 5),
            (951_782_399, 7),
        ] {
            let at = DateTime::<Utc>::from_timestamp(seconds, nanos).unwrap();
            let expected = at.to_rfc3339_opts(SecondsFormat::Micros, true);
            assert_eq!(Written::of(&at).as_str(), expected);
        }
    }

    async fn ask(path: &str) -> (u16, Option<Problem>) {
        let router = Router::new()
            .route("/a/{id}", get(|Id(_): Id| async { "one" }))
            .route("/a/{id}/b/{other}", get(|Ids([_, _]): Ids<2>| async { "two" }));
        let request = http::Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        (response.status().as_u16(), response.extensions().get::<Problem>().cloned())
    }

    #[tokio::test]
    async fn an_id_that_is_none_is_named() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(ask(&format!("/a/{id}")).await.0, 200);
        assert_eq!(ask(&format!("/a/{id}/b/{id}")).await.0, 200);
        for (path, field) in [
            ("/a/7".to_owned(), "id"),
            (format!("/a/{id}/b/7"), "other"),
            (format!("/a/7/b/{id}"), "id"),
        ] {
            let (status, problem) = ask(&path).await;
            assert_eq!((status, &*problem.unwrap().errors()[0].field), (400, field), "{path}");
        }
        assert_eq!(ask("/a/%ff").await.0, 400);
    }
}
