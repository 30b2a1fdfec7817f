//! How many connections there are, and how many of them wait (MT-7).
//!
//! Opening and closing are rare and counted as they happen. What waits is counted when a thread
//! looks after its pools, so that no request pays for it: the number is as old as that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

/// Connections of HTTP/1 that are open.
static OPEN: AtomicU64 = AtomicU64::new(0);
/// Those that wait, by thread.
static IDLE: Mutex<Vec<Arc<AtomicU64>>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: Arc<AtomicU64> = {
        let own = Arc::<AtomicU64>::default();
        IDLE.lock().push(Arc::clone(&own));
        own
    };
}

/// A connection that is open for as long as this lives.
#[derive(Debug)]
pub(super) struct Open(());

impl Open {
    pub(super) fn new() -> Self {
        OPEN.fetch_add(1, Relaxed);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Relaxed);
    }
}

/// Notes how many connections of this thread wait.
pub(super) fn note_idle(count: usize) {
    OWN.with(|own| own.store(count as u64, Relaxed));
}

/// Connections of HTTP/1 in use, and those that wait.
pub(crate) fn connections() -> (u64, u64) {
    let idle = IDLE.lock().iter().map(|own| own.load(Relaxed)).sum::<u64>();
    (OPEN.load(Relaxed).saturating_sub(idle), idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_s_last_word_counts_and_what_is_closed_does_not() {
        let before = connections();
        let all: Vec<_> = (0..500).map(|_| Open::new()).collect();
        std::thread::spawn(|| note_idle(3)).join().unwrap();
        std::thread::spawn(|| {
            note_idle(9);
            note_idle(100);
        })
        .join()
        .unwrap();
        let (active, idle) = connections();
        assert!(idle >= before.1 + 103, "{idle}");
        assert!(active + idle >= 500, "{active}");
        drop(all);
        assert!(connections().0 < active);
    }
}
