//! How fast a client sends a body (DS-2).
//!
//! Only time counts in which the gateway waits for the client: what an upstream takes its time for
//! is nobody's fault. Every byte buys time, up to the longest gap; who has none left is too slow.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Bodies that were given up since the process began, by all threads; one is rare.
pub(crate) static GIVEN_UP: AtomicU64 = AtomicU64::new(0);

/// What a client owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PaceRule {
    /// Bytes per second; 0 is any.
    pub(crate) rate_min: u64,
    /// Time that a body has before it must have that rate.
    pub(crate) grace: Duration,
    /// Longest gap; `None` is any.
    pub(crate) idle_max: Option<Duration>,
}

impl PaceRule {
    /// Where nothing is configured.
    #[cfg(test)]
    pub(crate) const USUAL: Self = Self {
        rate_min: 500,
        grace: Duration::from_secs(10),
        idle_max: Some(Duration::from_secs(30)),
    };
}

/// One body on its way.
#[derive(Debug)]
pub(super) struct Pace {
    rule: PaceRule,
    /// Nanoseconds that may still be waited.
    credit: u64,
    /// Since when it is waited for.
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(super) fn new(rule: PaceRule) -> Self {
        Self { rule, credit: nanos(rule.grace), since: None, timer: None }
    }

    /// So many bytes came.
    pub(super) fn moved(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.waited(since.elapsed());
        }
        self.earned(bytes);
    }

    fn waited(&mut self, time: Duration) {
        self.credit = self.credit.saturating_sub(nanos(time));
    }

    fn earned(&mut self, bytes: usize) {
        const SECOND: u64 = 1_000_000_000;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(time) = bytes.saturating_mul(SECOND).checked_div(self.rule.rate_min) {
            let most = self.rule.idle_max.unwrap_or(self.rule.grace).max(self.rule.grace);
            self.credit = self.credit.saturating_add(time).min(nanos(most));
        }
    }

    /// How long may be waited from now on.
    fn left(&self) -> Option<Duration> {
        let credit = (self.rule.rate_min > 0).then(|| Duration::from_nanos(self.credit));
        match (credit, self.rule.idle_max) {
            (Some(credit), Some(idle)) => Some(credit.min(idle)),
            (credit, idle) => credit.or(idle),
        }
    }

    /// Ready once the client was waited for too long.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(left) = self.left() else { return Poll::Pending };
        let end = *self.since.get_or_insert_with(Instant::now) + left;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        loop {
            // An end only ever moves away: the timer is set again when it goes off.
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= end {
                GIVEN_UP.fetch_add(1, Relaxed);
                return Poll::Ready(());
            }
            timer.as_mut().reset(end);
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> Pace {
        Pace::new(PaceRule::USUAL)
    }

    /// How many pieces of `bytes`, one each `gap`, a body gets through; at most a thousand.
    async fn pieces(pace: &mut Pace, bytes: usize, gap: Duration) -> usize {
        for count in 0..1000 {
            let waiting = poll_fn(|cx| pace.poll(cx));
            if tokio::time::timeout(gap, waiting).await.is_ok() {
                return count;
            }
            pace.moved(bytes);
        }
        1000
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_has_its_grace_and_no_more() {
        // 400 bytes a second cost a fifth of a second each: ten of grace are gone after fifty.
        let count = pieces(&mut pace(), 400, SECOND).await;
        assert!((44..=51).contains(&count), "{count}");
        assert_eq!(pieces(&mut pace(), 500, SECOND).await, 1000);
        assert_eq!(pieces(&mut pace(), 1, SECOND).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_fast_buys_a_pause_no_longer_than_the_longest_gap() {
        let mut own = pace();
        own.moved(1 << 30);
        assert_eq!(pieces(&mut own, 0, 29 * SECOND).await, 1);
        let mut own = pace();
        own.moved(1 << 30);
        assert_eq!(pieces(&mut own, 0, 31 * SECOND).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_waits_for_the_client_does_not_count() {
        let mut own = pace();
        for _ in 0..100 {
            assert!(futures_pending(&mut own).await);
            own.moved(1);
            tokio::time::sleep(9 * SECOND).await;
        }
        assert!(futures_pending(&mut own).await);
    }

    async fn futures_pending(pace: &mut Pace) -> bool {
        poll_fn(|cx| Poll::Ready(pace.poll(cx).is_pending())).await
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_only_gaps_count_and_without_both_nothing_does() {
        let gaps = PaceRule { rate_min: 0, ..PaceRule::USUAL };
        assert_eq!(pieces(&mut Pace::new(gaps), 1, 29 * SECOND).await, 1000);
        assert_eq!(pieces(&mut Pace::new(gaps), 1, 31 * SECOND).await, 0);
        let none = PaceRule { idle_max: None, ..gaps };
        assert_eq!(pieces(&mut Pace::new(none), 1, 3600 * SECOND).await, 1000);
    }
}
