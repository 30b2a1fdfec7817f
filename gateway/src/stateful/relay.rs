//! Tokens that the gateway asks for itself and sends to services (FI-20): the client credentials
//! grant of OAuth 2.
//!
//! A token is kept until shortly before its end. However many requests need one, one of them asks;
//! an authorization server that fails is left alone for a moment.

mod registration;
mod wire;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::{HeaderValue, StatusCode};
use parking_lot::Mutex;
use service_kit::clock::Clock;
use service_kit::security::tokens::{FetchError, HttpFetch, LookupError, endpoint};
use url::Url;

use registration::Place;
pub(crate) use registration::{Registration, Registrations};
use wire::Grant;

/// How long before its end a token is replaced, as in Spring; of short ones half of their time.
const SKEW: Duration = Duration::from_secs(60);
/// How long an authorization server that failed is not asked again.
const REST: Duration = Duration::from_secs(1);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why there is no token. Nothing of it is a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RelayError {
    /// There is no answer.
    #[error("the authorization server cannot be reached")]
    Unreachable,
    /// It knows the gateway not, or not for this.
    #[error("the authorization server refuses the gateway: {0}")]
    Refused(Box<str>),
    /// It has troubles of its own.
    #[error("the authorization server answers {0}")]
    Status(StatusCode),
    /// It answers something else than a token.
    #[error("the authorization server answers no bearer token")]
    Garbage,
    /// Its metadata is of no use.
    #[error("{0}")]
    Metadata(Box<str>),
}

type Asking<'a> = Pin<Box<dyn Future<Output = Result<Grant, RelayError>> + Send + 'a>>;

/// Grants tokens.
trait Grants: fmt::Debug + Send + Sync {
    fn ask<'a>(&'a self, registration: &'a Registration) -> Asking<'a>;
}

/// The gateway as a client of an authorization server.
#[derive(Debug)]
pub(crate) struct TokenClient {
    pub(crate) registration: Registration,
    grants: Box<dyn Grants>,
    clock: Clock,
    kept: ArcSwapOption<Kept>,
    /// Held by the one who asks: why it failed last, and until when nobody tries again.
    flight: tokio::sync::Mutex<Option<(Duration, RelayError)>>,
}

#[derive(Debug)]
struct Kept {
    header: HeaderValue,
    /// On the steady clock.
    renewed_from: Duration,
    ends_at: Duration,
}

impl TokenClient {
    pub(crate) fn new(registration: Registration, fetch: HttpFetch, clock: Clock) -> Self {
        Self::with(registration, Box::new(Server { fetch, found: Mutex::default() }), clock)
    }

    fn with(registration: Registration, grants: Box<dyn Grants>, clock: Clock) -> Self {
        let kept = ArcSwapOption::empty();
        Self { registration, grants, clock, kept, flight: tokio::sync::Mutex::default() }
    }

    /// The value of `Authorization` for a service.
    ///
    /// # Errors
    /// There is no token, and none to be had now.
    pub(crate) async fn token(&self) -> Result<HeaderValue, RelayError> {
        if let Some(header) = self.kept(|kept| kept.renewed_from) {
            return Ok(header);
        }
        // While the old one is good nobody waits for the new one but the one who asks for it.
        let usable = self.kept(|kept| kept.ends_at);
        let mut flight = match (usable, self.flight.try_lock()) {
            (_, Ok(flight)) => flight,
            (Some(header), Err(_)) => return Ok(header),
            (None, Err(_)) => self.flight.lock().await,
        };
        if let Some(header) = self.kept(|kept| kept.renewed_from) {
            return Ok(header);
        }
        let now = self.clock.monotonic();
        let resting = flight.as_ref().filter(|(until, _)| now < *until);
        let error = match resting {
            Some((_, error)) => error.clone(),
            None => match self.grants.ask(&self.registration).await {
                Ok(grant) => {
                    *flight = None;
                    return Ok(self.keep(grant, now));
                }
                Err(error) => {
                    let registration = &*self.registration.name;
                    tracing::warn!(registration, %error, "no token for a service");
                    let until = self.clock.monotonic().saturating_add(REST);
                    *flight = Some((until, error.clone()));
                    error
                }
            },
        };
        self.kept(|kept| kept.ends_at).ok_or(error)
    }

    /// What is kept, if the time that `until` names has not come.
    fn kept(&self, until: impl Fn(&Kept) -> Duration) -> Option<HeaderValue> {
        let kept = self.kept.load();
        let kept = kept.as_ref().filter(|kept| self.clock.monotonic() < until(kept));
        kept.map(|kept| kept.header.clone())
    }

    /// `asked` is when it was asked for: it cannot be older.
    fn keep(&self, grant: Grant, asked: Duration) -> HeaderValue {
        let Grant { header, lifetime } = grant;
        let ends_at = asked.saturating_add(lifetime);
        let renewed_from = ends_at.saturating_sub(SKEW.min(lifetime / 2));
        let kept = Kept { header: header.clone(), renewed_from, ends_at };
        self.kept.store(Some(Arc::new(kept)));
        header
    }
}

/// An authorization server on the network.
#[derive(Debug)]
struct Server {
    fetch: HttpFetch,
    /// Where its metadata says that tokens are asked for.
    found: Mutex<Option<Url>>,
}

impl Server {
    async fn endpoint(&self, registration: &Registration) -> Result<Url, RelayError> {
        let issuer = match &registration.place {
            Place::Url(url) => return Ok(url.clone()),
            Place::Issuer(issuer) => issuer,
        };
        if let Some(url) = self.found.lock().clone() {
            return Ok(url);
        }
        match endpoint(issuer, "token_endpoint", &self.fetch).await {
            Ok(url) => {
                *self.found.lock() = Some(url.clone());
                Ok(url)
            }
            Err(LookupError::Fetch(error)) => Err(unfetched(&error)),
            Err(LookupError::Metadata(error)) => {
                Err(RelayError::Metadata(error.to_string().into()))
            }
        }
    }
}

impl Grants for Server {
    fn ask<'a>(&'a self, registration: &'a Registration) -> Asking<'a> {
        Box::pin(async move {
            let url = self.endpoint(registration).await?;
            let form = wire::form(registration);
            match self.fetch.post(&url, &form, ANSWER_BYTES_MAX).await {
                Ok((status, body)) => wire::granted(status, &body),
                Err(error) => {
                    // It may have moved.
                    *self.found.lock() = None;
                    Err(unfetched(&error))
                }
            }
        })
    }
}

const fn unfetched(error: &FetchError) -> RelayError {
    match error {
        FetchError::Failed(_) => RelayError::Unreachable,
        FetchError::Status(status) => RelayError::Status(*status),
        FetchError::TooLarge => RelayError::Garbage,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::sync::Semaphore;

    use super::*;

    /// Grants `t1`, `t2`, … as it is let to, or fails.
    #[derive(Debug)]
    struct Fake {
        asked: Arc<AtomicUsize>,
        lifetime_s: u64,
        gate: Arc<Semaphore>,
        fails: Arc<Mutex<Option<RelayError>>>,
    }

    impl Grants for Fake {
        fn ask<'a>(&'a self, _: &'a Registration) -> Asking<'a> {
            Box::pin(async move {
                let number = self.asked.fetch_add(1, Relaxed) + 1;
                self.gate.acquire().await.unwrap().forget();
                if let Some(error) = self.fails.lock().clone() {
                    return Err(error);
                }
                let header = HeaderValue::try_from(format!("Bearer t{number}")).unwrap();
                Ok(Grant { header, lifetime: Duration::from_secs(self.lifetime_s) })
            })
        }
    }

    struct Rig {
        client: Arc<TokenClient>,
        clock: Clock,
        asked: Arc<AtomicUsize>,
        gate: Arc<Semaphore>,
        fails: Arc<Mutex<Option<RelayError>>>,
    }

    fn rig(lifetime_s: u64) -> Rig {
        let all = registration::tests::read(&[
            ("registration.m.client-id", "g"),
            ("registration.m.client-secret", "s"),
            ("registration.m.authorization-grant-type", "client_credentials"),
            ("provider.m.token-uri", "https://i.x/t"),
        ]);
        let (clock, gate) = (Clock::manual(0), Arc::new(Semaphore::new(1_000)));
        let (asked, fails) = (Arc::default(), Arc::default());
        let fake = Fake {
            asked: Arc::clone(&asked),
            lifetime_s,
            gate: Arc::clone(&gate),
            fails: Arc::clone(&fails),
        };
        let found = all.unwrap().find("m").unwrap();
        let client = Arc::new(TokenClient::with(found, Box::new(fake), clock.clone()));
        Rig { client, clock, asked, gate, fails }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_a_minute_before_its_end() {
        let rig = rig(300);
        for (after, wanted) in [(0, "t1"), (239, "t1"), (1, "t2"), (239, "t2"), (1, "t3")] {
            rig.clock.advance(Duration::from_secs(after));
            assert_eq!(rig.client.token().await.unwrap(), format!("Bearer {wanted}"));
        }
        assert_eq!(rig.asked.load(Relaxed), 3);
    }

    #[tokio::test]
    async fn a_short_one_is_kept_for_half_of_its_time() {
        let rig = rig(20);
        for (after, wanted) in [(0, "t1"), (9, "t1"), (1, "t2")] {
            rig.clock.advance(Duration::from_secs(after));
            assert_eq!(rig.client.token().await.unwrap(), format!("Bearer {wanted}"));
        }
    }

    #[tokio::test]
    async fn of_many_requests_one_asks() {
        let rig = rig(300);
        rig.gate.forget_permits(1_000);
        let all: Vec<_> = (0..50)
            .map(|_| {
                let client = Arc::clone(&rig.client);
                tokio::spawn(async move { client.token().await })
            })
            .collect();
        while rig.asked.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        rig.gate.add_permits(1);
        for one in all {
            assert_eq!(one.await.unwrap().unwrap(), "Bearer t1");
        }
        assert_eq!(rig.asked.load(Relaxed), 1);
    }

    #[tokio::test]
    async fn one_that_fails_is_left_alone_for_a_second_and_an_old_token_helps_out() {
        let rig = rig(300);
        *rig.fails.lock() = Some(RelayError::Unreachable);
        for _ in 0..3 {
            assert_eq!(rig.client.token().await, Err(RelayError::Unreachable));
        }
        assert_eq!(rig.asked.load(Relaxed), 1);
        rig.clock.advance(REST);
        *rig.fails.lock() = None;
        assert_eq!(rig.client.token().await.unwrap(), "Bearer t2");
        // Within its last minute a new one cannot be had.
        *rig.fails.lock() = Some(RelayError::Unreachable);
        rig.clock.advance(Duration::from_secs(250));
        assert_eq!(rig.client.token().await.unwrap(), "Bearer t2");
        rig.clock.advance(Duration::from_secs(50));
        assert_eq!(rig.client.token().await, Err(RelayError::Unreachable));
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_leaves_the_asking_to_another() {
        let rig = rig(300);
        rig.gate.forget_permits(1_000);
        let client = Arc::clone(&rig.client);
        let first = tokio::spawn(async move { client.token().await });
        while rig.asked.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        first.abort();
        let _ = first.await;
        rig.gate.add_permits(1);
        assert_eq!(rig.client.token().await.unwrap(), "Bearer t2");
    }
}
