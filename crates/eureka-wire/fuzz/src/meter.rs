//! How much computing an input may cost.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What any input may cost, in time of this thread alone: others on the machine do not count.
const BASE: Duration = Duration::from_millis(50);

/// What each byte may cost on top: instrumented code takes some ten nanoseconds.
const PER_BYTE: Duration = Duration::from_micros(2);

/// Runs `work` on an input of `bytes` bytes.
///
/// # Panics
/// When it took more than an amount in proportion to the length: something is quadratic.
pub(crate) fn metered<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let started = consumed();
    let result = work();
    let took = consumed().saturating_sub(started);
    let allowed = BASE + PER_BYTE * u32::try_from(bytes).unwrap_or(u32::MAX);
    assert!(took <= allowed, "{bytes} bytes took {took:?}, more than {allowed:?}");
    result
}

fn consumed() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
