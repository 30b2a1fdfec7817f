//! A client of the router.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use product_service::http::{App, router};
use product_service::store;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use service_kit::database::Database;
use service_kit::metrics::Registry;
use service_kit::web::Layers;
use tower::ServiceExt as _;

/// When the tests' clock starts: 2026-01-01T15:30:00Z.
pub(crate) const START_MS: u64 = 1_767_281_400_000;

/// The service without a socket.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    pub(crate) clock: Clock,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Text of a header, empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Id of the resource.
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// Checks status and code of an error, and that it names `field` if that is not empty.
    pub(crate) fn refused(&self, status: u16, code: &str, field: &str) {
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
    pub(crate) fn of(database: &Database) -> Self {
        let clock = Clock::manual(START_MS);
        let app =
            App { store: store::open(database), clock: clock.clone(), require_precondition: true };
        let registry = Registry::new(clock.clone());
        let layers = Layers::new(clock.clone(), registry, Duration::from_secs(30));
        Self { router: layers.around(router(app)), clock }
    }

    /// Sends a request; a body goes as JSON.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap());
        self.send_bytes(method, path, headers, bytes).await
    }

    pub(crate) async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request =
            Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body)).await
    }

    /// Makes a product of `fields` and whatever it must have besides.
    pub(crate) async fn product(&self, fields: Value) -> Answer {
        let answer = self.post("/products", &sellable(fields)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }
}

/// `fields` and whatever an active product must have besides.
pub(crate) fn sellable(fields: Value) -> Value {
    let mut body = json!({
        "name": "육각볼트", "uom": "EA", "salePrice": {"amount": 1200, "currency": "KRW"},
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
