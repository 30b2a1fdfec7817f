//! A worker: a thread with a runtime of its own and the connections on it.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::framing::is_clear;
use super::guard::{Activity, Guarded, TICK_MS, Ticks};
use super::{Handler, Limits};

/// Ends a connection with the answer that has it.
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// A connection on its way to a worker.
pub(super) type Accepted = (StdStream, SocketAddr);

/// How long a connection may keep a request back once no other connection is accepted.
const LAST_REQUEST: Duration = Duration::from_millis(250);

/// The two steps of a stop.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Someone asked for it: every answer is the last of its connection.
    pub(super) asked: CancellationToken,
    /// Nobody new is let in: connections end.
    pub(super) closed: CancellationToken,
}

impl Stop {
    /// One that `asked` begins.
    pub(super) fn after(asked: CancellationToken) -> Self {
        Self { asked, closed: CancellationToken::new() }
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
struct Shared<H> {
    handler: Arc<H>,
    limits: Limits,
    stop: Stop,
    /// Whether the stop was asked for; read by every request, which a token would make wait.
    stopping: AtomicBool,
    now: Arc<Ticks>,
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
        stop: Stop,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (worker, work) = Self::here(handler, limits, stop);
        let thread = std::thread::Builder::new()
            .name(format!("http-{index}"))
            .spawn(move || runtime.block_on(work))?;
        Ok(Self { thread: Some(thread), ..worker })
    }

    /// A worker without a thread, and its work, which its caller's runtime drives.
    pub(super) fn here<H: Handler>(
        handler: Arc<H>,
        limits: Limits,
        stop: Stop,
    ) -> (Self, impl Future<Output = ()> + Send + use<H>) {
        let (queue, accepted) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let shared = Shared {
            handler,
            limits,
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
                Some((stream, peer)) => open(&shared, &tasks, stream, peer),
                None => break,
            },
            _ = ticks.tick() => sweep(&shared),
        }
    }
    // Connections accepted but not begun get their answer too.
    while let Ok((stream, peer)) = queue.try_recv() {
        open(&shared, &tasks, stream, peer);
    }
    tasks.close();
    if tokio::time::timeout(shared.limits.drain_timeout, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "connections did not end in time and are cut");
    }
}

fn open<H: Handler>(
    shared: &Arc<Shared<H>>,
    tasks: &TaskTracker,
    stream: StdStream,
    peer: SocketAddr,
) {
    let activity = Arc::new(Activity::waiting(&shared.now));
    let counted = Counted(Arc::clone(&shared.connections));
    let (own, watched) = (Arc::clone(shared), Arc::clone(&activity));
    let task = tasks.spawn(async move {
        connection(own, stream, peer, watched).await;
        drop(counted);
    });
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

/// Counts a connection for as long as it lives, however it ends, its first turn included.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn connection<H: Handler>(
    shared: Arc<Shared<H>>,
    stream: StdStream,
    peer: SocketAddr,
    activity: Arc<Activity>,
) {
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    // Answers are small and complete: never wait for more to send.
    let _ = stream.set_nodelay(true);
    let guarded = Guarded::new(stream, Arc::clone(&activity), Arc::clone(&shared.now));
    let service = service_fn(|request| {
        activity.handling();
        let clear = is_clear(&request) && !activity.is_unclear();
        let answer = clear.then(|| Arc::clone(&shared.handler).handle(request, peer));
        let (activity, now, stopping) = (&activity, &shared.now, &shared.stopping);
        async move {
            let mut answer = match answer {
                Some(answer) => answer.await,
                None => unclear(),
            };
            if stopping.load(Relaxed) {
                answer.headers_mut().insert(header::CONNECTION, CLOSE);
            }
            activity.answered(now);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .half_close(false)
        .max_buf_size(shared.limits.head_bytes_max)
        .serve_connection(guarded, service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.stop.closed.cancelled() => {
            // Who was let in during the linger may be about to ask; hyper would not wait for it.
            let last = shared.limits.linger.min(LAST_REQUEST);
            if let Ok(ended) = tokio::time::timeout(last, connection.as_mut()).await {
                ended
            } else {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        // The peer's doing, nearly always: worth a look only when looking for it.
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Nobody knows what follows on the connection: it ends with this answer.
fn unclear<B: Default>() -> Response<B> {
    let mut answer = Response::new(B::default());
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().insert(header::CONNECTION, CLOSE);
    answer
}
