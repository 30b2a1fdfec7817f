//! Background tasks: the only place that spawns them, so that a stop waits and a death is seen.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks of a process. A task that ends before it is told to, by a panic or otherwise, makes the
/// set unhealthy, which readiness should follow.
#[derive(Clone, Debug, Default)]
pub struct TaskSet {
    tracker: TaskTracker,
    stop: CancellationToken,
    failed: Arc<AtomicBool>,
}

impl TaskSet {
    /// An empty set whose tasks stop with `stop`.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), stop, failed: Arc::default() }
    }

    /// Token that is cancelled when the tasks should end.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs `task` under `name` until it ends by itself, which it should only do after the stop.
    pub fn run(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (stop, failed) = (self.stop.clone(), Arc::clone(&self.failed));
        let inner = self.tracker.spawn(task);
        self.tracker.spawn(async move {
            let ended = inner.await;
            if !stop.is_cancelled() {
                failed.store(true, Relaxed);
                tracing::error!(task = name, panicked = ended.is_err(), "a task ended early");
            }
        });
    }

    /// Whether no task has ended early.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        !self.failed.load(Relaxed)
    }

    /// Asks all tasks to stop and waits for them.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_dies_is_seen_and_one_that_is_stopped_is_not() {
        let tasks = TaskSet::default();
        let stop = tasks.stop_token();
        tasks.run("patient", async move { stop.cancelled().await });
        assert!(tasks.is_healthy());
        tasks.run("brief", async {});
        while tasks.is_healthy() {
            tokio::task::yield_now().await;
        }
        tasks.stop().await;
    }
}
