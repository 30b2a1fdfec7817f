//! New connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::h2::{self, Line};
use super::io::Io;
use super::pool::{Pool, Wire};
use super::{ErrorKind, Protocol};

/// Connections that were opened since the process began, by all threads; a new one is rare.
pub(crate) static OPENED: AtomicU64 = AtomicU64::new(0);

/// A new connection.
#[derive(Debug)]
pub(super) enum Connected {
    /// For one request at a time.
    Wire(Wire),
    /// For many.
    Line(Line),
}

/// Opens a connection for `pool` within `limit`, and over TLS agrees on what is spoken.
pub(super) async fn connect(
    pool: &Pool,
    limit: Duration,
    protocol: Protocol,
) -> Result<Connected, ErrorKind> {
    let opened = tokio::time::timeout(limit, open(pool)).await;
    let stream = opened.unwrap_or(Err(ErrorKind::ConnectTimeout))?;
    OPENED.fetch_add(1, Relaxed);
    let (io, is_h2) = if pool.place().is_secure {
        let agreeing =
            tokio::time::timeout(pool.settings.handshake_timeout, secure(pool, stream, protocol));
        agreeing.await.unwrap_or(Err(ErrorKind::ConnectTimeout))?
    } else {
        (Io::Plain(stream), protocol == Protocol::H2)
    };
    if is_h2 {
        let line = h2::begin(io).await?;
        pool.h2.lock().add(&line);
        return Ok(Connected::Line(line));
    }
    Ok(Connected::Wire(Wire { io, read: BytesMut::new(), opened: Instant::now() }))
}

async fn secure(
    pool: &Pool,
    stream: TcpStream,
    protocol: Protocol,
) -> Result<(Io, bool), ErrorKind> {
    let [both, old] = &pool.settings.tls;
    let config = if protocol == Protocol::H1 { old } else { both };
    let name = ServerName::try_from(pool.place().host.to_owned());
    let name = name.map_err(|_| ErrorKind::UnknownHost)?;
    let agreed = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
    let stream = agreed.map_err(|error| {
        tracing::debug!(place = %pool.place(), %error, "no TLS");
        ErrorKind::Untrusted
    })?;
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Io::Tls(Box::new(stream)), is_h2))
}

#[expect(clippy::disallowed_methods, reason = "ends with its connection and its worker's runtime")]
pub(super) fn drive(connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(connection);
}

async fn open(pool: &Pool) -> Result<TcpStream, ErrorKind> {
    let place = pool.place();
    match pool.settings.through.as_ref().filter(|through| through.is_for(place.host)) {
        None => dial(place.host, place.port).await,
        Some(through) => {
            let mut stream = dial(&through.host, through.port).await?;
            through.open(&mut stream, place).await?;
            Ok(stream)
        }
    }
}

async fn dial(host: &str, port: u16) -> Result<TcpStream, ErrorKind> {
    let addresses: Vec<SocketAddr> = match host.parse() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => {
            let found = tokio::net::lookup_host((host, port)).await;
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
