//! A worker: a thread with a runtime of its own and the connections on it.

use std::net::{SocketAddr, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Counted;
use super::framing::HeadWatch;
use super::guard::{Activity, Guarded, TICK_MS, Ticks};
use super::size::HeadSize;
use super::stream::Stream;
use super::tls::ServerTls;
use super::{Connection, Handler, Limits, h1, h2, tls};

/// A connection on its way to a worker, and what counts it.
pub(super) type Accepted = (StdStream, SocketAddr, Option<Counted>);

/// How long agreeing on TLS may take (DS-14).
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// What tunnels are given to say goodbye once everything else has ended.
const GOODBYE: Duration = Duration::from_secs(1);

/// What is spoken.
#[derive(Clone, Debug, Default)]
pub(super) struct Speech {
    /// HTTP/2 as well.
    pub(super) http2: bool,
    /// Over TLS.
    pub(super) tls: Option<ServerTls>,
}

/// The steps of a stop.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Someone asked for it: every answer is the last of its connection.
    pub(super) asked: CancellationToken,
    /// Nobody new is let in: connections end.
    pub(super) closed: CancellationToken,
    /// What has not ended by itself is cut in a moment.
    pub(super) cut: CancellationToken,
}

impl Stop {
    /// One that `asked` begins.
    pub(super) fn after(asked: CancellationToken) -> Self {
        Self { asked, closed: CancellationToken::new(), cut: CancellationToken::new() }
    }
}

/// Handle to a running worker.
#[derive(Debug)]
pub(super) struct Worker {
    queue: mpsc::UnboundedSender<Accepted>,
    connections: Arc<AtomicUsize>,
    /// `None` for one that runs on its caller's runtime.
    thread: Option<JoinHandle<()>>,
}

/// What the connections of a worker share.
pub(super) struct Shared<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Limits,
    http2: bool,
    tls: Option<ServerTls>,
    pub(super) stop: Stop,
    /// Whether the stop was asked for; read by every request, which a token would make wait.
    pub(super) stopping: AtomicBool,
    pub(super) now: Arc<Ticks>,
    connections: Arc<AtomicUsize>,
    /// Bounded by the number of open connections: the sweep takes out those that have ended.
    watched: Mutex<Vec<(Arc<Activity>, AbortHandle)>>,
}

impl Worker {
    /// Starts a worker thread.
    ///
    /// # Errors
    /// The thread or its runtime cannot be made.
    pub(super) fn start<H: Handler>(
        index: usize,
        handler: Arc<H>,
        limits: Limits,
        speech: Speech,
        stop: Stop,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (worker, work) = Self::here(handler, limits, speech, stop);
        let thread = std::thread::Builder::new()
            .name(format!("http-{index}"))
            .spawn(move || runtime.block_on(work))?;
        Ok(Self { thread: Some(thread), ..worker })
    }

    /// A worker without a thread, and its work, which its caller's runtime drives.
    pub(super) fn here<H: Handler>(
        handler: Arc<H>,
        limits: Limits,
        speech: Speech,
        stop: Stop,
    ) -> (Self, impl Future<Output = ()> + Send + use<H>) {
        let (queue, accepted) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let shared = Shared {
            handler,
            limits,
            http2: speech.http2,
            tls: speech.tls,
            stop,
            stopping: AtomicBool::new(false),
            now: Arc::default(),
            connections: Arc::clone(&connections),
            watched: Mutex::default(),
        };
        (Self { queue, connections, thread: None }, run(Arc::new(shared), accepted))
    }

    /// Connections it has.
    pub(super) fn load(&self) -> usize {
        self.connections.load(Relaxed)
    }

    /// Gives it a connection.
    pub(super) fn give(&self, accepted: Accepted) {
        self.connections.fetch_add(1, Relaxed);
        if self.queue.send(accepted).is_err() {
            // It has stopped; dropping the stream closes it.
            self.connections.fetch_sub(1, Relaxed);
        }
    }

    /// Waits until it has ended; it does after the stop.
    pub(super) fn join(self) {
        drop(self.queue);
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a worker thread panicked");
        }
    }
}

async fn run<H: Handler>(shared: Arc<Shared<H>>, mut queue: mpsc::UnboundedReceiver<Accepted>) {
    let tasks = TaskTracker::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(TICK_MS));
    loop {
        let stopping = shared.stopping.load(Relaxed);
        tokio::select! {
            biased;
            () = shared.stop.closed.cancelled() => break,
            () = shared.stop.asked.cancelled(), if !stopping => {
                shared.stopping.store(true, Relaxed);
            }
            accepted = queue.recv() => match accepted {
                Some(accepted) => open(&shared, &tasks, accepted),
                None => break,
            },
            _ = ticks.tick() => sweep(&shared),
        }
    }
    // Connections accepted but not begun get their answer too.
    while let Ok(accepted) = queue.try_recv() {
        open(&shared, &tasks, accepted);
    }
    tasks.close();
    if tokio::time::timeout(shared.limits.drain_timeout, tasks.wait()).await.is_ok() {
        return;
    }
    shared.stop.cut.cancel();
    if tokio::time::timeout(GOODBYE, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "connections did not end in time and are cut");
    }
}

fn open<H: Handler>(
    shared: &Arc<Shared<H>>,
    tasks: &TaskTracker,
    (stream, peer, by_peer): Accepted,
) {
    let activity = Arc::new(Activity::waiting(&shared.now));
    let mut counted = vec![Counted::new(Arc::clone(&shared.connections))];
    counted.extend(by_peer);
    let (own, watched) = (Arc::clone(shared), Arc::clone(&activity));
    let task = tasks.spawn(connection(own, tasks.clone(), (stream, peer, counted), watched));
    shared.watched.lock().push((activity, task.abort_handle()));
}

fn sweep<H>(shared: &Shared<H>) {
    let now = shared.now.fetch_add(1, Relaxed).saturating_add(1);
    shared.watched.lock().retain(|(activity, task)| {
        if activity.overdue(now, &shared.limits) {
            task.abort();
        }
        !task.is_finished()
    });
}

async fn connection<H: Handler>(
    shared: Arc<Shared<H>>,
    tasks: TaskTracker,
    (stream, peer, counted): (StdStream, SocketAddr, Vec<Counted>),
    activity: Arc<Activity>,
) {
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    // Answers are small and complete: never wait for more to send.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(peer);
    let (stream, is_h2) = match &shared.tls {
        Some(tls) => {
            let agreeing = tokio::time::timeout(HANDSHAKE_MAX, tls.acceptor().accept(stream));
            // Apart: a connection has no room for it once it is over.
            match Box::pin(agreeing).await {
                Ok(Ok(stream)) => {
                    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(tls::H2);
                    (Stream::Tls(Box::new(stream)), is_h2)
                }
                // The peer's doing, nearly always: worth a look only when looking for it.
                Ok(Err(error)) => return tracing::debug!(%peer, %error, "no TLS"),
                Err(_) => return,
            }
        }
        None => {
            let is_h2 = shared.http2 && speaks_h2(&stream).await;
            (Stream::Plain(stream), is_h2)
        }
    };
    let cut = shared.stop.cut.clone();
    let (is_secure, addresses) = (shared.tls.is_some(), (peer, local));
    let own = Arc::new(Connection::new(addresses, is_secure, tasks.clone(), cut, counted));
    let limits = &shared.limits;
    let size = HeadSize::new(limits.line_bytes_max, limits.head_bytes_max);
    let heads = (!is_h2).then(|| HeadWatch::new(limits.takes_bare_lines, size));
    let guarded = Guarded::new(stream, heads, Arc::clone(&activity), Arc::clone(&shared.now));
    let ended = if is_h2 {
        activity.has_streams();
        Box::pin(h2::serve(&shared, guarded, &activity, &own, tasks)).await
    } else {
        h1::serve(&shared, guarded, &activity, &own).await
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Whether a client begins with the preface of HTTP/2 (RFC 9113, section 3.4), which no request of
/// HTTP/1 begins with.
async fn speaks_h2(stream: &TcpStream) -> bool {
    const START: &[u8] = b"PRI * HTTP/2.0";
    let mut seen = [0; START.len()];
    loop {
        match stream.peek(&mut seen).await {
            Ok(count) if count > 0 && seen.get(..count) == START.get(..count) => {
                if count == START.len() {
                    return true;
                }
            }
            Ok(_) | Err(_) => return false,
        }
        // The sweep ends who goes on like this.
        tokio::time::sleep(Duration::from_millis(TICK_MS)).await;
    }
}
