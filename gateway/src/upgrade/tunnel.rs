//! Bytes in both directions, as they come, until both ends have had enough.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::frames::Frames;
use crate::upstream::Gap;

/// How long the one direction may be silent once the other has ended (PT-6).
const HALF_OPEN_MAX: Duration = Duration::from_secs(1);
/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;
/// Close frame of a server that goes away (PT-7): 1001.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xe9];

thread_local! {
    /// Most of the time a tunnel has nothing to carry: all of a thread share what they read into.
    static READ: RefCell<[u8; READ_BYTES]> = const { RefCell::new([0; READ_BYTES]) };
}

/// Carries bytes between the two until both have ended, or `cut`. `first` is what the upstream had
/// sent already; `is_framed` is whether the bytes are those of a WebSocket. After a `gap` in which
/// nothing moved it ends as if cut.
pub(super) async fn run<C, U>(
    (mut client, mut upstream): (C, U),
    first: Bytes,
    is_framed: bool,
    gap: Option<Duration>,
    cut: impl Future<Output = ()>,
) where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    let mut up = Way::default();
    let mut frames = is_framed.then(Frames::default);
    if let Some(frames) = &mut frames {
        frames.passed(&first);
    }
    let mut down = Way { waiting: first, frames, ..Way::default() };
    let mut silent: Option<Pin<Box<Sleep>>> = None;
    let (mut seen, mut noted) = (0, 0);
    let mut gap = Gap::new(gap);
    let both = std::future::poll_fn(|cx| {
        let first = up.poll(cx, &mut client, &mut upstream)?;
        let second = down.poll(cx, &mut upstream, &mut client)?;
        let moved = up.moved + down.moved;
        if first.is_pending() && second.is_pending() {
            if std::mem::replace(&mut noted, moved) != moved {
                gap.moved();
            }
            return gap.poll(cx).map(|()| Ok(End::Silent));
        }
        if first.is_ready() && second.is_ready() {
            return Poll::Ready(Ok::<_, io::Error>(End::Both));
        }
        let timer = silent.get_or_insert_with(|| Box::pin(tokio::time::sleep(HALF_OPEN_MAX)));
        if moved != seen {
            seen = moved;
            timer.as_mut().reset(Instant::now() + HALF_OPEN_MAX);
        }
        timer.as_mut().poll(cx).map(|()| Ok(End::Both))
    });
    tokio::select! {
        end = both => if !matches!(end, Ok(End::Silent)) { return },
        () = cut => {}
    }
    if down.is_between_frames() {
        let _ = client.write_all(&GOING_AWAY).await;
    }
    let _ = client.shutdown().await;
}

/// How a tunnel ended by itself.
enum End {
    /// At both ends.
    Both,
    /// Nobody had anything to say.
    Silent,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    /// Read, and not written yet.
    waiting: Bytes,
    frames: Option<Frames>,
    moved: u64,
    has_ended: bool,
    is_over: bool,
}

impl Way {
    /// Ready once `from` has ended and `to` knows it.
    fn poll<F, T>(&mut self, cx: &mut Context<'_>, from: &mut F, to: &mut T) -> Poll<io::Result<()>>
    where
        F: AsyncRead + Unpin,
        T: AsyncWrite + Unpin,
    {
        if self.is_over {
            return Poll::Ready(Ok(()));
        }
        loop {
            while !self.waiting.is_empty() {
                let written = ready!(Pin::new(&mut *to).poll_write(cx, &self.waiting))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.waiting.advance(written);
            }
            // Nothing is kept while nothing moves.
            self.waiting = Bytes::new();
            if self.has_ended {
                ready!(Pin::new(&mut *to).poll_shutdown(cx))?;
                self.is_over = true;
                return Poll::Ready(Ok(()));
            }
            ready!(Pin::new(&mut *to).poll_flush(cx))?;
            ready!(READ.with_borrow_mut(|bytes| self.carry(cx, bytes, from, to)))?;
        }
    }

    fn carry<F, T>(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
        from: &mut F,
        to: &mut T,
    ) -> Poll<io::Result<()>>
    where
        F: AsyncRead + Unpin,
        T: AsyncWrite + Unpin,
    {
        let mut read = ReadBuf::new(bytes);
        ready!(Pin::new(from).poll_read(cx, &mut read))?;
        let read = read.filled();
        self.has_ended = read.is_empty();
        self.moved += u64::try_from(read.len()).unwrap_or_default();
        if let Some(frames) = &mut self.frames {
            frames.passed(read);
        }
        if read.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let written = match Pin::new(to).poll_write(cx, read) {
            Poll::Ready(written) => written?,
            Poll::Pending => 0,
        };
        self.waiting = Bytes::copy_from_slice(read.get(written..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }

    /// Whether a frame of the gateway's own would be understood here.
    fn is_between_frames(&self) -> bool {
        self.waiting.is_empty() && self.frames.as_ref().is_some_and(Frames::is_between)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};

    use super::*;

    /// A tunnel between two ends, which carry so many bytes at a time.
    async fn between<T>(first: &'static [u8], cut: impl Future<Output = ()>, test: T)
    where
        T: AsyncFnOnce(DuplexStream, DuplexStream),
    {
        let (client, near) = duplex(16);
        let (upstream, far) = duplex(16);
        let gap = Some(Duration::from_secs(600));
        let tunnel = run((near, far), Bytes::from_static(first), true, gap, cut);
        tokio::join!(tunnel, test(client, upstream));
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_and_what_came_early_first() {
        between(b"early ", std::future::pending(), async |mut client, mut upstream| {
            upstream.write_all(b"later").await.unwrap();
            let mut read = [0; 11];
            client.read_exact(&mut read).await.unwrap();
            assert_eq!(&read, b"early later");
            client.write_all(b"a question that is longer than a pipe").await.unwrap();
            client.shutdown().await.unwrap();
            let mut all = String::new();
            upstream.read_to_string(&mut all).await.unwrap();
            assert_eq!(all, "a question that is longer than a pipe");
            // The other direction is open still.
            upstream.write_all(b"bye").await.unwrap();
            drop(upstream);
            all.clear();
            client.read_to_string(&mut all).await.unwrap();
            assert_eq!(all, "bye");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_stays_silent_after_the_other_has_gone_is_let_go() {
        between(b"", std::future::pending(), async |client, mut upstream| {
            drop(client);
            let mut all = Vec::new();
            upstream.read_to_end(&mut all).await.unwrap();
            // The tunnel ends although this end stays open.
            std::mem::forget(upstream);
        })
        .await;
    }

    #[tokio::test]
    async fn a_websocket_is_told_when_the_server_goes() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let cut = async { told.await.unwrap() };
        between(b"", cut, async |mut client, mut upstream| {
            upstream.write_all(&[0x81, 1, b'x']).await.unwrap();
            let mut read = [0; 3];
            client.read_exact(&mut read).await.unwrap();
            tell.send(()).unwrap();
            let mut all = Vec::new();
            client.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, GOING_AWAY);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn where_nothing_moves_for_long_both_are_let_go_to_9() {
        between(b"", std::future::pending(), async |mut client, mut upstream| {
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(590)).await;
                upstream.write_all(&[0x81, 1, b'x']).await.unwrap();
                let mut read = [0; 3];
                client.read_exact(&mut read).await.unwrap();
            }
            let mut all = Vec::new();
            client.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, GOING_AWAY);
            all.clear();
            upstream.read_to_end(&mut all).await.unwrap();
        })
        .await;
    }
}
