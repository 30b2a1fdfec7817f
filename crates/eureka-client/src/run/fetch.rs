//! Keeping the copy of the registry fresh (CL-10 to CL-13).

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eureka_wire::{Applications, DecodeError};
use http::StatusCode;
use tokio::time::{sleep, timeout};

use super::unless_stopped;
use crate::backoff::Backoff;
use crate::cache::Applied;
use crate::client::Inner;
use crate::disk;
use crate::freshness::{Freshness, Source};
use crate::transport::{Answer, Ask};
use crate::{Server, ServerError};

/// Pause after the first failed fetch while nothing is known; it doubles up to the interval.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// Larger answers are read on a thread of their own, so that nothing else waits for that.
const INLINE_BYTES_MAX: usize = 128 * 1024;
/// A kept registry is written again after so many fetches even if nothing changed, so that its
/// age tells when it was last known to be true.
const REWRITE_AFTER: u32 = 10;

/// Fetches at once and then again and again.
pub(super) async fn run(inner: &Inner) {
    if !inner.settings.mode.fetches() {
        return;
    }
    let interval = inner.settings.fetch_interval;
    let mut delays = Delays::new(interval, inner.settings.fetch_backoff_bound);
    let mut keeper = Keeper::default();
    loop {
        let fetched = timeout(interval, once(inner));
        let Some(outcome) = unless_stopped(inner, fetched).await else { return };
        let known = inner.freshness.lock().source() == Source::Server;
        let delay = match outcome {
            Ok(Ok(applied)) => {
                keeper.keep(inner, &applied).await;
                delays.succeeded()
            }
            Ok(Err(error)) => {
                let cause = error.source().map(tracing::field::display);
                tracing::warn!(%error, cause, "the registry was not fetched");
                delays.failed(known)
            }
            Err(_) => {
                tracing::warn!(?interval, "fetching the registry takes longer than its interval");
                delays.ran_out()
            }
        };
        if unless_stopped(inner, sleep(delay)).await.is_none() {
            return;
        }
    }
}

/// How long to wait after a fetch.
struct Delays {
    regular: Backoff,
    first: Backoff,
}

impl Delays {
    fn new(interval: Duration, bound: u32) -> Self {
        Self {
            regular: Backoff::new(interval, bound),
            first: Backoff::up_to(FIRST_RETRY, interval),
        }
    }

    const fn succeeded(&mut self) -> Duration {
        self.regular.reset();
        self.first.reset();
        self.regular.delay()
    }

    /// A server that refuses at once is not slow: the interval stays. While nothing is known the
    /// wait is shorter.
    fn failed(&mut self, known: bool) -> Duration {
        self.regular.reset();
        if known {
            return self.regular.delay();
        }
        let delay = self.first.delay();
        self.first.grow();
        delay
    }

    fn ran_out(&mut self) -> Duration {
        self.regular.grow();
        self.regular.delay()
    }
}

/// One fetch: what is needed, and a full one after it if the delta does not fit.
pub(super) async fn once(inner: &Inner) -> Result<Applied, ServerError> {
    let settings = &inner.settings;
    let needs_full = inner.cache.lock().needs_full();
    let ask = match &settings.single_vip {
        Some(vip) => Ask::Vip(vip.clone()),
        None if settings.disable_delta || needs_full => Ask::Full,
        None => Ask::Delta,
    };
    if !matches!(ask, Ask::Delta) {
        return replace(inner, &ask).await;
    }
    let (server, answer) = inner.querying.ask(&ask).await?;
    if answer.status != StatusCode::OK || answer.body.is_empty() {
        return replace(inner, &Ask::Full).await;
    }
    let delta = decode(inner, &server, answer).await?;
    let (applied, agrees) = inner.cache.lock().apply(delta);
    show(inner, &applied);
    match agrees {
        Ok(()) if !settings.log_delta_diff => return Ok(applied),
        Ok(()) => {}
        Err(mismatch) => {
            tracing::info!(ours = mismatch.ours, theirs = %mismatch.theirs, "the delta does not fit");
        }
    }
    let full = replace(inner, &Ask::Full).await?;
    if settings.log_delta_diff && full == Applied::Changed {
        tracing::warn!(%server, "the full registry differs from what deltas made of it");
    }
    Ok(if applied == Applied::Changed { applied } else { full })
}

async fn replace(inner: &Inner, ask: &Ask) -> Result<Applied, ServerError> {
    let (server, answer) = inner.querying.ask(ask).await?;
    if answer.status != StatusCode::OK {
        let status = answer.status;
        return Err(ServerError::Unexpected { server: server.to_string(), status });
    }
    let list = decode(inner, &server, answer).await?;
    let applied = inner.cache.lock().replace(list);
    show(inner, &applied);
    Ok(applied)
}

async fn decode(
    inner: &Inner,
    server: &Server,
    answer: Answer,
) -> Result<Applications, ServerError> {
    let now = inner.wall_ms();
    let read = move |body: &Bytes| eureka_wire::json::decode_applications(body, now);
    let decoded = if answer.body.len() <= INLINE_BYTES_MAX {
        read(&answer.body)
    } else {
        let reading = tokio::task::spawn_blocking(move || read(&answer.body)).await;
        reading.unwrap_or_else(|_| Err(DecodeError::body("reading it was cut short")))
    };
    decoded.map_err(|source| ServerError::Undecodable { server: server.to_string(), source })
}

/// Shows callers what is known now.
fn show(inner: &Inner, applied: &Applied) {
    if *applied == Applied::Changed {
        inner.directory.publish(inner.cache.lock().registry());
    }
    *inner.freshness.lock() = Freshness::fetched(inner.directory.clock.monotonic_ms());
    inner.note(|progress| progress.is_fetched = true);
}

/// Writes the registry to disk when it changed, and from time to time.
#[derive(Debug, Default)]
struct Keeper {
    unwritten: Option<u32>,
}

impl Keeper {
    async fn keep(&mut self, inner: &Inner, applied: &Applied) {
        let Some(path) = &inner.settings.snapshot_file else { return };
        let waited = self.unwritten.map_or(REWRITE_AFTER, |count| count.saturating_add(1));
        if *applied == Applied::Unchanged && waited < REWRITE_AFTER {
            self.unwritten = Some(waited);
            return;
        }
        let (list, now) = (inner.cache.lock().to_list(), inner.wall_ms());
        let target = Arc::from(path.as_path());
        let writing = tokio::task::spawn_blocking(move || disk::write(&target, &list, now));
        // On failure the next fetch tries again.
        match writing.await {
            Ok(Ok(())) => self.unwritten = Some(0),
            Ok(Err(error)) => {
                tracing::warn!(path = %path.display(), %error, "the registry is not kept");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_running_out_of_time_stretches_the_interval() {
        let mut delays = Delays::new(Duration::from_secs(30), 10);
        let seconds = |delay: Duration| delay.as_secs();

        assert_eq!(seconds(delays.failed(true)), 30);
        assert_eq!(seconds(delays.ran_out()), 60);
        assert_eq!(seconds(delays.ran_out()), 120);
        assert_eq!(seconds(delays.failed(true)), 30);
        assert_eq!(seconds(delays.ran_out()), 60);
        assert_eq!(seconds(delays.succeeded()), 30);
    }

    #[test]
    fn while_nothing_is_known_the_wait_is_short_and_grows() {
        let mut delays = Delays::new(Duration::from_secs(30), 10);
        let waits: Vec<_> = (0..7).map(|_| delays.failed(false).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }
}
