//! Connections that wait for the next request.
//!
//! Every worker thread has its own; nobody waits for the locks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http::HeaderValue;
use hyper::client::conn::http1::SendRequest;
use parking_lot::Mutex;

use super::{Place, RequestBody};

/// How long a connection may wait before it is not trusted any more (TL-8).
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Connections that wait at one place for one thread.
const IDLE_COUNT_MAX: usize = 512;

/// By host, which is looked up without making a key of it.
type Pools = HashMap<Box<str>, Vec<Arc<Pool>>>;

thread_local! {
    static POOLS: RefCell<Pools> = RefCell::default();
}

/// Connections of one thread to one place.
#[derive(Debug)]
pub(super) struct Pool {
    host: Box<str>,
    port: u16,
    is_secure: bool,
    authority: HeaderValue,
    /// The one used last is taken first: the others grow old and go (TL-10).
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    sender: SendRequest<RequestBody>,
    since: Instant,
}

/// A connection that is lent to a request. Dropped without [`Lease::give_back`] it ends.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) pool: Arc<Pool>,
    /// Whether all of a streamed request body was taken.
    pub(super) taken: Option<Arc<AtomicBool>>,
}

impl Lease {
    /// A lease for a request whose body is not known yet.
    pub(super) const fn new(sender: SendRequest<RequestBody>, pool: Arc<Pool>) -> Self {
        Self { sender, pool, taken: None }
    }

    /// Hands the connection to whoever needs it next; ends it if the answer came before the end of
    /// the request, whose rest nobody must take for another request (SE-12).
    pub(super) fn give_back(self) {
        let is_taken = self.taken.is_none_or(|taken| taken.load(Relaxed));
        if self.sender.is_closed() || !is_taken {
            return;
        }
        let mut idle = self.pool.idle.lock();
        let since = Instant::now();
        // The oldest lie in front.
        let old = idle.iter().take_while(|one| since - one.since > IDLE_MAX).count();
        idle.drain(..old);
        if idle.len() < IDLE_COUNT_MAX {
            idle.push(Idle { sender: self.sender, since });
        }
    }
}

impl Pool {
    /// This thread's pool for `place`.
    pub(super) fn of(place: Place<'_>) -> Arc<Self> {
        let same = |pool: &&Arc<Self>| pool.place() == place;
        POOLS.with_borrow_mut(|pools| {
            let found = pools.get(place.host).and_then(|pools| pools.iter().find(same));
            if let Some(found) = found {
                return Arc::clone(found);
            }
            let made = Arc::new(Self::new(place));
            pools.entry(place.host.into()).or_default().push(Arc::clone(&made));
            made
        })
    }

    fn new(place: Place<'_>) -> Self {
        let authority = HeaderValue::from_str(&place.to_string());
        Self {
            host: place.host.into(),
            port: place.port,
            is_secure: place.is_secure,
            // A host that fits no header leads nowhere either.
            authority: authority.unwrap_or_else(|_| HeaderValue::from_static("")),
            idle: Mutex::default(),
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
        self.idle.lock().iter().all(|idle| idle.sender.is_closed())
    }

    /// A connection that waits and is still open.
    pub(super) fn take(self: &Arc<Self>) -> Option<Lease> {
        let mut idle = self.idle.lock();
        loop {
            let Idle { sender, since } = idle.pop()?;
            if !sender.is_closed() && since.elapsed() <= IDLE_MAX {
                return Some(Lease::new(sender, Arc::clone(self)));
            }
        }
    }
}
