//! Bytes of a client, encrypted or not.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::guard::Guarded;

/// A client's stream.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Calls the same method of whichever stream it is.
macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            Stream::Tls($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(cx))
    }
}

/// A client's bytes after an upgrade: what it had sent already first. Not watched any more, neither
/// for heads nor for time.
#[derive(Debug)]
pub struct Tunnelled {
    sent: Bytes,
    kind: TunnelKind,
}

#[derive(Debug)]
enum TunnelKind {
    /// A connection of its own.
    Whole(Stream),
    /// One stream of an HTTP/2 connection.
    Part(TokioIo<Upgraded>),
}

impl Tunnelled {
    /// What `upgraded` gives.
    #[must_use]
    pub fn new(upgraded: Upgraded) -> Self {
        match upgraded.downcast::<Guarded>() {
            Ok(parts) => {
                Self { sent: parts.read_buf, kind: TunnelKind::Whole(parts.io.into_stream()) }
            }
            Err(upgraded) => {
                Self { sent: Bytes::new(), kind: TunnelKind::Part(TokioIo::new(upgraded)) }
            }
        }
    }
}

impl AsyncRead for Tunnelled {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.sent.is_empty() {
            let part = this.sent.len().min(buf.remaining());
            buf.put_slice(this.sent.get(..part).unwrap_or_default());
            this.sent.advance(part);
            return Poll::Ready(Ok(()));
        }
        match &mut this.kind {
            TunnelKind::Whole(stream) => Pin::new(stream).poll_read(cx, buf),
            TunnelKind::Part(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Tunnelled {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().kind {
            TunnelKind::Whole(stream) => Pin::new(stream).poll_write(cx, buf),
            TunnelKind::Part(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            TunnelKind::Whole(stream) => Pin::new(stream).poll_flush(cx),
            TunnelKind::Part(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            TunnelKind::Whole(stream) => Pin::new(stream).poll_shutdown(cx),
            TunnelKind::Part(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
