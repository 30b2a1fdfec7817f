//! A client of the service.

use std::ops::Deref;
use std::time::Duration;

use partner_service::http::{App, router};
use partner_service::store;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use service_kit::database::Database;
use service_kit::metrics::Registry;
use service_kit::web::Layers;
use test_kit::web::Answer;

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
        Self::with(database, true)
    }

    pub(crate) fn with(database: &Database, require_precondition: bool) -> Self {
        let clock = Clock::manual(START_MS);
        let app = App { store: store::open(database), clock: clock.clone(), require_precondition };
        let registry = Registry::new(clock.clone());
        let layers = Layers::new(clock.clone(), registry, Duration::from_secs(30));
        Self { inner: test_kit::web::Client::of(layers.around(router(app))), clock }
    }

    /// Makes a partner of `fields` and whatever it must have besides.
    pub(crate) async fn partner(&self, fields: Value) -> Answer {
        let answer = self.post("/partners", &partner(fields)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }

    /// Changes fields whatever the version is.
    pub(crate) async fn patch(&self, path: &str, fields: Value) -> Answer {
        self.send("PATCH", path, &[("if-match", "*")], Some(&fields)).await
    }

    /// POST without a body.
    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.send("POST", path, &[], None).await
    }
}

/// `fields` and whatever a partner must have besides.
pub(crate) fn partner(fields: Value) -> Value {
    let mut body = json!({"name": "(주)한빛기공", "roles": ["CUSTOMER"]});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// An id that nobody has.
pub(crate) const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
