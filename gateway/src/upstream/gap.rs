//! Streams that stop in the middle (TO-9, DS-2).

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

/// Time without a byte. Its timer is made when something is waited for, and looks at what has moved
/// only when it goes off.
#[derive(Debug)]
pub(super) struct Gap {
    limit: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    has_moved: bool,
}

impl Gap {
    /// `None` is as long as it likes.
    pub(super) const fn new(limit: Option<Duration>) -> Self {
        Self { limit, timer: None, has_moved: false }
    }

    /// Something came.
    pub(super) const fn moved(&mut self) {
        self.has_moved = true;
    }

    /// Ready once nothing has moved for the whole limit.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
