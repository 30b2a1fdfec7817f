//! A connection's byte stream that notes what phase it is in.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;

use super::Limits;
use super::framing::HeadWatch;
use super::size::CUT;
use super::stream::Stream;

/// Time in ticks since the worker started; see [`TICK_MS`].
pub(super) type Ticks = AtomicU32;

/// Milliseconds of a tick: how exactly phases are timed.
pub(super) const TICK_MS: u64 = 250;

const WAITING: u8 = 0;
const HEAD: u8 = 1;
const HANDLING: u8 = 2;
/// Streams of their own, which are counted.
const STREAMS: u8 = 3;

/// Streams that a peer may take back in [`RESETS_TICKS`] before it counts as an attack (DS-8).
const RESETS_MAX: u32 = 200;
/// Ten seconds.
const RESETS_TICKS: u32 = 40;

/// What a connection is doing and since when. Written by its task, read by the sweep.
#[derive(Debug)]
pub(super) struct Activity {
    phase: AtomicU8,
    /// Tick of the latest phase or progress.
    since: AtomicU32,
    /// Tick after which the peer has taken nothing, plus one; 0 while it takes what it is given.
    stuck: AtomicU32,
    /// Whether a head left it unclear where its request ends, or was too large.
    unclear: AtomicBool,
    too_large: AtomicBool,
    /// HTTP/2: streams that are open, pieces that were handed over and not asked after since, and
    /// streams taken back by the peer since a tick.
    streams: AtomicU32,
    given: AtomicU32,
    resets: AtomicU32,
    resets_since: AtomicU32,
}

impl Activity {
    /// Of a connection accepted now; a sweep may look at it before it has had its first turn.
    pub(super) fn waiting(now: &Ticks) -> Self {
        Self {
            phase: AtomicU8::new(WAITING),
            since: AtomicU32::new(now.load(Relaxed)),
            stuck: AtomicU32::new(0),
            unclear: AtomicBool::new(false),
            too_large: AtomicBool::new(false),
            streams: AtomicU32::new(0),
            given: AtomicU32::new(0),
            resets: AtomicU32::new(0),
            resets_since: AtomicU32::new(0),
        }
    }

    /// From now on it has streams.
    pub(super) fn has_streams(&self) {
        self.phase.store(STREAMS, Relaxed);
    }

    pub(super) fn stream_opened(&self) {
        self.streams.fetch_add(1, Relaxed);
    }

    /// Notes the end of a stream; one that did not finish was taken back by the peer.
    pub(super) fn stream_closed(&self, is_finished: bool, now: &Ticks) {
        let now = now.load(Relaxed);
        self.streams.fetch_sub(1, Relaxed);
        self.since.store(now, Relaxed);
        if is_finished {
            return;
        }
        if now.saturating_sub(self.resets_since.load(Relaxed)) > RESETS_TICKS {
            self.resets_since.store(now, Relaxed);
            self.resets.store(0, Relaxed);
        }
        self.resets.fetch_add(1, Relaxed);
    }

    /// A piece of an answer was handed over.
    pub(super) fn piece_given(&self, now: &Ticks) {
        if self.given.fetch_add(1, Relaxed) == 0 {
            self.since.store(now.load(Relaxed), Relaxed);
        }
    }

    /// The peer made room for another one.
    pub(super) fn piece_taken(&self, now: &Ticks) {
        self.given.fetch_sub(1, Relaxed);
        self.since.store(now.load(Relaxed), Relaxed);
    }

    /// Whether a head left it unclear where its request ends.
    pub(super) fn is_unclear(&self) -> bool {
        self.unclear.load(Relaxed)
    }

    /// Whether the lines of a head were more than they may be (DS-5).
    pub(super) fn is_too_large(&self) -> bool {
        self.too_large.load(Relaxed)
    }

    /// A request's head is complete and its answer begins.
    pub(super) fn handling(&self) {
        self.phase.store(HANDLING, Relaxed);
    }

    /// The answer is made; what is left is sending it and waiting for the next request.
    pub(super) fn answered(&self, now: &Ticks) {
        self.phase.store(WAITING, Relaxed);
        self.since.store(now.load(Relaxed), Relaxed);
    }

    /// Bytes came; true if they begin a head.
    fn read(&self, now: &Ticks) -> bool {
        let begins = self.phase.load(Relaxed) == WAITING;
        if begins {
            self.phase.store(HEAD, Relaxed);
            self.since.store(now.load(Relaxed), Relaxed);
        }
        begins
    }

    fn wrote(&self, all: bool, now: &Ticks) {
        let stuck = self.stuck.load(Relaxed);
        if all {
            if stuck != 0 {
                self.stuck.store(0, Relaxed);
                self.since.store(now.load(Relaxed), Relaxed);
            }
        } else if stuck == 0 {
            self.stuck.store(now.load(Relaxed).saturating_add(1), Relaxed);
        }
    }

    /// Whether the peer has used up its time at tick `now`.
    pub(super) fn overdue(&self, now: u32, limits: &Limits) -> bool {
        let passed = |from: u32, limit: std::time::Duration| {
            u128::from(now.saturating_sub(from)) * u128::from(TICK_MS) > limit.as_millis()
        };
        let stuck = self.stuck.load(Relaxed);
        if stuck != 0 && passed(stuck - 1, limits.write_timeout) {
            return true;
        }
        let since = self.since.load(Relaxed);
        match self.phase.load(Relaxed) {
            HEAD => passed(since, limits.head_timeout),
            WAITING => stuck == 0 && passed(since, limits.idle_timeout),
            STREAMS => {
                let is_idle = self.streams.load(Relaxed) == 0;
                self.resets.load(Relaxed) > RESETS_MAX
                    || (is_idle && passed(since, limits.idle_timeout))
                    || (self.given.load(Relaxed) > 0 && passed(since, limits.write_timeout))
            }
            _ => false,
        }
    }
}

/// The stream.
pub(super) struct Guarded {
    stream: TokioIo<Stream>,
    activity: Arc<Activity>,
    now: Arc<Ticks>,
    /// `None` where heads are not lines.
    heads: Option<HeadWatch>,
    /// Whether a first line was cut, and nothing is read any more.
    is_cut: bool,
}

/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;

thread_local! {
    /// What is read, for as long as it is looked at: hyper shows nobody what it was given.
    static READ: RefCell<[u8; READ_BYTES]> = const { RefCell::new([0; READ_BYTES]) };
}

impl Guarded {
    /// A stream of HTTP/1, or of HTTP/2.
    pub(super) fn new(
        stream: Stream,
        heads: Option<HeadWatch>,
        activity: Arc<Activity>,
        now: Arc<Ticks>,
    ) -> Self {
        Self { stream: TokioIo::new(stream), activity, now, heads, is_cut: false }
    }

    /// The bare stream.
    pub(super) fn into_stream(self) -> Stream {
        self.stream.into_inner()
    }

    fn note(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.activity.wrote(result.is_ready(), &self.now);
        result
    }
}

impl Read for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_cut {
            // Nobody knows what follows; the answer ends the connection.
            return Poll::Pending;
        }
        let Some(heads) = &mut this.heads else {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        };
        READ.with_borrow_mut(|bytes| {
            let room = bytes.len().min(buf.remaining());
            let mut read = ReadBuf::new(bytes.get_mut(..room).unwrap_or_default());
            let result = ready!(Pin::new(&mut this.stream).poll_read(cx, read.unfilled()));
            if this.activity.read(&this.now) {
                heads.begin();
            }
            if heads.is_unclear(read.filled()) {
                this.activity.unclear.store(true, Relaxed);
            }
            if heads.is_too_large() {
                this.activity.too_large.store(true, Relaxed);
            }
            if let Some(enough) = heads.cut(read.filled().len())
                && buf.remaining() >= enough + CUT.len()
            {
                // The rest of the line is not worth reading: it ends here, and is answered.
                buf.put_slice(read.filled().get(..enough).unwrap_or_default());
                buf.put_slice(CUT);
                this.is_cut = true;
                return Poll::Ready(result);
            }
            buf.put_slice(read.filled());
            Poll::Ready(result)
        })
    }
}

impl Write for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        // Most answers are one piece, and for one piece a plain write is the cheaper call.
        let result = match bufs {
            [only] => stream.poll_write(cx, only),
            _ => stream.poll_write_vectored(cx, bufs),
        };
        self.note(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        connections_max: 1,
        peer_connections_max: 0,
        head_bytes_max: 8192,
        line_bytes_max: 8192,
        requests_max: 0,
        takes_bare_lines: false,
        head_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(60),
        write_timeout: Duration::from_secs(30),
        linger: Duration::ZERO,
        drain_timeout: Duration::from_secs(1),
    };

    fn seconds(s: u32) -> u32 {
        s * 4
    }

    #[test]
    fn a_connection_counts_from_when_it_was_accepted() {
        let now = Ticks::new(seconds(10_000));
        let activity = Activity::waiting(&now);
        assert!(!activity.overdue(seconds(10_060), &LIMITS));
        assert!(activity.overdue(seconds(10_060) + 1, &LIMITS));
    }

    #[test]
    fn a_silent_connection_ends_after_the_idle_time() {
        let now = Ticks::new(0);
        let activity = Activity::waiting(&now);
        assert!(!activity.overdue(seconds(60), &LIMITS));
        assert!(activity.overdue(seconds(60) + 1, &LIMITS));
    }

    #[test]
    fn a_head_must_be_complete_in_time_however_many_bytes_trickle_in() {
        let now = Ticks::new(0);
        let activity = Activity::waiting(&now);
        for tick in 0..seconds(10) {
            now.store(tick, Relaxed);
            activity.read(&now);
        }
        assert!(!activity.overdue(seconds(10), &LIMITS));
        assert!(activity.overdue(seconds(10) + 1, &LIMITS));
        activity.handling();
        assert!(!activity.overdue(seconds(1000), &LIMITS));
    }

    #[test]
    fn a_peer_that_takes_nothing_ends_and_one_that_takes_something_goes_on() {
        let now = Ticks::new(0);
        let activity = Activity::waiting(&now);
        activity.wrote(false, &now);
        assert!(!activity.overdue(seconds(30), &LIMITS));
        assert!(activity.overdue(seconds(30) + 1, &LIMITS));
        now.store(seconds(29), Relaxed);
        activity.wrote(true, &now);
        activity.wrote(false, &now);
        assert!(!activity.overdue(seconds(59), &LIMITS));
    }

    #[test]
    fn streams_that_are_taken_back_again_and_again_end_the_connection() {
        let now = Ticks::new(seconds(100));
        let activity = Activity::waiting(&now);
        activity.has_streams();
        let reset = || {
            activity.stream_opened();
            activity.stream_closed(false, &now);
        };
        (0..RESETS_MAX).for_each(|_| reset());
        assert!(!activity.overdue(seconds(101), &LIMITS));
        now.store(seconds(120), Relaxed);
        reset();
        assert!(!activity.overdue(seconds(120), &LIMITS));
        (0..RESETS_MAX).for_each(|_| reset());
        assert!(activity.overdue(seconds(120), &LIMITS));
    }

    #[test]
    fn streams_wait_for_us_as_long_as_they_like_and_we_for_them_only_so_long() {
        let now = Ticks::new(0);
        let activity = Activity::waiting(&now);
        activity.has_streams();
        activity.stream_opened();
        assert!(!activity.overdue(seconds(1000), &LIMITS));
        activity.piece_given(&now);
        assert!(activity.overdue(seconds(31), &LIMITS));
        activity.piece_taken(&now);
        assert!(!activity.overdue(seconds(1000), &LIMITS));
        activity.stream_closed(true, &now);
        assert!(activity.overdue(seconds(61), &LIMITS));
    }
}
