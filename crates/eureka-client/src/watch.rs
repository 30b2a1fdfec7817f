//! Changes of the registry, as they become known.

use std::cmp::Ordering;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::watch;

use crate::{Endpoint, Snapshot};

/// What became of the registry between two snapshots.
#[derive(Clone, Debug)]
pub struct Change {
    before: Arc<Snapshot>,
    after: Arc<Snapshot>,
}

/// What became of one instance.
#[derive(Clone, Copy, Debug)]
pub enum Difference<'a> {
    /// It is new.
    Added(&'a Arc<Endpoint>),
    /// It tells something else than before, for example another status.
    Modified {
        /// As it was.
        before: &'a Arc<Endpoint>,
        /// As it is.
        after: &'a Arc<Endpoint>,
    },
    /// It is gone.
    Removed(&'a Arc<Endpoint>),
}

impl Change {
    /// The registry as it was.
    #[must_use]
    pub const fn before(&self) -> &Arc<Snapshot> {
        &self.before
    }

    /// The registry as it is.
    #[must_use]
    pub const fn after(&self) -> &Arc<Snapshot> {
        &self.after
    }

    /// Every instance that differs, sorted by application and id.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference<'_>> {
        let mut found = Vec::new();
        let mut before = self.before.endpoints().iter().peekable();
        let mut after = self.after.endpoints().iter().peekable();
        loop {
            let order = match (before.peek(), after.peek()) {
                (None, None) => return found,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => key(old).cmp(&key(new)),
            };
            let old = if order == Ordering::Greater { None } else { before.next() };
            let new = if order == Ordering::Less { None } else { after.next() };
            match (old, new) {
                (Some(old), None) => found.push(Difference::Removed(old)),
                (None, Some(new)) => found.push(Difference::Added(new)),
                (Some(before), Some(after)) if !Arc::ptr_eq(before, after) => {
                    found.push(Difference::Modified { before, after });
                }
                _ => {}
            }
        }
    }
}

fn key(endpoint: &Endpoint) -> (&str, &str) {
    (&endpoint.info().app, endpoint.info().id())
}

/// Changes since this was made, one after the other; made by [`Client::watch`](crate::Client::watch).
///
/// Who reads slowly is told several changes as one and misses none. Nothing is queued.
#[derive(Debug)]
pub struct Changes {
    receiver: watch::Receiver<Arc<Snapshot>>,
    seen: Arc<Snapshot>,
}

impl Changes {
    pub(crate) fn new(mut receiver: watch::Receiver<Arc<Snapshot>>) -> Self {
        let seen = Arc::clone(&receiver.borrow_and_update());
        Self { receiver, seen }
    }

    /// Waits for the next change; `None` once the client is gone. May be cancelled at any time.
    pub async fn next(&mut self) -> Option<Change> {
        self.receiver.changed().await.ok()?;
        let after = Arc::clone(&self.receiver.borrow_and_update());
        let before = std::mem::replace(&mut self.seen, Arc::clone(&after));
        Some(Change { before, after })
    }

    /// The changes as a stream, for combinators.
    #[must_use]
    pub fn into_stream(self) -> ChangeStream {
        ChangeStream { waiting: Box::pin(wait(self)) }
    }
}

async fn wait(mut changes: Changes) -> (Option<Change>, Changes) {
    (changes.next().await, changes)
}

type Waiting = Pin<Box<dyn Future<Output = (Option<Change>, Changes)> + Send>>;

/// A [`Stream`] of changes; ends when the client is gone.
pub struct ChangeStream {
    waiting: Waiting,
}

impl std::fmt::Debug for ChangeStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeStream").finish_non_exhaustive()
    }
}

impl Stream for ChangeStream {
    type Item = Change;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        let Poll::Ready((change, changes)) = self.waiting.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        self.waiting = Box::pin(wait(changes));
        Poll::Ready(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::View;
    use crate::snapshot::tests::{instance, snapshot};

    fn of(ids: &[&str]) -> Arc<Snapshot> {
        let instances = ids.iter().map(|id| instance("A", id));
        Arc::new(snapshot(instances, &View::default(), &Snapshot::default()))
    }

    fn told(change: &Change) -> Vec<String> {
        let tell = |difference: &Difference<'_>| match difference {
            Difference::Added(endpoint) => format!("+{}", endpoint.info().id()),
            Difference::Modified { after, .. } => format!("~{}", after.info().id()),
            Difference::Removed(endpoint) => format!("-{}", endpoint.info().id()),
        };
        change.differences().iter().map(tell).collect()
    }

    #[tokio::test]
    async fn several_changes_are_told_as_one_and_the_end_is_the_end() {
        let (sender, receiver) = watch::channel(of(&["1"]));
        let mut changes = Changes::new(receiver);
        sender.send_replace(of(&["1", "2"]));
        sender.send_replace(of(&["2", "3"]));

        let change = changes.next().await.unwrap();
        assert_eq!(told(&change), ["-1", "+2", "+3"]);
        sender.send_replace(of(&["2"]));
        assert_eq!(told(&changes.next().await.unwrap()), ["~2", "-3"]);
        drop(sender);
        assert!(changes.next().await.is_none());
    }

    #[tokio::test]
    async fn the_stream_tells_the_same() {
        let (sender, receiver) = watch::channel(of(&[]));
        let mut stream = Changes::new(receiver).into_stream();
        let mut next =
            async || std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await;
        for ids in [&["1"][..], &["1", "2"]] {
            sender.send_replace(of(ids));
            assert_eq!(next().await.unwrap().after().endpoints().len(), ids.len());
        }
        drop(sender);
        assert!(next().await.is_none());
    }
}
