//! New connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::ErrorKind;
use super::pool::{Lease, Pool};

/// Bytes of an answer's head (TL-11).
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Headers of an answer.
const HEADERS_MAX: usize = 256;

/// Opens a connection for `pool` within `limit`.
pub(super) async fn connect(pool: &Arc<Pool>, limit: Duration) -> Result<Lease, ErrorKind> {
    let opened = tokio::time::timeout(limit, open(pool)).await;
    let stream = opened.unwrap_or(Err(ErrorKind::ConnectTimeout))?;
    let handshake = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .handshake(TokioIo::new(stream))
        .await;
    let (sender, connection) = handshake.map_err(|_| ErrorKind::Closed)?;
    drive(async move {
        // What goes wrong is told to whoever waits for an answer.
        let _ = connection.with_upgrades().await;
    });
    Ok(Lease::new(sender, Arc::clone(pool)))
}

#[expect(clippy::disallowed_methods, reason = "ends with its connection and its worker's runtime")]
fn drive(connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(connection);
}

async fn open(pool: &Pool) -> Result<TcpStream, ErrorKind> {
    let place = pool.place();
    let addresses: Vec<SocketAddr> = match place.host.parse() {
        Ok(ip) => vec![SocketAddr::new(ip, place.port)],
        Err(_) => {
            let found = tokio::net::lookup_host((place.host, place.port)).await;
            found.map_err(|_| ErrorKind::UnknownHost)?.collect()
        }
    };
    let mut last = ErrorKind::UnknownHost;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Heads and bodies are complete when they are written: never wait for more.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = kind(&error),
        }
    }
    Err(last)
}

fn kind(error: &io::Error) -> ErrorKind {
    if error.kind() == io::ErrorKind::TimedOut {
        return ErrorKind::ConnectTimeout;
    }
    ErrorKind::Refused
}
