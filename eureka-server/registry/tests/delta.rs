//! A delta on top of any earlier copy gives the present, and the hash that is sent with it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/apply.rs"]
mod apply;
#[path = "support/reader.rs"]
mod reader;
#[path = "support/steps.rs"]
mod steps;

use std::collections::HashSet;

use eureka_registry::{Config, Moment, Registry};
use proptest::prelude::*;

use reader::Mirror;
use steps::{Step, T0};

/// The registry, the time, and everything that readers need to be judged by.
struct Run {
    registry: Registry,
    now: Moment,
}

impl Run {
    fn open(config: Config) -> Self {
        Self { registry: Registry::open(config, T0), now: T0 }
    }

    fn take(&mut self, step: &Step) {
        apply::step(&self.registry, step, self.now);
        self.now = step.time_after(self.now);
    }

    /// The present: `copy` must be it, and its hash the one that is sent.
    fn check(&self, copy: &Mirror, what: &str) {
        let (all, feed) = self.registry.everything();
        assert_eq!(copy, &Mirror::of(&all), "{what}");
        assert_eq!(copy.hash(), feed.counts.to_string(), "{what}");
    }

    fn is_within_retention(&self, since: Moment) -> bool {
        self.now.steady_ms - since.steady_ms <= self.registry.config().delta_retention_ms
    }
}

/// A client that took everything once and applies one delta to it.
struct Earlier {
    at: Moment,
    number: u64,
    copy: Mirror,
}

impl Earlier {
    fn take(run: &Run) -> Self {
        let (all, feed) = run.registry.everything();
        Self { at: run.now, number: feed.number, copy: Mirror::of(&all) }
    }

    fn check(&self, run: &Run) {
        let (changes, feed) = run.registry.whole_delta();
        let holds = self.number >= feed.dropped;
        // A change stays in the delta for the retention time, however often others are dropped.
        assert!(holds || !run.is_within_retention(self.at), "dropped too early");
        if holds {
            let mut copy = self.copy.clone();
            copy.apply(&changes);
            run.check(&copy, "an earlier copy and the delta");
        }
    }
}

/// A reader that follows by number, looking every so many steps.
struct Follower {
    every: usize,
    at: Moment,
    number: u64,
    copy: Mirror,
    /// How often it had to take everything anew.
    restarts: u32,
}

impl Follower {
    fn new(every: usize) -> Self {
        Self { every, at: T0, number: 0, copy: Mirror::default(), restarts: 0 }
    }

    fn look(&mut self, run: &Run) {
        let feed = run.registry.feed(self.number);
        assert_eq!(feed.changes.is_none(), self.number < feed.dropped);
        let number = match feed.changes {
            Some(changes) => {
                assert!(changes.iter().all(|change| change.number > self.number));
                self.copy.apply(&changes);
                feed.number
            }
            None => {
                assert!(!run.is_within_retention(self.at), "fell behind too early");
                let (all, feed) = run.registry.everything();
                self.copy = Mirror::of(&all);
                self.restarts += 1;
                feed.number
            }
        };
        assert!(number >= self.number);
        (self.number, self.at) = (number, run.now);
        run.check(&self.copy, "a follower");
    }
}

/// Each instance once, in the order of the changes, all of them later than what was dropped.
fn check_order(run: &Run) {
    let (changes, feed) = run.registry.whole_delta();
    let mut seen = HashSet::new();
    assert!(changes.iter().all(|change| seen.insert((change.app(), change.id()))));
    assert!(changes.is_sorted_by(|one, next| one.number < next.number));
    let bounds = (changes.first(), changes.last());
    if let (Some(first), Some(last)) = bounds {
        assert!(first.number > feed.dropped && last.number == feed.number);
    }
}

proptest! {
    // A failure shows all it takes to repeat it, so no seeds are kept in a file.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_earlier_copy_and_the_delta_make_the_present(
        config in steps::config(),
        steps in prop::collection::vec(steps::step(), 1..60),
    ) {
        let mut run = Run::open(config);
        let mut earlier = vec![Earlier::take(&run)];
        for step in &steps {
            run.take(step);
            check_order(&run);
            earlier.iter().for_each(|copy| copy.check(&run));
            earlier.push(Earlier::take(&run));
        }
    }

    #[test]
    fn followers_of_every_pace_arrive_at_the_present(
        config in steps::config(),
        steps in prop::collection::vec(steps::step(), 1..120),
        paces in prop::collection::vec(1..40_usize, 1..5),
    ) {
        let mut run = Run::open(config);
        let mut followers: Vec<Follower> = paces.into_iter().map(Follower::new).collect();
        for (at, step) in steps.iter().enumerate() {
            run.take(step);
            let due = followers.iter_mut().filter(|follower| (at + 1) % follower.every == 0);
            due.for_each(|follower| follower.look(&run));
        }
        followers.iter_mut().for_each(|follower| follower.look(&run));
    }
}

/// The properties above would hold of a registry that never drops anything, or whose followers all
/// start anew each time; here is one of each.
#[test]
fn a_follower_in_time_goes_on_and_a_late_one_starts_anew() {
    let mut run = Run::open(Config { delta_retention_ms: 180_000, ..Config::default() });
    let (mut prompt, mut late) = (Follower::new(1), Follower::new(1));
    let ids: Vec<String> = (0..20).map(|n| format!("i{n}")).collect();
    for id in &ids {
        run.registry.register(
            reader::instance("APP", id),
            eureka_registry::Origin::Client,
            run.now,
        );
        run.now = run.now.later_by(30_000);
        run.registry.expire_changes(run.now);
        prompt.look(&run);
    }
    let (changes, feed) = run.registry.whole_delta();
    // Six changes are at most 180 s old, the oldest of them exactly that.
    assert_eq!((changes.len(), feed.dropped), (6, 14));
    assert!(!run.registry.cancel("APP", "nobody", run.now));
    assert!(run.registry.cancel("APP", ids.first().unwrap(), run.now));

    prompt.look(&run);
    late.look(&run);

    assert_eq!((prompt.restarts, late.restarts), (0, 1));
    assert_eq!((prompt.copy.len(), late.copy.len()), (19, 19));
}
