//! Whatever the order of calls and the time between them, the registry is what its rules say.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

#[path = "model/compare.rs"]
mod compare;
#[path = "model/naive.rs"]
mod naive;
#[path = "support/steps.rs"]
mod steps;

use eureka_registry::{Config, Heartbeat, Moment, Registry, Renewal};
use proptest::prelude::*;

use naive::{Answer, Key, Naive};
use steps::{Step, T0, Who};

fn key_of(who: Who) -> Key {
    (who.app.to_owned(), who.id.to_owned())
}

/// The registry and its model, at one time.
struct Pair {
    registry: Registry,
    naive: Naive,
    now: Moment,
}

impl Pair {
    fn open(config: Config) -> Self {
        let registry = Registry::open(config.clone(), T0);
        Self { registry, naive: Naive::open(config, T0), now: T0 }
    }

    fn take(&mut self, step: &Step) {
        let (told, version) = (self.naive.changed, self.registry.version());
        self.apply(step);
        self.now = step.time_after(self.now);
        // Readers keep what they encoded until the version changes, so it must change with every
        // change; and renewals, nearly all of the traffic, must not make them encode again.
        let is_raised = self.registry.version() > version;
        assert_eq!(is_raised, self.naive.changed > told, "version after {step:?}");
        compare::registry_with_model(&self.registry, &self.naive, self.now);
    }

    fn apply(&mut self, step: &Step) {
        let (registry, naive, now) = (&self.registry, &mut self.naive, self.now);
        match step {
            Step::Register { registration, origin } => {
                registry.register(registration.0.clone(), *origin, now);
                naive.register(&registration.0, *origin, now);
            }
            Step::Renew { who, beat, times } => {
                for _ in 0..*times {
                    self.renew(*who, *beat);
                }
            }
            Step::Cancel { who } => {
                let removed = registry.cancel(who.app, who.id, now);
                assert_eq!(removed, naive.cancel(&key_of(*who), now));
            }
            Step::SetOverride { who, status, last_dirty } => {
                let outcome = registry.set_override(who.app, who.id, *status, *last_dirty, now);
                let expected = naive.set_override(&key_of(*who), *status, *last_dirty, now);
                assert_eq!(outcome, expected);
            }
            Step::RemoveOverride { who, status, last_dirty } => {
                let outcome = registry.remove_override(who.app, who.id, *status, *last_dirty, now);
                let expected = naive.remove_override(&key_of(*who), *status, *last_dirty, now);
                assert_eq!(outcome, expected);
            }
            Step::SetMetadata { who, entries, origin } => {
                let found = registry.set_metadata(who.app, who.id, entries, *origin, now);
                assert_eq!(found, naive.set_metadata(&key_of(*who), entries, *origin, now));
            }
            Step::Evict { lateness_ms, seed } => self.evict(*lateness_ms, *seed),
            Step::Correct => {
                registry.correct_expected_clients();
                naive.correct();
            }
            Step::ExpireChanges => {
                registry.expire_changes(now);
                naive.expire_changes(now);
            }
            Step::Pass { .. } | Step::JumpWall { .. } => {}
        }
    }

    fn renew(&mut self, who: Who, beat: Heartbeat) {
        let answer = match self.registry.renew(who.app, who.id, beat, self.now) {
            Renewal::Accepted => Answer::Ok,
            Renewal::Unknown => Answer::NotFound,
            Renewal::SenderIsAhead => Answer::Ahead,
            Renewal::PeerIsBehind(info) => Answer::Behind(Box::new(info.as_ref().clone())),
        };
        assert_eq!(answer, self.naive.renew(&key_of(who), beat, self.now), "{who:?} {beat:?}");
    }

    /// Who goes is a matter of chance: the model says how many and who may, and then follows.
    fn evict(&mut self, lateness_ms: u64, seed: u64) {
        let before = self.registry.feed(u64::MAX).number;
        let count = self.registry.evict(self.now, lateness_ms, seed);
        let (naive, now) = (&mut self.naive, self.now);
        let is_candidate = |key: &Key| naive.is_expired(key, lateness_ms, now);
        let candidates: Vec<Key> = naive.keys().into_iter().filter(is_candidate).collect();
        let due = candidates.len().min(naive.eviction_limit());
        assert_eq!(count, if naive.may_expire(now) { due } else { 0 });
        let gone = self.registry.feed(before).changes.unwrap();
        assert_eq!(gone.len(), count);
        for change in &gone {
            let key = (change.app().to_owned(), change.id().to_owned());
            assert!(candidates.contains(&key), "{key:?} had not expired");
            naive.evicted(&key, now);
        }
    }
}

proptest! {
    // A failure shows all it takes to repeat it, so no seeds are kept in a file.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn registry_equals_its_rules(
        config in steps::config(),
        steps in prop::collection::vec(steps::step(), 1..80),
    ) {
        let mut pair = Pair::open(config);
        for step in &steps {
            pair.take(step);
        }
    }
}
