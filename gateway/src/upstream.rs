//! Connections to upstreams: made when needed, kept per worker thread, lent to one request at a time.
//!
//! Nothing here is shared between threads: a worker's connections, its pool and its requests live on
//! one runtime, so that no request waits for a lock or wakes another core.

mod body;
mod connect;
mod error;
mod exchange;
mod gap;
mod h2;
mod incoming;
mod io;
mod outgoing;
mod pace;
mod place;
mod pool;
mod settings;
mod talk;
#[cfg(test)]
mod tests;
mod through;
mod tls;
mod trailers;

pub(crate) use body::{RequestBody, Streamed, UpstreamBody};
pub(crate) use connect::OPENED;
pub(crate) use error::{ErrorKind, SendError};
pub(crate) use exchange::{Exchange, Protocol, send};
pub(crate) use gap::{Gap, STALLED};
pub(crate) use pace::{GIVEN_UP, PaceRule};
pub(crate) use place::Place;
pub(crate) use settings::{ClientError, ClientSettings};
