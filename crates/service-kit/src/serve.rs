//! HTTP/1 and HTTP/2, in the clear or over TLS, by worker threads that share nothing.
//!
//! One thread accepts and hands each connection to the worker that has the fewest; a worker runs
//! its connections on a runtime of its own, so no request ever moves between threads. Slow and
//! silent peers are ended by a sweep over each worker's connections, which costs a request two
//! stores instead of a timer.

mod accept;
mod connection;
mod framing;
mod guard;
mod h1;
mod h2;
mod limits;
mod open;
mod peers;
mod settings;
mod size;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod worker;

use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;

pub use accept::Server;
pub use connection::Connection;
pub use limits::Limits;
pub use open::raise_file_limit;
pub use settings::{Settings, SettingsError};
pub use stream::Tunnelled;
pub use tls::ServerTls;

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Body of its answers; the default one is empty.
    type Body: Body<Data: Send, Error: std::error::Error + Send + Sync>
        + Default
        + Send
        + Unpin
        + 'static;

    /// Answers `request`, which came over `connection`. Never fails: a failure is an answer too.
    ///
    /// A request of any version has the host that it asks for in `Host`. Who answers an upgrade
    /// with 101 (or `CONNECT` of HTTP/2 with 200) takes what follows with [`hyper::upgrade::on`],
    /// [`Connection::run_tunnel`] and [`Tunnelled`].
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}
