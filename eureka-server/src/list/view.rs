//! Who asks for a list gets the version of that moment, made at most once.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use eureka_registry::{Change, Feed, Registry};
use eureka_wire::{ActionType, Detail, Format, Layout};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::document::{Body, Document, Edits};
use super::item::Item;
use super::piece::Coding;

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
    views: [View; 16],
    /// `versions__delta`: how many deltas were made (DL-3).
    deltas: Arc<AtomicI64>,
}

impl Lists {
    /// Lists of `registry`, none of them made yet.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        let views = std::array::from_fn(|index| {
            let kind = if index & 8 == 0 { Kind::Full } else { Kind::Delta };
            let format = if index & 4 == 0 { Format::Json } else { Format::Xml };
            let detail = if index & 2 == 0 { Detail::Full } else { Detail::Compact };
            let coding = if index & 1 == 0 { Coding::Plain } else { Coding::Gzip };
            View::new(kind, Layout { format, detail }, coding)
        });
        Self { registry, views, deltas: Arc::new(AtomicI64::new(0)) }
    }

    /// The list as it is now: every change acknowledged before the call is in it.
    pub async fn get(&self, kind: Kind, layout: Layout, gzip: bool) -> Body {
        let index = usize::from(kind == Kind::Delta) * 8
            + usize::from(layout.format == Format::Xml) * 4
            + usize::from(layout.detail == Detail::Compact) * 2
            + usize::from(gzip);
        match self.views.get(index) {
            Some(view) => view.get(&self.registry, &self.deltas).await,
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
    coding: Coding,
    state: Arc<Mutex<Option<State>>>,
    finished: ArcSwapOption<Version>,
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
        let whole = self.whole.get_or_init(|| {
            let length: usize = self.body.iter().map(Bytes::len).sum();
            if length > WHOLE_BYTES_MAX {
                return Arc::clone(&self.body);
            }
            [Bytes::from(self.body.concat())].into()
        });
        Arc::clone(whole)
    }
}

impl View {
    fn new(kind: Kind, layout: Layout, coding: Coding) -> Self {
        let (finished, asked) = (ArcSwapOption::empty(), AtomicU64::new(0));
        Self { kind, layout, coding, state: Arc::default(), finished, asked }
    }

    async fn get(&self, registry: &Arc<Registry>, deltas: &Arc<AtomicI64>) -> Body {
        self.asked.fetch_add(1, Relaxed);
        let wanted = registry.version();
        if let Some(body) = self.current(wanted) {
            return body;
        }
        let state = Arc::clone(&self.state).lock_owned().await;
        // Whoever held the lock may have made what is wanted.
        if let Some(body) = self.current(wanted) {
            return body;
        }
        let made = self.make(state, registry, deltas).await;
        let body = Arc::clone(&made.body);
        self.finished.store(Some(Arc::new(made)));
        body
    }

    fn current(&self, wanted: u64) -> Option<Body> {
        let finished = self.finished.load();
        finished.as_ref().filter(|version| version.of >= wanted).map(|version| version.again())
    }

    async fn make(
        &self,
        mut guard: OwnedMutexGuard<Option<State>>,
        registry: &Arc<Registry>,
        deltas: &Arc<AtomicI64>,
    ) -> Version {
        let fresh = || State::new(self.kind, self.layout, self.coding);
        let is_fresh = guard.is_none();
        let state = guard.get_or_insert_with(fresh);
        let feed = registry.feed(state.number);
        let is_small = !is_fresh && state.is_little(&feed);
        let (registry, deltas) = (Arc::clone(registry), Arc::clone(deltas));
        let make = move || {
            // Taken out while it is worked on: a panic leaves none rather than half of one.
            let mut state = guard.take()?;
            state.follow(&registry, feed);
            let made = state.render(&deltas);
            *guard = Some(state);
            Some(made)
        };
        let made =
            if is_small { make() } else { tokio::task::spawn_blocking(make).await.ok().flatten() };
        // Where the encoder panicked the next request starts afresh.
        made.unwrap_or_else(|| Version::new(0, Body::default()))
    }

    async fn tidy(&self, registry: &Arc<Registry>, deltas: &Arc<AtomicI64>, renew: bool) {
        let used = self.asked.swap(0, Relaxed) > 0;
        let mut state = Arc::clone(&self.state).lock_owned().await;
        if !used {
            *state = None;
            self.finished.store(None);
        } else if renew {
            *state = None;
            let made = self.make(state, registry, deltas).await;
            self.finished.store(Some(Arc::new(made)));
        }
    }
}

/// A document and how far it has followed the registry.
struct State {
    kind: Kind,
    layout: Layout,
    coding: Coding,
    document: Document,
    number: u64,
    /// Changes up to this number are no longer in the delta.
    dropped: u64,
    version: u64,
    hashcode: String,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("number", &self.number).finish_non_exhaustive()
    }
}

impl State {
    fn new(kind: Kind, layout: Layout, coding: Coding) -> Self {
        Self {
            kind,
            layout,
            coding,
            document: Document::new(layout, coding),
            number: 0,
            dropped: 0,
            version: 0,
            hashcode: String::new(),
        }
    }

    /// Whether following `feed` is little work.
    fn is_little(&self, feed: &Feed) -> bool {
        let drops = self.kind == Kind::Delta && feed.dropped != self.dropped;
        !drops && feed.changes.as_ref().is_some_and(|changes| changes.len() <= INLINE_MAX)
    }

    fn follow(&mut self, registry: &Registry, feed: Feed) {
        let (changes, feed) = match (feed.changes, self.kind) {
            (Some(_), Kind::Full) if self.number == 0 => registry.everything(),
            (Some(changes), _) => (changes, Feed { changes: None, ..feed }),
            (None, kind) => {
                self.document = Document::new(self.layout, self.coding);
                match kind {
                    Kind::Full => registry.everything(),
                    Kind::Delta => registry.whole_delta(),
                }
            }
        };
        let mut edits = Edits::new();
        if self.kind == Kind::Delta {
            self.drop_up_to(feed.dropped, &mut edits);
        }
        for change in changes {
            let listed = self.listed(registry, &change);
            edits.insert(change.key, listed);
        }
        self.document.apply(edits);
        (self.number, self.version) = (feed.number, feed.version);
        self.hashcode = feed.counts.to_string();
    }

    /// What is listed of an instance after `change`.
    fn listed(&self, registry: &Registry, change: &Change) -> Option<Item> {
        if self.kind == Kind::Full && change.info.action == Some(ActionType::Deleted) {
            return None;
        }
        Some(Item {
            key: Arc::clone(&change.key),
            info: Arc::clone(&change.info),
            lease: registry.lease_of(change).unwrap_or(change.info.lease),
            number: change.number,
        })
    }

    /// Takes out what is no longer in the delta.
    fn drop_up_to(&mut self, dropped: u64, edits: &mut Edits) {
        if std::mem::replace(&mut self.dropped, dropped) != dropped {
            let old = self.document.items().filter(|item| item.number <= dropped);
            edits.extend(old.map(|item| (Arc::clone(&item.key), None)));
        }
    }

    fn render(&self, deltas: &AtomicI64) -> Version {
        let version = match self.kind {
            Kind::Full => 1,
            Kind::Delta => deltas.fetch_add(1, Relaxed).saturating_add(1),
        };
        Version::new(self.version, self.document.render(version, &self.hashcode))
    }
}
