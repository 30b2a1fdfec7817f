//! Who asks for a list gets the version of that moment, made at most once.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use eureka_registry::{Change, Feed, Registry};
use eureka_wire::{ActionType, Detail, Format, Layout};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::document::{Body, Document, Edits};

/// Changes that are encoded on the spot; more go to a thread of their own, so that renewals on
/// the same worker never wait behind them.
const INLINE_MAX: usize = 48;

/// Bytes of a body that is kept in one piece; the pieces of larger ones are few enough.
const WHOLE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every instance.
    Full,
    /// What changed within the retention time.
    Delta,
}

/// All lists that can be asked for: two kinds in four layouts, each plain and compressed.
#[derive(Debug)]
pub struct Lists {
    registry: Arc<Registry>,
    views: [View; 8],
    /// `versions__delta`: how many deltas were made (DL-3).
    deltas: Arc<AtomicI64>,
}

impl Lists {
    /// Lists of `registry`, none of them made yet.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        let views = std::array::from_fn(|index| {
            let kind = if index < 4 { Kind::Full } else { Kind::Delta };
            let format = if index & 2 == 0 { Format::Json } else { Format::Xml };
            let detail = if index & 1 == 0 { Detail::Full } else { Detail::Compact };
            View::new(kind, Layout { format, detail })
        });
        Self { registry, views, deltas: Arc::new(AtomicI64::new(0)) }
    }

    /// The list as it is now: every change acknowledged before the call is in it.
    pub async fn get(&self, kind: Kind, layout: Layout, gzip: bool) -> Body {
        let index = usize::from(kind == Kind::Delta) * 4
            + usize::from(layout.format == Format::Xml) * 2
            + usize::from(layout.detail == Detail::Compact);
        match self.views.get(index) {
            Some(view) => view.get(&self.registry, &self.deltas, gzip).await,
            None => Body::default(),
        }
    }

    /// Forgets lists that nobody asked for since the call before. Lists in use are made anew from
    /// time to time, so that the lease times in them do not stay those of the last change.
    pub async fn tidy(&self, renew: bool) {
        for view in &self.views {
            view.tidy(&self.registry, &self.deltas, renew).await;
        }
    }
}

#[derive(Debug)]
struct View {
    kind: Kind,
    layout: Layout,
    state: Arc<Mutex<Option<State>>>,
    plain: ArcSwapOption<Version>,
    gzip: ArcSwapOption<Version>,
    asked: AtomicU64,
}

/// A finished body and the registry's version it shows.
#[derive(Debug)]
struct Version {
    of: u64,
    body: Body,
    /// The same in one piece, made when somebody asks again: a version that stays is cheaper to
    /// send so, one that is replaced at once is not worth the copy.
    whole: OnceLock<Body>,
}

impl Version {
    const fn new(of: u64, body: Body) -> Self {
        Self { of, body, whole: OnceLock::new() }
    }

    fn again(&self) -> Body {
        if self.body.length > WHOLE_BYTES_MAX {
            return self.body.clone();
        }
        self.whole.get_or_init(|| self.body.joined()).clone()
    }
}

impl View {
    fn new(kind: Kind, layout: Layout) -> Self {
        Self {
            kind,
            layout,
            state: Arc::default(),
            plain: ArcSwapOption::empty(),
            gzip: ArcSwapOption::empty(),
            asked: AtomicU64::new(0),
        }
    }

    const fn finished(&self, gzip: bool) -> &ArcSwapOption<Version> {
        if gzip { &self.gzip } else { &self.plain }
    }

    async fn get(&self, registry: &Arc<Registry>, deltas: &Arc<AtomicI64>, gzip: bool) -> Body {
        self.asked.fetch_add(1, Relaxed);
        let wanted = registry.version();
        if let Some(body) = self.current(wanted, gzip) {
            return body;
        }
        let state = Arc::clone(&self.state).lock_owned().await;
        // Whoever held the lock may have made what is wanted.
        if let Some(body) = self.current(wanted, gzip) {
            return body;
        }
        let made = self.make(state, registry, deltas, gzip).await;
        let body = made.body.clone();
        self.finished(gzip).store(Some(Arc::new(made)));
        body
    }

    fn current(&self, wanted: u64, gzip: bool) -> Option<Body> {
        let finished = self.finished(gzip).load();
        finished.as_ref().filter(|version| version.of >= wanted).map(|version| version.again())
    }

    async fn make(
        &self,
        mut guard: OwnedMutexGuard<Option<State>>,
        registry: &Arc<Registry>,
        deltas: &Arc<AtomicI64>,
        gzip: bool,
    ) -> Version {
        let fresh = guard.is_none();
        let state = guard.get_or_insert_with(|| State::new(self.kind, self.layout));
        let feed = registry.feed(state.number);
        let left_unpacked = if gzip { state.unpacked } else { 0 };
        let work = feed.changes.as_ref().map(|list| list.len().saturating_add(left_unpacked));
        let small = !fresh && work.is_some_and(|work| work <= INLINE_MAX);
        let (registry, deltas) = (Arc::clone(registry), Arc::clone(deltas));
        let (kind, layout) = (self.kind, self.layout);
        let make = move || {
            let state = guard.get_or_insert_with(|| State::new(kind, layout));
            state.follow(&registry, feed);
            state.render(&deltas, gzip)
        };
        if small {
            return make();
        }
        match tokio::task::spawn_blocking(make).await {
            Ok(version) => version,
            // The encoder panicked; nothing is stored and the next request tries again.
            Err(_) => Version::new(0, Body::default()),
        }
    }

    async fn tidy(&self, registry: &Arc<Registry>, deltas: &Arc<AtomicI64>, renew: bool) {
        let used = self.asked.swap(0, Relaxed) > 0;
        let mut state = Arc::clone(&self.state).lock_owned().await;
        if !used {
            *state = None;
            self.plain.store(None);
            self.gzip.store(None);
        } else if renew {
            *state = None;
            let gzip = self.gzip.load().is_some();
            let made = self.make(state, registry, deltas, gzip).await;
            self.finished(gzip).store(Some(Arc::new(made)));
            // The other one is joined from the same document when somebody asks for it.
            self.finished(!gzip).store(None);
        }
    }
}

/// A document and how far it has followed the registry.
struct State {
    kind: Kind,
    document: Document,
    number: u64,
    version: u64,
    hashcode: String,
    /// Instances put in since it was last compressed.
    unpacked: usize,
    /// Number of each listed instance's change.
    numbers: HashMap<Arc<str>, u64>,
    /// The same by number, oldest first; only deltas, which drop the oldest.
    order: BTreeMap<u64, Arc<str>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("number", &self.number).finish_non_exhaustive()
    }
}

impl State {
    fn new(kind: Kind, layout: Layout) -> Self {
        Self {
            kind,
            document: Document::new(layout),
            number: 0,
            version: 0,
            hashcode: String::new(),
            unpacked: 0,
            numbers: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    fn follow(&mut self, registry: &Registry, feed: Feed) {
        let mut edits = Edits::new();
        let (changes, feed) = match (feed.changes, self.kind) {
            (Some(_), Kind::Full) if self.number == 0 => registry.everything(),
            (Some(changes), _) => (changes, Feed { changes: None, ..feed }),
            (None, Kind::Full) => {
                self.clear(&mut edits);
                registry.everything()
            }
            (None, Kind::Delta) => {
                self.clear(&mut edits);
                registry.whole_delta()
            }
        };
        for change in changes {
            self.note(registry, &change, &mut edits);
        }
        if self.kind == Kind::Delta {
            self.drop_up_to(feed.dropped, &mut edits);
        }
        self.unpacked = self.unpacked.saturating_add(edits.len());
        self.document.apply(edits);
        (self.number, self.version) = (feed.number, feed.version);
        self.hashcode = feed.counts.to_string();
    }

    fn note(&mut self, registry: &Registry, change: &Change, edits: &mut Edits) {
        let key = &change.key;
        if self.kind == Kind::Full && change.info.action == Some(ActionType::Deleted) {
            self.numbers.remove(key);
            edits.insert(Arc::clone(key), None);
            return;
        }
        let lease = registry.lease_of(change).unwrap_or(change.info.lease);
        let mut body = Vec::with_capacity(1024);
        self.document.layout().write_instance(&mut body, &change.info, &lease);
        edits.insert(Arc::clone(key), Some(body));
        if let Some(before) = self.numbers.insert(Arc::clone(key), change.number) {
            self.order.remove(&before);
        }
        if self.kind == Kind::Delta {
            self.order.insert(change.number, Arc::clone(key));
        }
    }

    fn drop_up_to(&mut self, dropped: u64, edits: &mut Edits) {
        while let Some(first) = self.order.first_entry() {
            if *first.key() > dropped {
                break;
            }
            let key = first.remove();
            self.numbers.remove(&key);
            edits.insert(key, None);
        }
    }

    fn clear(&mut self, edits: &mut Edits) {
        self.order.clear();
        edits.extend(self.numbers.drain().map(|(key, _)| (key, None)));
    }

    fn render(&mut self, deltas: &AtomicI64, gzip: bool) -> Version {
        let version = match self.kind {
            Kind::Full => 1,
            Kind::Delta => deltas.fetch_add(1, Relaxed).saturating_add(1),
        };
        let body = if gzip {
            self.unpacked = 0;
            self.document.gzip(version, &self.hashcode)
        } else {
            self.document.plain(version, &self.hashcode)
        };
        Version::new(self.version, body)
    }
}
