//! Threads that begin at one moment, and an end to tests that would never have one.

use std::panic::resume_unwind;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Far beyond what any of these tests takes; only a deadlock lasts as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `work`, and fails instead of hanging if it never ends.
pub(crate) fn within_patience(work: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    let ended = ended.recv_timeout(PATIENCE);
    assert_ne!(ended, Err(RecvTimeoutError::Timeout), "threads wait for each other");
    worker.join().unwrap_or_else(|panic| resume_unwind(panic));
}

/// Threads still at work; one that fails is counted out too, so that nobody waits for it.
#[derive(Debug)]
pub(crate) struct AtWork(AtomicUsize);

impl AtWork {
    pub(crate) const fn new(threads: usize) -> Self {
        Self(AtomicUsize::new(threads))
    }

    /// Keeps the caller counted until it lets go of this.
    pub(crate) const fn stay(&self) -> Stay<'_> {
        Stay(self)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

/// One thread at work.
#[derive(Debug)]
pub(crate) struct Stay<'a>(&'a AtWork);

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What `work` returns in each of `count` threads, which begin it together.
pub(crate) fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, work) = (Barrier::new(count), &work);
    thread::scope(|scope| {
        let start = |n| {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                work(n)
            })
        };
        let threads: Vec<_> = (0..count).map(start).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}
