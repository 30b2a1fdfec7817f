//! HTTP/1.1 over worker threads that share nothing.
//!
//! One thread accepts and hands each connection to the worker that has the fewest; a worker runs
//! its connections on a runtime of its own, so no request ever moves between threads. Slow and
//! silent peers are ended by a sweep over each worker's connections, which costs a request two
//! stores instead of a timer.

mod accept;
mod framing;
mod guard;
mod limits;
mod open;
mod settings;
#[cfg(test)]
mod tests;
mod worker;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;

pub use accept::Server;
pub use limits::Limits;
pub use open::raise_file_limit;
pub use settings::{Settings, SettingsError};

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Body of its answers; the default one is empty.
    type Body: Body<Data: Send, Error: std::error::Error + Send + Sync> + Default + Send + 'static;

    /// Answers `request` from `peer`. Never fails: a failure is an answer too.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}
