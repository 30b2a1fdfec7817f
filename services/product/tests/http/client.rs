//! A client of the service.

use std::ops::Deref;
use std::time::Duration;

use product_service::http::{App, router};
use product_service::store;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use service_kit::database::Database;
use service_kit::metrics::Registry;
use service_kit::web::Layers;

pub(crate) use test_kit::web::Answer;

/// When the tests' clock starts: 2026-01-01T15:30:00Z.
const START_MS: u64 = 1_767_281_400_000;

/// The service without a socket, and its clock.
#[derive(Clone)]
pub(crate) struct Client {
    inner: test_kit::web::Client,
    pub(crate) clock: Clock,
}

impl Deref for Client {
    type Target = test_kit::web::Client;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl Client {
    pub(crate) fn of(database: &Database) -> Self {
        let clock = Clock::manual(START_MS);
        let app =
            App { store: store::open(database), clock: clock.clone(), require_precondition: true };
        let registry = Registry::new(clock.clone());
        let layers = Layers::new(clock.clone(), registry, Duration::from_secs(30));
        Self { inner: test_kit::web::Client::of(layers.around(router(app))), clock }
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
