//! Where the known registry comes from, and how old it is.

use std::time::Duration;

use crate::Clock;

/// Where the known registry comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing is known.
    #[default]
    Nothing,
    /// It was handed over when the client was made.
    Backup,
    /// It was kept on disk by an earlier process.
    Disk,
    /// A discovery server told it.
    Server,
}

/// Source and age of the known registry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Freshness {
    source: Source,
    /// Written at this wall clock, ms since the epoch.
    written: Option<i64>,
    /// Fetched at this monotonic time, ms.
    fetched: Option<u64>,
}

impl Freshness {
    pub(crate) const fn backup() -> Self {
        Self { source: Source::Backup, written: None, fetched: None }
    }

    pub(crate) const fn kept(written: i64) -> Self {
        Self { source: Source::Disk, written: Some(written), fetched: None }
    }

    pub(crate) const fn fetched(now_ms: u64) -> Self {
        Self { source: Source::Server, written: None, fetched: Some(now_ms) }
    }

    pub(crate) const fn source(&self) -> Source {
        self.source
    }

    /// Time since then; a wall clock that was set back makes it zero.
    pub(crate) fn age(&self, clock: &dyn Clock) -> Option<Duration> {
        let fetched = self.fetched.map(|at| clock.monotonic_ms().saturating_sub(at));
        let written = self.written.map(|at| clock.wall_ms().saturating_sub(at));
        let written = written.map(|age| u64::try_from(age).unwrap_or_default());
        fetched.or(written).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::manual::ManualClock;

    #[test]
    fn age_counts_from_the_last_word_of_a_server_or_from_the_file() {
        let clock = ManualClock::default();
        clock.advance_ms(10_000);
        let age = |freshness: Freshness| freshness.age(&clock).map(|age| age.as_millis());

        assert_eq!(age(Freshness::default()), None);
        assert_eq!(age(Freshness::backup()), None);
        assert_eq!(age(Freshness::kept(4_000)), Some(6_000));
        assert_eq!(age(Freshness::kept(11_000)), Some(0));
        assert_eq!(age(Freshness::fetched(9_000)), Some(1_000));
    }
}
