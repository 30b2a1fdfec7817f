//! An application with a clock of its own, and requests to it.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eureka_server::app::App;
use eureka_server::config::Settings;
use eureka_server::config::keys::PROGRAM;
use eureka_server::tasks;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use service_kit::actuator::Actuator;
use service_kit::clock::Clock;
use service_kit::config::{Config, Sources};
use service_kit::health::Health;
use service_kit::metrics;
use service_kit::tasks::TaskSet;
use test_kit::Registration;
use tokio_util::sync::CancellationToken;

/// Wall clock at the start of every test, ms since the epoch.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

pub(crate) const JSON: &str = "application/json";
pub(crate) const XML: &str = "application/xml";

/// The application and its clock.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    _background: TaskSet,
    stop: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Server {
    /// With nothing configured.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With the arguments `args`, its background tasks running.
    pub(crate) fn with(args: &[&str]) -> Self {
        let sources = Sources::files(BTreeMap::new()).with_args(args);
        let config = Config::load(&PROGRAM, &sources).unwrap();
        let settings = Settings::read(&config).unwrap();
        let clock = Clock::manual(START_MS);
        let counted = metrics::Registry::new(clock.clone());
        let health = Health::new();
        health.accept_traffic(true);
        let actuator = Actuator::new(&config, health, counted.clone(), None, None).unwrap();
        let app = App::new(settings, clock.clone(), &counted, actuator);
        let stop = CancellationToken::new();
        let background = TaskSet::new(stop.clone());
        tasks::start(&app, &background);
        Self { app, clock, _background: background, stop }
    }

    /// Lets `time` pass for leases and for background tasks, which get to run at its end.
    ///
    /// A task that is due several times within runs once: pass its interval to see every run.
    pub(crate) async fn pass(&self, time: Duration) {
        // Tasks note when they were started before their time may pass.
        tokio::task::yield_now().await;
        self.clock.advance(time);
        tokio::time::advance(time).await;
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    /// Lets `seconds` pass, one by one.
    pub(crate) async fn pass_seconds(&self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(Duration::from_secs(1)).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Call::new("GET", path).accept(JSON).send(self).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        Call::new("PUT", path).send(self).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Call::new("DELETE", path).send(self).await
    }

    /// Sends `registration` in JSON to its application's path.
    pub(crate) async fn register(&self, app: &str, registration: &Registration) -> Answer {
        Call::new("POST", &format!("/eureka/apps/{app}"))
            .body(JSON, registration.json())
            .send(self)
            .await
    }

    /// Registers a complete instance `id` of `app`.
    pub(crate) async fn has(&self, app: &str, id: &str) {
        let answer = self.register(app, &Registration::new(app, id)).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// The instance as the server tells it; null where it does not know it.
    pub(crate) async fn instance(&self, app: &str, id: &str) -> Value {
        let answer = self.get(&format!("/eureka/apps/{app}/{id}")).await;
        if answer.status == 404 { Value::Null } else { answer.json()["instance"].take() }
    }
}

/// A request.
pub(crate) struct Call {
    request: http::request::Builder,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { request: Request::builder().method(method).uri(path), body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn accept(self, media_types: &str) -> Self {
        self.header("accept", media_types)
    }

    pub(crate) fn by_peer(self) -> Self {
        self.header("x-netflix-discovery-replication", "true")
    }

    pub(crate) fn body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut call = self.header("content-type", media_type);
        call.body = body.into();
        call
    }

    pub(crate) async fn send(self, server: &Server) -> Answer {
        let request = self.request.body(Full::new(self.body)).unwrap();
        let (head, body) = server.app.respond(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// Status and the body as text, to compare at once.
    pub(crate) fn told(&self) -> (u16, &str) {
        (self.status.as_u16(), self.text())
    }

    /// The unpacked body of an answer that is compressed.
    pub(crate) fn unpacked(&self) -> String {
        assert_eq!(self.header("content-encoding"), "gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*self.body).read_to_string(&mut text).unwrap();
        text
    }

    /// Asserts a status and that there is no body.
    #[track_caller]
    pub(crate) fn is_bare(&self, status: u16) {
        assert_eq!(self.told(), (status, ""));
        assert_eq!(self.header("content-type"), "");
    }
}
