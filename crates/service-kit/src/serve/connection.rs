//! What a request's handler is told about the connection that it came over.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A client's connection. Lives as long as the connection or a tunnel over it.
pub struct Connection {
    /// Address of the other end.
    pub peer: SocketAddr,
    /// Address of ours that the peer connected to.
    pub local: SocketAddr,
    /// Whether it is encrypted.
    pub is_secure: bool,
    tasks: TaskTracker,
    cut: CancellationToken,
    _counted: Vec<Counted>,
}

impl Connection {
    pub(super) const fn new(
        (peer, local): (SocketAddr, SocketAddr),
        is_secure: bool,
        tasks: TaskTracker,
        cut: CancellationToken,
        counted: Vec<Counted>,
    ) -> Self {
        Self { peer, local, is_secure, tasks, cut, _counted: counted }
    }

    /// A connection without a server, for tests of handlers.
    #[must_use]
    pub fn detached(peer: SocketAddr) -> Self {
        let (tasks, cut) = (TaskTracker::new(), CancellationToken::new());
        Self::new((peer, peer), false, tasks, cut, Vec::new())
    }

    /// As in a URL.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// Runs `tunnel`, which takes what a request upgraded. A server that stops waits for it as for
    /// answers under way; the connection counts as open until it ends.
    pub fn run_tunnel(self: &Arc<Self>, tunnel: impl Future<Output = ()> + Send + 'static) {
        let own = Arc::clone(self);
        self.tasks.spawn(async move {
            tunnel.await;
            drop(own);
        });
    }

    /// Ends when a stopping server has waited long enough: tunnels have a moment to say goodbye.
    pub fn until_cut(&self) -> tokio_util::sync::WaitForCancellationFutureOwned {
        self.cut.clone().cancelled_owned()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("local", &self.local)
            .field("is_secure", &self.is_secure)
            .finish_non_exhaustive()
    }
}

/// Counts a connection for as long as it lives, however it ends, its first turn included.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    /// Of one that `count` has counted already.
    pub(super) const fn new(count: Arc<AtomicUsize>) -> Self {
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
