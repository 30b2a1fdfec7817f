//! A client of a router, without a socket.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Sends requests to a router.
#[derive(Clone, Debug)]
pub struct Client {
    router: Router,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// JSON of the body, null without one; its text where it is no JSON.
    pub body: Value,
}

impl Answer {
    /// Text of a header, empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Id of the resource.
    #[must_use]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// Checks status and code of an error, and that it names `field` if that is not empty.
    pub fn refused(&self, status: u16, code: &str, field: &str) {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        if !field.is_empty() {
            let fields: Vec<_> =
                self.body["errors"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
            assert!(fields.contains(&&json!(field)), "{self:?}");
        }
    }
}

impl Client {
    /// A client of `router`.
    #[must_use]
    pub const fn of(router: Router) -> Self {
        Self { router }
    }

    /// Sends a request; a body goes as JSON.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap());
        self.send_bytes(method, path, headers, bytes).await
    }

    /// Sends a request with any body.
    pub async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let is_json = head
            .headers
            .get("content-type")
            .is_some_and(|value| value.as_bytes().ends_with(b"json"));
        let body = match bytes.is_empty() {
            true => Value::Null,
            false if is_json => serde_json::from_slice(&bytes).unwrap(),
            false => String::from_utf8(bytes.to_vec()).unwrap().into(),
        };
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// POST of a CSV file.
    pub async fn post_csv(&self, path: &str, file: impl Into<Vec<u8>> + Send) -> Answer {
        self.send_bytes("POST", path, &[("content-type", "text/csv")], Some(file.into())).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// POST with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body)).await
    }
}
