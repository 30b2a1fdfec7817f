//! A clock, providers' documents, and the tokens that `tests/tokens/make.py` made.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use parking_lot::Mutex;
use resource_server::{
    Algorithm, Algorithms, Clock, Fetch, FetchError, Fetching, KeySource, Principal, Provider,
    Rejection, ResourceServer, TokenCacheSettings,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The tokens' now: 2026-01-01T00:00:00Z, in milliseconds.
pub(crate) const NOW_MS: u64 = 1_767_225_600_000;
pub(crate) const ISSUER: &str = "https://idp.example/realms/a";
pub(crate) const JWK_SET_URL: &str = "https://idp.example/certs";
pub(crate) const JWK_SET: &str = include_str!("../tokens/jwk-set.json");

/// A clock whose both sides follow the runtime's.
#[derive(Debug)]
pub(crate) struct RuntimeClock(Instant);

impl RuntimeClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn wall_ms(&self) -> u64 {
        NOW_MS + u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Documents by address, with a count of requests.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    texts: Mutex<HashMap<String, String>>,
    pub(crate) asked: AtomicUsize,
    pub(crate) is_down: AtomicBool,
    pub(crate) takes: Mutex<Duration>,
}

impl Documents {
    pub(crate) fn put(&self, url: &str, text: &str) {
        self.texts.lock().insert(url.to_owned(), text.to_owned());
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}

impl Fetch for Documents {
    fn get<'a>(&'a self, url: &'a Url, bytes_max: usize) -> Fetching<'a> {
        self.asked.fetch_add(1, Relaxed);
        let takes = *self.takes.lock();
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            if self.is_down.load(Relaxed) {
                return Err(FetchError::Status(StatusCode::BAD_GATEWAY));
            }
            let found = self.texts.lock().get(url.as_str()).cloned();
            let text = found.ok_or(FetchError::Status(StatusCode::NOT_FOUND))?;
            if text.len() > bytes_max { Err(FetchError::TooLarge) } else { Ok(Bytes::from(text)) }
        })
    }
}

/// A provider of the recorded tokens that allows every algorithm.
pub(crate) fn provider() -> Provider {
    let mut provider = Provider::new("idp", KeySource::jwk_set(JWK_SET_URL).unwrap());
    provider.algorithms = Algorithms::from_iter(Algorithm::ALL);
    provider.claims.issuer = Some(ISSUER.to_owned());
    provider.claims.audiences = vec!["orders".to_owned()];
    provider
}

pub(crate) fn documents() -> Arc<Documents> {
    let documents = Documents::default();
    documents.put(JWK_SET_URL, JWK_SET);
    Arc::new(documents)
}

pub(crate) fn server(providers: Vec<Provider>, documents: &Arc<Documents>) -> ResourceServer {
    let clock = Arc::new(RuntimeClock::new());
    let fetch = Arc::<Documents>::clone(documents);
    ResourceServer::new(providers, &TokenCacheSettings::default(), clock, fetch).unwrap()
}

/// Runs `test` beside the server's own loop, which begins first.
pub(crate) async fn beside(server: &ResourceServer, test: impl Future<Output = ()>) {
    let stop = CancellationToken::new();
    let test = async {
        tokio::task::yield_now().await;
        test.await;
        stop.cancel();
    };
    tokio::join!(server.run(stop.clone()), test);
}

/// A recorded token.
pub(crate) fn token(kind: &str, name: &str) -> String {
    tokens(kind).remove(name).unwrap_or_else(|| panic!("no {kind} token {name}"))
}

/// All recorded tokens that are `good` or `bad`.
pub(crate) fn tokens(kind: &str) -> HashMap<String, String> {
    let text = include_str!("../tokens/tokens.json");
    let mut all: HashMap<String, HashMap<String, String>> = serde_json::from_str(text).unwrap();
    all.remove(kind).unwrap()
}

/// The name of who a token speaks for, or what is said about it.
pub(crate) fn told(result: Result<Arc<Principal>, Rejection>) -> String {
    match result {
        Ok(principal) => principal.name().unwrap_or_default().to_owned(),
        Err(rejection) => rejection.description(),
    }
}

/// A token without a valid signature that names the key `id`.
pub(crate) fn naming(id: &str) -> String {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let header = serde_json::json!({ "alg": "RS256", "kid": id }).to_string();
    format!("{}.{}.{}", part(&header), part("{}"), part("signature"))
}
