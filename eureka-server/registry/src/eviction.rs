//! Eviction of expired leases (EV-1 to EV-3).

use std::sync::Arc;

use crate::entry::{Entry, Key};
use crate::self_preservation::whole;
use crate::{Moment, Registry};

/// How late a run of the eviction is, which is forgiven to every lease.
///
/// Renewals may have queued up while the process slept past its interval; without this a pause
/// here would read as silence there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compensation {
    previous_steady_ms: Option<u64>,
}

impl Compensation {
    /// For runs of which the first is due one interval after `now`.
    ///
    /// A run by default forgives nothing the first time (EV-1); this one also forgives a pause that
    /// began before the first run.
    #[must_use]
    pub const fn from_start(now: Moment) -> Self {
        Self { previous_steady_ms: Some(now.steady_ms) }
    }

    /// Lateness in ms of a run at `now` when runs are `interval_ms` apart; 0 for the first unless
    /// it is known when the runs began (EV-1).
    pub fn lateness_ms(&mut self, now: Moment, interval_ms: u64) -> u64 {
        let previous = self.previous_steady_ms.replace(now.steady_ms);
        previous
            .map_or(0, |before| now.steady_ms.saturating_sub(before).saturating_sub(interval_ms))
    }
}

/// Leases that one run may end, of `size` in all: what is above the threshold, truncated.
#[must_use]
pub fn limit(size: usize, renewal_percent_threshold: f64) -> usize {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let kept = whole(size as f64 * renewal_percent_threshold);
    usize::try_from(size.saturating_sub(kept)).unwrap_or(usize::MAX)
}

impl Registry {
    /// Ends expired leases, as many as one run may (EV-3), chosen at random by `seed` so that no
    /// application loses more than its share. Returns how many.
    ///
    /// Nothing is evicted while self-preservation forbids it (SP-3).
    pub fn evict(&self, now: Moment, lateness_ms: u64, seed: u64) -> usize {
        if !self.verdict(now).expiration_enabled {
            return 0;
        }
        let exact = self.config.exact_lease;
        let mut expired: Vec<Arc<str>> = self
            .leases
            .iter()
            .filter(|entry| entry.lease.is_expired(now, lateness_ms, exact))
            .map(|entry| Arc::clone(entry.key()))
            .collect();
        let limit = limit(self.leases.len(), self.config.renewal_percent_threshold);
        let count = limit.min(expired.len());
        // A defined order first: the map's own differs from run to run, the seed should decide.
        expired.sort_unstable();
        shuffle_front(&mut expired, count, seed);
        expired.iter().take(count).filter(|key| self.evict_one(key, now, lateness_ms)).count()
    }

    /// Looks again under the lock: the instance may have renewed since it was chosen.
    fn evict_one(&self, key: &Arc<str>, now: Moment, lateness_ms: u64) -> bool {
        let mut changes = self.changes.lock();
        let exact = self.config.exact_lease;
        let is_due = |entry: &Entry| entry.lease.is_expired(now, lateness_ms, exact);
        let removed = self.remove_if(&mut changes, key, now, is_due);
        if removed {
            let (app, id) = Key::split(key);
            changes.cancelled.push(now.wall_ms, app, id);
            changes.totals.evictions += 1;
        }
        removed
    }
}

/// Brings `count` elements chosen uniformly at random to the front (partial Fisher-Yates).
fn shuffle_front<T>(items: &mut [T], count: usize, seed: u64) {
    let mut state = seed;
    for at in 0..count.min(items.len()) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let left = u64::try_from(items.len() - at).unwrap_or(1);
        let offset = usize::try_from(mixed % left).unwrap_or_default();
        items.swap(at, at + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_size() {
        let limits = [1, 6, 10, 20, 100].map(|size| limit(size, 0.85));
        assert_eq!(limits, [1, 1, 2, 3, 15]);
    }

    #[test]
    fn lateness_is_what_exceeds_the_interval() {
        let at = |steady_ms| Moment { wall_ms: 0, steady_ms };
        let mut compensation = Compensation::default();
        assert_eq!(compensation.lateness_ms(at(500), 60), 0);
        assert_eq!(compensation.lateness_ms(at(560), 60), 0);
        assert_eq!(compensation.lateness_ms(at(1000), 60), 380);
        assert_eq!(Compensation::from_start(at(500)).lateness_ms(at(561), 60), 1);
    }

    #[test]
    fn the_choice_covers_everyone() {
        let mut hits = [0; 10];
        for seed in 0..2000 {
            let mut items: Vec<usize> = (0..10).collect();
            shuffle_front(&mut items, 2, seed);
            items[..2].iter().for_each(|&item| hits[item] += 1);
        }
        assert!(hits.iter().all(|&count| (300..500).contains(&count)), "{hits:?}");
    }
}
