//! Answers within a number of bytes: the one that was not asked for the longest goes first. Told
//! the time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};

/// Two hashes of everything that a request is told apart by.
pub(super) type Name = (u64, u64);

/// Bytes that an answer takes besides its body and headers.
const ENTRY_BYTES: usize = 512;

/// A kept answer.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) stored: Duration,
}

#[derive(Debug)]
struct Kept {
    entry: Entry,
    /// Name of its target, under which is known what it depends on.
    target: Name,
    used: u64,
}

/// Answers.
#[derive(Debug)]
pub(super) struct Store {
    kept: HashMap<Name, Kept>,
    /// What the answers of a target depend on, and how many there are.
    varies: HashMap<Name, (Vec<HeaderName>, usize)>,
    /// Names by when they were used.
    order: BTreeMap<u64, Name>,
    uses: u64,
    bytes: usize,
    bytes_max: usize,
    all: Arc<AtomicUsize>,
    all_max: usize,
}

impl Entry {
    fn bytes(&self) -> usize {
        let header = |(name, value): (&HeaderName, &http::HeaderValue)| {
            name.as_str().len().saturating_add(value.len())
        };
        let headers: usize = self.headers.iter().map(header).sum();
        self.body.len().saturating_add(headers).saturating_add(ENTRY_BYTES)
    }
}

impl Store {
    pub(super) fn new(bytes_max: usize, all_max: usize, all: Arc<AtomicUsize>) -> Self {
        Self {
            kept: HashMap::new(),
            varies: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            bytes: 0,
            bytes_max,
            all,
            all_max,
        }
    }

    /// The answer for a target, whose full name follows from what it depends on, and its age.
    pub(super) fn get(
        &mut self,
        target: Name,
        full: impl Fn(&[HeaderName]) -> Name,
        now: Duration,
        time_to_live: Duration,
    ) -> Option<(Entry, Duration)> {
        let name = full(&self.varies.get(&target)?.0);
        let kept = self.kept.get_mut(&name)?;
        let age = now.saturating_sub(kept.entry.stored);
        if age >= time_to_live {
            self.remove(name);
            return None;
        }
        self.order.remove(&kept.used);
        self.uses = self.uses.wrapping_add(1);
        kept.used = self.uses;
        self.order.insert(self.uses, name);
        Some((kept.entry.clone(), age))
    }

    /// Keeps an answer.
    pub(super) fn put(&mut self, target: Name, vary: Vec<HeaderName>, name: Name, entry: Entry) {
        self.remove(name);
        let bytes = entry.bytes();
        while self.bytes.saturating_add(bytes) > self.bytes_max
            || self.all.load(Relaxed).saturating_add(bytes) > self.all_max
        {
            let Some(oldest) = self.order.first_key_value().map(|(_, name)| *name) else { return };
            self.remove(oldest);
        }
        // Answers that depend on something else cannot be found any more: they grow old and go.
        let known = self.varies.entry(target).or_insert_with(|| (Vec::new(), 0));
        known.0 = vary;
        known.1 = known.1.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.all.fetch_add(bytes, Relaxed);
        self.uses = self.uses.wrapping_add(1);
        self.order.insert(self.uses, name);
        self.kept.insert(name, Kept { entry, target, used: self.uses });
    }

    fn remove(&mut self, name: Name) {
        let Some(Kept { entry, target, used }) = self.kept.remove(&name) else { return };
        self.order.remove(&used);
        let bytes = entry.bytes();
        self.bytes = self.bytes.saturating_sub(bytes);
        self.all.fetch_sub(bytes, Relaxed);
        if let Some(known) = self.varies.get_mut(&target) {
            known.1 = known.1.saturating_sub(1);
            if known.1 == 0 {
                self.varies.remove(&target);
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Relaxed);
    }
}
