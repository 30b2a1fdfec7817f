//! The listening socket and the workers behind it.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::peers::{Peers, TooMany};
use super::worker::{Accepted, Speech, Stop, Worker};
use super::{Handler, Limits, ServerTls};

/// Pause after a failed accept, mostly for want of file descriptors: retrying at once would burn a
/// core without freeing any.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// To an address that has too many connections (DS-7).
const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Connections that wait in the system's queue.
const BACKLOG: i32 = 1024;

/// A server that listens but does not accept yet.
#[derive(Debug)]
pub struct Server {
    listener: StdListener,
    limits: Limits,
    workers: usize,
    speech: Speech,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is in use or not this machine's.
    pub fn bind(address: SocketAddr, workers: usize, limits: Limits) -> io::Result<Self> {
        let domain = socket2::Domain::for_address(address);
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
        if address.is_ipv6() {
            // The unspecified IPv6 address takes IPv4 too, as Java servers do.
            socket.set_only_v6(false)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let (listener, speech) = (socket.into(), Speech::default());
        Ok(Self { listener, limits, workers: workers.max(1), speech })
    }

    /// Also speaks HTTP/2: by agreement under TLS, else to who begins with it.
    #[must_use]
    pub const fn with_http2(mut self, http2: bool) -> Self {
        self.speech.http2 = http2;
        self
    }

    /// Speaks only TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<ServerTls>) -> Self {
        self.speech.tls = tls;
        self
    }

    /// Address it listens on.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` and as long after it as the limits say, then lets answers under way
    /// finish.
    ///
    /// # Errors
    /// The workers cannot be started.
    pub async fn serve<H: Handler>(
        self,
        handler: Arc<H>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let stop = Stop::after(stop);
        let workers = (0..self.workers)
            .map(|index| {
                let (handler, speech) = (Arc::clone(&handler), self.speech.clone());
                Worker::start(index, handler, self.limits, speech, stop.clone())
            })
            .collect::<io::Result<Vec<_>>>()?;
        let listener = TcpListener::from_std(self.listener)?;
        let tls = self.speech.tls.as_ref();
        accept_until(listener, &workers, &self.limits, tls, &stop).await;
        tokio::task::spawn_blocking(move || workers.into_iter().for_each(Worker::join))
            .await
            .map_err(io::Error::other)
    }
}

#[cfg(test)]
impl Server {
    /// The same by one worker on the runtime of the caller, so that a test may hold its clock.
    pub(super) async fn serve_here<H: Handler>(
        self,
        handler: Arc<H>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let stop = Stop::after(stop);
        let (worker, work) = Worker::here(handler, self.limits, self.speech.clone(), stop.clone());
        let listener = TcpListener::from_std(self.listener)?;
        let accepting = async move {
            let tls = self.speech.tls.as_ref();
            accept_until(listener, &[worker], &self.limits, tls, &stop).await;
        };
        tokio::join!(accepting, work);
        Ok(())
    }
}

/// Accepts until the end of the linger, and then what the system had accepted before. Certificates
/// are followed meanwhile.
async fn accept_until(
    listener: TcpListener,
    workers: &[Worker],
    limits: &Limits,
    tls: Option<&ServerTls>,
    stop: &Stop,
) {
    let lingered = async {
        stop.asked.cancelled().await;
        tokio::time::sleep(limits.linger).await;
    };
    let following = async {
        match tls {
            Some(tls) => tls.follow().await,
            None => std::future::pending().await,
        }
    };
    let mut peers = Peers::new(limits.peer_connections_max);
    tokio::select! {
        () = lingered => {}
        () = following => {}
        () = accept(&listener, workers, limits.connections_max, &mut peers) => {}
    }
    if let Ok(listener) = listener.into_std() {
        // Closing resets those who are connected but not accepted.
        while let Ok((stream, peer)) = listener.accept() {
            if stream.set_nonblocking(true).is_ok() {
                give(workers, (stream, peer, None));
            }
        }
    }
    stop.closed.cancel();
}

/// Gives a connection to the worker that has the fewest.
fn give(workers: &[Worker], accepted: Accepted) {
    if let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) {
        worker.give(accepted);
    }
}

async fn accept(
    listener: &TcpListener,
    workers: &[Worker],
    connections_max: usize,
    peers: &mut Peers,
) {
    loop {
        let open: usize = workers.iter().map(Worker::load).sum();
        if open >= connections_max {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        }
        let accepted = match listener.accept().await {
            Ok((stream, peer)) => stream.into_std().map(|stream| (stream, peer)),
            Err(error) => Err(error),
        };
        match accepted {
            Ok((mut stream, peer)) => match peers.count(peer.ip().to_canonical()) {
                Ok(counted) => give(workers, (stream, peer, counted)),
                Err(TooMany) => {
                    // The buffers of a new connection take it whole, or it is not said.
                    let _ = stream.write(REFUSAL);
                }
            },
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
