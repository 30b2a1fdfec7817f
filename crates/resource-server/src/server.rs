//! The resource server: a token goes in, who it speaks for comes out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Release};

use futures_util::future::join_all;
use http::HeaderMap;
use tokio_util::sync::CancellationToken;

use crate::bearer::bearer_token;
use crate::cache::{TokenCache, TokenCacheSettings, fingerprint};
use crate::claims::{issuer_in, seconds};
use crate::clock::Clock;
use crate::fetch::Fetch;
use crate::jws::Jws;
use crate::key_set::{KeySet, Signed};
use crate::principal::{Principal, name_in};
use crate::provider::{BuildError, KeySource, Provider, check};
use crate::rejection::{InvalidToken, Rejection};
use crate::schedule::Hope;
use crate::source::{Place, Source};

/// Checks tokens of the providers it trusts. Clones are the same one and share keys and cache.
#[derive(Clone, Debug)]
pub struct ResourceServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    trusted: Vec<Trusted>,
    cache: TokenCache,
    /// Raised with every new set of keys, so that no token outlives the key it was signed with.
    epoch: AtomicU64,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
}

#[derive(Debug)]
struct Trusted {
    provider: Provider,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Fixed(KeySet),
    Fetched(Box<Source>),
}

/// How far a token came without waiting.
#[derive(Debug)]
#[must_use]
pub enum Verification {
    /// It is decided.
    Done(Result<Arc<Principal>, Rejection>),
    /// Keys are being fetched: wait for them, then ask again.
    Waiting(KeyWait),
}

/// A token that waits for keys.
#[derive(Debug)]
pub struct KeyWait {
    server: ResourceServer,
    trusted: usize,
    ended: u64,
    otherwise: Rejection,
}

impl KeyWait {
    /// Waits until the keys were fetched, or failed to be, or it took 5 s. May be dropped at any
    /// time. Returns what the token comes to if it would have to wait again.
    pub async fn ready(self) -> Rejection {
        if let Some(Trusted { keys: Keys::Fetched(source), .. }) =
            self.server.0.trusted.get(self.trusted)
        {
            source.wait(self.ended).await;
        }
        self.otherwise
    }
}

impl ResourceServer {
    /// A server that trusts `providers`. With several, the `iss` of a token decides which of them
    /// it is checked by (JW-23). Keys are fetched by [`ResourceServer::run`].
    ///
    /// # Errors
    /// The providers cannot work, or not together.
    pub fn new(
        providers: Vec<Provider>,
        cache: &TokenCacheSettings,
        clock: Arc<dyn Clock>,
        fetch: Arc<dyn Fetch>,
    ) -> Result<Self, BuildError> {
        check(&providers)?;
        let trusted = providers.into_iter().map(|provider| {
            let fetched =
                |place| Keys::Fetched(Box::new(Source::new(provider.name.clone(), place)));
            let keys = match &provider.keys {
                KeySource::Fixed(keys) => Keys::Fixed(keys.clone()),
                KeySource::JwkSet(url) => fetched(Place::JwkSet(url.clone())),
                KeySource::Issuer(issuer) => fetched(Place::Metadata(issuer.clone())),
            };
            Trusted { provider, keys }
        });
        let trusted = trusted.collect();
        let (cache, epoch) = (TokenCache::new(cache), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { trusted, cache, epoch, clock, fetch })))
    }

    /// Fetches keys at once and keeps them fresh until `stop`. A task of the process: without it
    /// nothing but fixed keys can be used.
    pub async fn run(&self, stop: CancellationToken) {
        let inner = &*self.0;
        let changed = || {
            inner.epoch.fetch_add(1, Release);
        };
        let sources = inner.trusted.iter().filter_map(|trusted| match &trusted.keys {
            Keys::Fetched(source) => Some(source.as_ref()),
            Keys::Fixed(_) => None,
        });
        join_all(sources.map(|source| source.keep(&*inner.clock, &*inner.fetch, changed, &stop)))
            .await;
        stop.cancelled().await;
    }

    /// Who a request with these headers is from; `None` if it has no bearer token. A token that is
    /// there must be valid, whatever the request is for (JA-10). `certificate` is that of the
    /// client in DER, if it showed one.
    ///
    /// # Errors
    /// The token is not valid, or cannot be checked now.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        certificate: Option<&[u8]>,
    ) -> Result<Option<Arc<Principal>>, Rejection> {
        let Some(token) = bearer_token(headers)? else { return Ok(None) };
        self.verify(token, certificate).await.map(Some)
    }

    /// Checks a token, waiting for keys if need be. It waits once, and for a bounded time.
    ///
    /// # Errors
    /// As [`ResourceServer::authenticate`].
    pub async fn verify(
        &self,
        token: &str,
        certificate: Option<&[u8]>,
    ) -> Result<Arc<Principal>, Rejection> {
        let wait = match self.begin(token, certificate) {
            Verification::Done(result) => return result,
            Verification::Waiting(wait) => wait,
        };
        let otherwise = wait.ready().await;
        match self.begin(token, certificate) {
            Verification::Done(result) => result,
            Verification::Waiting(_) => Err(otherwise),
        }
    }

    /// Checks a token without ever waiting; hardly any needs more. See [`Verification`].
    pub fn begin(&self, token: &str, certificate: Option<&[u8]>) -> Verification {
        match self.0.check(token) {
            Ok(principal) => Verification::Done(match principal.check_certificate(certificate) {
                Ok(()) => Ok(principal),
                Err(error) => Err(error.into()),
            }),
            Err(Stop::Refused(rejection)) => Verification::Done(Err(rejection)),
            Err(Stop::Keys { trusted, ended, otherwise }) => {
                Verification::Waiting(KeyWait { server: self.clone(), trusted, ended, otherwise })
            }
        }
    }
}

/// Why a token is not accepted yet.
enum Stop {
    Refused(Rejection),
    Keys { trusted: usize, ended: u64, otherwise: Rejection },
}

impl From<InvalidToken> for Stop {
    fn from(error: InvalidToken) -> Self {
        Self::Refused(error.into())
    }
}

impl Inner {
    fn check(&self, token: &str) -> Result<Arc<Principal>, Stop> {
        let now_ms = self.clock.wall_ms();
        // Read before the keys are: a set that changes meanwhile is not taken for this one.
        let epoch = self.epoch.load(Acquire);
        let fingerprint = fingerprint(token);
        if let Some(known) = self.cache.get(&fingerprint, epoch, now_ms) {
            return Ok(known);
        }
        let jws = Jws::parse(token)?;
        let (index, trusted) = self.trusted_for(&jws)?;
        let provider = &trusted.provider;
        if !provider.algorithms.contains(jws.header.algorithm) {
            return Err(InvalidToken::Algorithm(jws.header.algorithm.name()).into());
        }
        self.check_signature(&jws, index, trusted)?;
        provider.claims.check(&jws.header, &jws.claims, now_ms)?;
        let ends_s = seconds(&jws.claims, "exp")?;
        let principal = Arc::new(Principal {
            name: name_in(&jws.claims, &provider.principal_claim),
            authorities: provider.authorities.of(&jws.claims),
            claims: jws.claims,
        });
        self.cache.insert(fingerprint, &principal, epoch, now_ms, ends_s);
        Ok(principal)
    }

    /// By whom the token is to be checked. What it says of itself is only believed afterwards.
    fn trusted_for(&self, jws: &Jws<'_>) -> Result<(usize, &Trusted), InvalidToken> {
        let mut all = self.trusted.iter().enumerate();
        if self.trusted.len() == 1 {
            return all.next().ok_or(InvalidToken::UnknownIssuer);
        }
        let issuer = issuer_in(&jws.claims).ok_or(InvalidToken::NoIssuer)?;
        all.find(|(_, trusted)| trusted.provider.claims.issuer.as_deref() == Some(issuer))
            .ok_or(InvalidToken::UnknownIssuer)
    }

    fn check_signature(&self, jws: &Jws<'_>, index: usize, trusted: &Trusted) -> Result<(), Stop> {
        let verify =
            |keys: &KeySet| keys.verify(&jws.header, jws.signed.as_bytes(), &jws.signature);
        let (source, otherwise) = match &trusted.keys {
            Keys::Fixed(keys) => match verify(keys) {
                Signed::Yes => return Ok(()),
                Signed::No | Signed::UnknownKey => return Err(InvalidToken::Signature.into()),
            },
            Keys::Fetched(source) => {
                let now = self.clock.monotonic();
                let loaded = source.keys(now);
                match loaded.as_ref().and_then(|loaded| loaded.as_ref()) {
                    None => (source, Rejection::KeysUnavailable),
                    Some(loaded) => match verify(&loaded.keys) {
                        Signed::Yes => return Ok(()),
                        Signed::No => return Err(InvalidToken::Signature.into()),
                        Signed::UnknownKey => (source, InvalidToken::Signature.into()),
                    },
                }
            }
        };
        match source.want(self.clock.monotonic()) {
            Hope::Soon(ended) => Err(Stop::Keys { trusted: index, ended, otherwise }),
            Hope::None => Err(Stop::Refused(otherwise)),
        }
    }
}
