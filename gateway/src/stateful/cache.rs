//! Answers kept in memory (RC-1 to RC-7).

mod rules;
mod store;

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};
use parking_lot::Mutex;
use service_kit::clock::Clock;
use tokio::sync::watch;

use super::tally::Tally;
pub(crate) use rules::{CacheSettings, CacheTree, may_answer};
use store::{Entry, Name, Store};

/// Answers of one route, or of all routes that have no cache of their own.
#[derive(Debug)]
pub(crate) struct Cache {
    time_to_live: Duration,
    /// Bytes of one answer.
    body_max: usize,
    /// Whether an answer that a client asked for anew takes the place of the kept one (RC-6).
    updates: bool,
    store: Mutex<Store>,
    /// Requests under way whose answers others wait for (RC-7).
    flights: Mutex<HashMap<Name, watch::Receiver<()>>>,
    hasher: (std::hash::RandomState, std::hash::RandomState),
    clock: Clock,
    /// Whether it is that of all routes without one of their own.
    pub(crate) is_global: bool,
    /// Requests by whether there was an answer.
    pub(crate) hits: Tally,
    pub(crate) misses: Tally,
}

/// What a cache knows about a request.
pub(crate) enum Found {
    /// The answer.
    Answer(Response<Bytes>),
    /// It is asked for already: wait, then look again.
    Wait(watch::Receiver<()>),
    /// Ask, and keep what comes.
    Ask(Flight),
}

/// A request whose answer is to be kept. Whoever waits for it is let go when it is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    cache: Arc<Cache>,
    asked: Asking,
    _others: Option<watch::Sender<()>>,
}

/// What an answer is kept under.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    name: Name,
    headers: HeaderMap,
}

/// An answer that is being kept as it passes.
#[derive(Debug)]
pub(crate) struct Recording {
    flight: Flight,
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Cache {
    pub(crate) fn new(settings: CacheSettings, used: &Arc<AtomicUsize>, clock: Clock) -> Self {
        let bytes_max = settings.bytes_max.min(settings.all_max);
        Self {
            time_to_live: settings.time_to_live,
            body_max: bytes_max,
            updates: settings.updates,
            store: Mutex::new(Store::new(bytes_max, settings.all_max, Arc::clone(used))),
            flights: Mutex::default(),
            hasher: Default::default(),
            clock,
            is_global: false,
            hits: Tally::default(),
            misses: Tally::default(),
        }
    }

    /// What a request is kept under: its target, and who asks (RC-3). Parts of a resource are not
    /// the resource.
    pub(crate) fn asking(
        &self,
        host: &str,
        target: (&str, Option<&str>),
        headers: &HeaderMap,
    ) -> Asking {
        let mut parts: Vec<&[u8]> = vec![host.as_bytes(), target.0.as_bytes()];
        parts.push(target.1.unwrap_or_default().as_bytes());
        for name in [header::AUTHORIZATION, header::COOKIE, header::RANGE] {
            parts.extend(headers.get_all(&name).iter().map(http::HeaderValue::as_bytes));
            parts.push(b"\0");
        }
        Asking { name: self.hash(&parts), headers: headers.clone() }
    }

    /// What is known; `is_forced`: the client wants it anew.
    pub(crate) fn find(self: &Arc<Self>, asking: Asking, is_forced: bool) -> Option<Found> {
        if is_forced {
            let flight = Flight { cache: Arc::clone(self), asked: asking, _others: None };
            return self.updates.then_some(Found::Ask(flight));
        }
        let now = self.clock.monotonic();
        let full = |vary: &[HeaderName]| self.with_vary(&asking, vary);
        if let Some((entry, age)) = self.store.lock().get(asking.name, full, now, self.time_to_live)
        {
            self.hits.add();
            return Some(Found::Answer(answer(&entry, age, self.time_to_live, &asking.headers)));
        }
        let mut flights = self.flights.lock();
        if let Some(other) = flights.get(&asking.name) {
            return Some(Found::Wait(other.clone()));
        }
        self.misses.add();
        let (sender, receiver) = watch::channel(());
        flights.insert(asking.name, receiver);
        drop(flights);
        Some(Found::Ask(Flight { cache: Arc::clone(self), asked: asking, _others: Some(sender) }))
    }

    fn with_vary(&self, asking: &Asking, vary: &[HeaderName]) -> Name {
        let mut parts: Vec<&[u8]> = Vec::new();
        for name in vary {
            parts.push(name.as_str().as_bytes());
            parts.extend(asking.headers.get_all(name).iter().map(http::HeaderValue::as_bytes));
            parts.push(b"\0");
        }
        let (one, other) = self.hash(&parts);
        (asking.name.0 ^ one.rotate_left(1), asking.name.1 ^ other.rotate_left(1))
    }

    fn hash(&self, parts: &[&[u8]]) -> Name {
        (self.hasher.0.hash_one(parts), self.hasher.1.hash_one(parts))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self._others.is_some() {
            self.cache.flights.lock().remove(&self.asked.name);
        }
    }
}

impl Flight {
    /// Begins to keep an answer, if it may be kept; its headers become those that clients see.
    pub(crate) fn record(self, status: StatusCode, headers: &mut HeaderMap) -> Option<Recording> {
        if !rules::may_keep(status, headers) {
            return None;
        }
        for name in [header::PRAGMA, header::EXPIRES] {
            headers.remove(name);
        }
        let kept = headers.clone();
        rules::set_max_age(headers, self.cache.time_to_live);
        Some(Recording { flight: self, status, headers: kept, pieces: Vec::new(), bytes: 0 })
    }
}

impl Recording {
    /// Keeps a piece; false if the answer is too long to be kept.
    pub(crate) fn add(&mut self, piece: &Bytes) -> bool {
        self.bytes = self.bytes.saturating_add(piece.len());
        let fits = self.bytes <= self.flight.cache.body_max;
        if fits {
            self.pieces.push(piece.clone());
        }
        fits
    }

    /// The answer is complete.
    pub(crate) fn finish(self) {
        let Self { flight, status, headers, pieces, .. } = self;
        let body: Bytes = match pieces.as_slice() {
            [] => Bytes::new(),
            [one] => one.clone(),
            many => many.concat().into(),
        };
        let cache = &flight.cache;
        let vary = rules::vary(&headers);
        let name = cache.with_vary(&flight.asked, &vary);
        let stored = cache.clock.monotonic();
        let entry = Entry { status, headers, body, stored };
        cache.store.lock().put(flight.asked.name, vary, name, entry);
    }
}

/// A kept answer as a client gets it (RC-5, RC-7).
fn answer(
    entry: &Entry,
    age: Duration,
    time_to_live: Duration,
    asked: &HeaderMap,
) -> Response<Bytes> {
    let left = time_to_live.saturating_sub(age);
    let mut headers = entry.headers.clone();
    rules::set_max_age(&mut headers, left);
    headers.insert(header::AGE, age.as_secs().into());
    let told = format!("gateway; hit; ttl={}", left.as_secs());
    if let Ok(told) = told.parse() {
        headers.insert(HeaderName::from_static("cache-status"), told);
    }
    let is_known = rules::is_known(asked, &headers);
    let mut response = Response::new(if is_known { Bytes::new() } else { entry.body.clone() });
    *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { entry.status };
    if is_known {
        headers.remove(header::CONTENT_LENGTH);
    }
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests;
