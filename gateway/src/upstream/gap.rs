//! Streams that stop in the middle (TO-9).

use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

/// Answers that stopped in the middle since the process began, by all threads; one is rare.
pub(crate) static STALLED: AtomicU64 = AtomicU64::new(0);

/// Time without a byte. Its timer is made when something is waited for, and looks at what has moved
/// only when it goes off.
#[derive(Debug)]
pub(crate) struct Gap {
    limit: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    has_moved: bool,
}

impl Gap {
    /// `None` is as long as it likes.
    pub(crate) const fn new(limit: Option<Duration>) -> Self {
        Self { limit, timer: None, has_moved: false }
    }

    /// Something came.
    pub(crate) const fn moved(&mut self) {
        self.has_moved = true;
    }

    /// Ready once nothing has moved for the whole limit.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(limit) = self.limit else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if !std::mem::take(&mut self.has_moved) {
                return Poll::Ready(());
            }
            timer.as_mut().reset(tokio::time::Instant::now() + limit);
        }
    }
}
