//! The fetched keys of one provider: what is held, and the loop that keeps it fresh.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::fetch::{Fetch, FetchError};
use crate::key_set::{JWK_SET_BYTES_MAX, KeySet, KeySetError};
use crate::metadata::{LookupError, endpoint};
use crate::provider::Issuer;
use crate::schedule::{Hope, Schedule};

/// Longest time that all requests of one fetch take together.
const FETCH_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time that a request waits for keys.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Metadata(#[from] LookupError),
    #[error(transparent)]
    Set(#[from] KeySetError),
    #[error("it took too long")]
    TimeOut,
}

/// Where keys are fetched from.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Metadata(Issuer),
    JwkSet(Url),
}

#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) keys: KeySet,
    /// When they were asked for, on the steady clock.
    fetched: Duration,
}

/// The keys of one provider. Reading them waits for nobody.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    place: Place,
    loaded: ArcSwapOption<Loaded>,
    schedule: Mutex<Schedule>,
    wake: Notify,
    /// How many fetches have ended.
    ended: watch::Sender<u64>,
}

impl Source {
    pub(crate) fn new(name: String, place: Place) -> Self {
        Self {
            name,
            place,
            loaded: ArcSwapOption::empty(),
            schedule: Mutex::default(),
            wake: Notify::new(),
            ended: watch::Sender::new(0),
        }
    }

    /// The keys, unless they are too old.
    pub(crate) fn keys(&self, now: Duration) -> Option<Guard<Option<Arc<Loaded>>>> {
        let loaded = self.loaded.load();
        let is_usable = |one: &Arc<Loaded>| Schedule::is_usable(one.fetched, now);
        loaded.as_ref().is_some_and(is_usable).then_some(loaded)
    }

    /// Asks for newer keys.
    pub(crate) fn want(&self, now: Duration) -> Hope {
        let hope = self.schedule.lock().want(now);
        if hope != Hope::None {
            self.wake.notify_one();
        }
        hope
    }

    /// Waits until more than `ended` fetches have ended, for a bounded time.
    pub(crate) async fn wait(&self, ended: u64) {
        let mut receiver = self.ended.subscribe();
        // Neither a time-out nor an end of the source changes what is done next: look again.
        let _ = timeout(WAIT_MAX, receiver.wait_for(|now| *now > ended)).await;
    }

    /// Fetches when it is time to, until `stop`. `changed` is told of every new set of keys.
    pub(crate) async fn keep(
        &self,
        clock: &dyn Clock,
        fetch: &dyn Fetch,
        changed: impl Fn() + Send + Sync,
        stop: &CancellationToken,
    ) {
        loop {
            let now = clock.monotonic();
            let begun = self.schedule.lock().begin(now);
            if begun {
                let fetched = tokio::select! {
                    fetched = timeout(FETCH_TIMEOUT, self.fetch(fetch)) => fetched,
                    () = stop.cancelled() => return,
                };
                self.take(fetched.unwrap_or(Err(KeysError::TimeOut)), now, &changed);
                continue;
            }
            let pause = self.schedule.lock().due().saturating_sub(now);
            tokio::select! {
                () = sleep(pause) => {}
                () = self.wake.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    fn take(&self, fetched: Result<KeySet, KeysError>, at: Duration, changed: &impl Fn()) {
        let succeeded = match fetched {
            Ok(keys) => {
                let is_new = self.loaded.load().as_ref().is_none_or(|old| old.keys != keys);
                let count = keys.keys().len();
                self.loaded.store(Some(Arc::new(Loaded { keys, fetched: at })));
                if is_new {
                    changed();
                    tracing::info!(provider = self.name, keys = count, "new keys for tokens");
                }
                true
            }
            Err(error) => {
                let source = error.source().map(ToString::to_string);
                let has_keys = self.loaded.load().is_some();
                tracing::warn!(
                    provider = self.name, %error, source, has_keys, "keys for tokens not fetched"
                );
                false
            }
        };
        let ended = self.schedule.lock().end(succeeded);
        self.ended.send_replace(ended);
    }

    async fn fetch(&self, fetch: &dyn Fetch) -> Result<KeySet, KeysError> {
        let url = match &self.place {
            Place::JwkSet(url) => url.clone(),
            Place::Metadata(issuer) => endpoint(issuer, "jwks_uri", fetch).await?,
        };
        let text = fetch.get(&url, JWK_SET_BYTES_MAX).await?;
        let (keys, unusable) = KeySet::from_json(&text)?;
        for (position, reason) in unusable {
            tracing::debug!(provider = self.name, position, %reason, "a key is left out");
        }
        Ok(keys)
    }
}
