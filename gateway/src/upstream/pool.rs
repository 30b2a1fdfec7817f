//! Connections that wait for the next request.
//!
//! Every worker thread has its own; nobody waits for the locks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use http::HeaderValue;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::h2::Shared as SharedH2;
use super::io::Io;
use super::open::{Open, note_idle};
use super::settings::ClientSettings;
use super::{ErrorKind, Place};

/// Connections that wait at one place for one thread.
const IDLE_COUNT_MAX: usize = 512;
/// How long a place that nobody asks for is remembered.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// By host, which is looked up without making a key of it.
type Pools = HashMap<Box<str>, Vec<Arc<Pool>>>;

thread_local! {
    static POOLS: RefCell<Pools> = RefCell::default();
    /// Whether this thread looks after its pools.
    static IS_SWEPT: Cell<bool> = const { Cell::new(false) };
}

/// Connections of one thread to one place.
#[derive(Debug)]
pub(super) struct Pool {
    host: Box<str>,
    port: u16,
    is_secure: bool,
    authority: HeaderValue,
    pub(super) settings: Arc<ClientSettings>,
    /// The one used last is taken first: the others grow old and go (TL-10).
    idle: Mutex<Vec<Idle>>,
    /// For each request that has a connection, if their number is limited.
    permits: Option<Arc<Semaphore>>,
    used: Mutex<Instant>,
    /// Connections that carry many requests at a time.
    pub(super) h2: Mutex<SharedH2>,
}

/// A connection of HTTP/1.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) io: Io,
    /// What was read and not used; empty between requests.
    pub(super) read: BytesMut,
    pub(super) opened: Instant,
    #[expect(dead_code, reason = "it counts for as long as it lives")]
    pub(super) counted: Open,
}

#[derive(Debug)]
struct Idle {
    wire: Wire,
    since: Instant,
}

/// A connection that is lent to a request. Dropped without [`Lease::give_back`] it ends.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(super) wire: Wire,
    pub(super) pool: Arc<Pool>,
    #[expect(dead_code, reason = "it counts for as long as it lives")]
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Hands the connection to whoever needs it next, unless bytes came that belong to nobody.
    pub(super) fn give_back(self) {
        let settings = &self.pool.settings;
        if !self.wire.read.is_empty() || !settings.is_pooled {
            return;
        }
        let since = Instant::now();
        if settings.life_max.is_some_and(|max| since - self.wire.opened > max) {
            return;
        }
        let mut idle = self.pool.idle.lock();
        if idle.len() < IDLE_COUNT_MAX {
            idle.push(Idle { wire: self.wire, since });
        }
    }
}

impl Pool {
    /// This thread's pool for `place`.
    pub(super) fn of(place: Place<'_>, settings: &Arc<ClientSettings>) -> Arc<Self> {
        let same = |pool: &&Arc<Self>| {
            pool.port == place.port
                && pool.is_secure == place.is_secure
                && Arc::ptr_eq(&pool.settings, settings)
        };
        POOLS.with_borrow_mut(|pools| {
            let found = pools.get(place.host).and_then(|pools| pools.iter().find(same));
            if let Some(found) = found {
                return Arc::clone(found);
            }
            let made = Arc::new(Self::new(place, settings));
            pools.entry(place.host.into()).or_default().push(Arc::clone(&made));
            look_after(settings.eviction_interval);
            made
        })
    }

    fn new(place: Place<'_>, settings: &Arc<ClientSettings>) -> Self {
        let authority = HeaderValue::from_str(&place.to_string());
        Self {
            host: place.host.into(),
            port: place.port,
            is_secure: place.is_secure,
            // A host that fits no header leads nowhere either.
            authority: authority.unwrap_or_else(|_| HeaderValue::from_static("")),
            settings: Arc::clone(settings),
            idle: Mutex::default(),
            permits: settings.leased_max.map(|max| Arc::new(Semaphore::new(max))),
            used: Mutex::new(Instant::now()),
            h2: Mutex::default(),
        }
    }

    /// Where its connections lead to.
    pub(super) fn place(&self) -> Place<'_> {
        Place { host: &self.host, port: self.port, is_secure: self.is_secure }
    }

    /// What requests there have as `Host` (HD-4).
    pub(super) const fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    #[cfg(test)]
    pub(super) fn is_all_closed(&self) -> bool {
        self.idle.lock().iter_mut().all(|idle| !idle.wire.io.is_quiet())
    }

    /// Leave to use a connection, waited for where their number is limited (TL-6).
    pub(super) async fn permit(&self) -> Result<Option<OwnedSemaphorePermit>, ErrorKind> {
        let Some(permits) = &self.permits else { return Ok(None) };
        let waiting = Arc::clone(permits).acquire_owned();
        match tokio::time::timeout(self.settings.acquire_timeout, waiting).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(_)) | Err(_) => Err(ErrorKind::PoolFull),
        }
    }

    /// A connection that waits, is still open and has nothing to say.
    pub(super) fn take(&self) -> Option<Wire> {
        let mut idle = self.idle.lock();
        loop {
            let Idle { mut wire, since } = idle.pop()?;
            if since.elapsed() <= self.settings.idle_max && wire.io.is_quiet() {
                return Some(wire);
            }
        }
    }

    /// Ends connections that are too old or were closed; false if nobody has asked for a while.
    fn sweep(&self, now: Instant) -> bool {
        let mut idle = self.idle.lock();
        let idle_max = self.settings.idle_max;
        idle.retain_mut(|one| now - one.since <= idle_max && one.wire.io.is_quiet());
        if idle.is_empty() {
            idle.shrink_to_fit();
        } else {
            *self.used.lock() = now;
        }
        let is_open = self.h2.lock().sweep(now, idle_max);
        is_open || now - *self.used.lock() <= FORGOTTEN_AFTER
    }
}

/// Ends what waits too long, as long as this thread lives (TL-9).
#[expect(clippy::disallowed_methods, reason = "ends with its worker's runtime")]
fn look_after(interval: Duration) {
    if IS_SWEPT.replace(true) {
        return;
    }
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(interval).await;
            let now = Instant::now();
            POOLS.with_borrow_mut(|pools| {
                pools.retain(|_, pools| {
                    pools.retain(|pool| pool.sweep(now));
                    !pools.is_empty()
                });
                let waiting = pools.values().flatten().map(|pool| pool.idle.lock().len());
                note_idle(waiting.sum());
            });
        }
    });
}
