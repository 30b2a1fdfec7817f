//! An HTTP server whose answers a closure makes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    /// Method and path without query, for example `PUT /eureka/apps/A/1`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status with headers and a body.
    Answer(StatusCode, Vec<(&'static str, String)>, Bytes),
    /// Nothing, for ever.
    Silence,
    /// The connection breaks.
    Break,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(StatusCode::from_u16(status).unwrap(), Vec::new(), Bytes::new())
    }

    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::status(200).with("content-type", "application/json").with_body(body)
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Answer(status, headers, body)
            }
            other @ (Self::Silence | Self::Break) => other,
        }
    }

    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        match self {
            Self::Answer(status, headers, _) => Self::Answer(status, headers, body.into()),
            other @ (Self::Silence | Self::Break) => other,
        }
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

struct Shared {
    script: Mutex<Arc<Script>>,
    asked: watch::Sender<Vec<Asked>>,
}

/// A server on a free port. Dropping it closes the port and every connection.
pub(crate) struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: AbortHandle,
}

impl Fake {
    /// Starts a server that answers as `script` says.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), script).await
    }

    /// As [`Fake::start`], at a given address.
    pub(crate) async fn start_at(
        address: SocketAddr,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script: Arc<Script> = Arc::new(script);
        let (asked, _) = watch::channel(Vec::new());
        let shared = Arc::new(Shared { script: Mutex::new(script), asked });
        let mut tasks = JoinSet::new();
        let serving = Arc::clone(&shared);
        let listening = tasks.spawn(listen(listener, serving));
        tasks.detach_all();
        Self { shared, address, listening }
    }

    /// The same server, said to be elsewhere.
    pub(crate) fn pretend(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers differently from now on.
    pub(crate) fn now(&self, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        *self.shared.script.lock() = Arc::new(script);
    }

    /// Everything asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.borrow().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }

    /// Number of requests so far that begin with `line`.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|asked| asked.starts_with(line)).count()
    }

    /// Waits until what was asked is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Asked]) -> bool) {
        let mut asked = self.shared.asked.subscribe();
        super::soon(asked.wait_for(|asked| wanted(asked))).await.unwrap();
    }

    /// Waits for `more` further requests that begin with `line`.
    pub(crate) async fn until_more(&self, line: &str, more: usize) {
        let wanted = self.count(line) + more;
        let count = |asked: &[Asked]| asked.iter().filter(|a| a.line().starts_with(line)).count();
        self.until(|asked| count(asked) >= wanted).await;
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Connections belong to this task and end with it.
async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let answer = hyper::service::service_fn(|request| answer(Arc::clone(&shared), request));
            let server = hyper::server::conn::http1::Builder::new();
            // An error is what a script may have wanted.
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the connection breaks")]
struct Broken;

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let asked = Asked { method: head.method, path, headers: head.headers, body };
    let script = Arc::clone(&shared.script.lock());
    let reply = script(&asked);
    shared.asked.send_modify(|all| all.push(asked));
    match reply {
        Reply::Silence => std::future::pending::<Result<_, Infallible>>().await.map_err(|_| Broken),
        Reply::Break => Err(Broken),
        Reply::Answer(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(body)).unwrap())
        }
    }
}
