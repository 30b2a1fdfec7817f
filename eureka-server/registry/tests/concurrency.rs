//! Many threads at once: nothing is lost, nothing is doubled, nobody waits for ever.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/apply.rs"]
mod apply;
#[path = "concurrency/invariants.rs"]
mod invariants;
#[path = "support/reader.rs"]
mod reader;
#[path = "support/steps.rs"]
mod steps;
#[path = "concurrency/together.rs"]
mod together;

use std::sync::atomic::{AtomicI32, Ordering};

use eureka_registry::registry::Totals;
use eureka_registry::{Config, Heartbeat, Moment, Origin, OverrideOutcome, Registry, Renewal};
use eureka_wire::{ActionType, InstanceInfo, InstanceStatus, Port};
use parking_lot::Mutex;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use reader::{Mirror, instance};
use steps::{Step, T0};
use together::{AtWork, at_once, within_patience};

const BEAT: Heartbeat =
    Heartbeat { origin: Origin::Client, last_dirty: None, override_status: None };

/// Nothing is evicted for want of renewals, and one pass may take all.
fn config(otherwise: Config) -> Config {
    Config { enable_self_preservation: false, renewal_percent_threshold: 0.0, ..otherwise }
}

fn open() -> Registry {
    Registry::open(config(Config::default()), T0)
}

/// An instance all of whose fields come from `number`, so that a mixture of two shows.
fn numbered(app: &str, id: &str, number: i32) -> InstanceInfo {
    InstanceInfo {
        ip_addr: format!("10.0.0.{number}").into(),
        port: Port { number, enabled: true },
        metadata: [("n", &*number.to_string())].into_iter().collect(),
        vip_address: Some(format!("all,vip-{}", number % 3).into()),
        ..instance(app, id)
    }
}

fn assert_unmixed(info: &InstanceInfo) {
    let number = info.port.number;
    assert_eq!(*info.ip_addr, *format!("10.0.0.{number}"));
    assert_eq!(info.metadata.get("n"), Some(&*number.to_string()));
}

/// Checks in every round what only a moment shows, until the writers are done.
fn follow(registry: &Registry, writers: &AtWork) {
    let (mut copy, mut number, mut version) = (Mirror::default(), 0, 0);
    let mut is_last = false;
    while !is_last {
        is_last = writers.is_over();
        let feed = registry.feed(number);
        assert!(feed.number >= number && feed.version >= version);
        (number, version) = (feed.number, feed.version);
        match feed.changes {
            Some(changes) => copy.apply(&changes),
            None => {
                let (all, feed) = registry.everything();
                (copy, number, version) = (Mirror::of(&all), feed.number, feed.version);
                continue;
            }
        }
        assert_eq!(copy.hash(), feed.counts.to_string(), "changes and counts of two moments");
        let (all, feed) = registry.everything();
        assert_eq!(
            Mirror::of(&all).hash(),
            feed.counts.to_string(),
            "list and counts of two moments"
        );
        let (changes, feed) = registry.whole_delta();
        if number >= feed.dropped {
            let mut later = copy.clone();
            later.apply(&changes);
            assert_eq!(later.hash(), feed.counts.to_string(), "delta and counts of two moments");
        }
        registry.by_vip("a", false).instances().for_each(assert_unmixed);
        registry.application("A").iter().flat_map(|app| &app.instances).for_each(assert_unmixed);
    }
    assert_eq!(copy, Mirror::of(&registry.everything().0));
}

#[test]
fn a_storm_leaves_everything_in_agreement() {
    const WRITERS: usize = 4;
    const STEPS: usize = 600;
    within_patience(|| {
        let mut runner = TestRunner::deterministic();
        let any_step = steps::step()
            .prop_filter("sets anew what is counted", |step| !matches!(step, Step::Correct));
        for _ in 0..6 {
            let drawn = steps::config().new_tree(&mut runner).unwrap().current();
            let opening = Config { default_open_for_traffic_count: 1, ..drawn };
            let registry =
                Registry::open(Config { delta_retention_ms: 30_000, ..config(opening) }, T0);
            let mut draw = || any_step.new_tree(&mut runner).unwrap().current();
            let scripts: Vec<Vec<Step>> =
                (0..WRITERS).map(|_| (0..STEPS).map(|_| draw()).collect()).collect();
            let (clock, writers) = (Mutex::new(T0), AtWork::new(WRITERS));

            let done = at_once(WRITERS + 2, |n| {
                let Some(script) = scripts.get(n) else {
                    follow(&registry, &writers);
                    return Totals::default();
                };
                let _stay = writers.stay();
                script.iter().fold(Totals::default(), |done, step| {
                    let now = *clock.lock();
                    let more = apply::step(&registry, step, now);
                    let mut clock = clock.lock();
                    *clock = step.time_after(*clock);
                    sum(done, more)
                })
            });

            let now = *clock.lock();
            invariants::check(&registry, now);
            let done = done.into_iter().fold(Totals::default(), sum);
            assert_eq!(registry.totals(), done);
            assert!(done.evictions > 0 && done.cancellations > 0 && done.renewals > 0, "{done:?}");
            let verdict = registry.verdict(now);
            assert_eq!(verdict.expected_clients, 1 + registry.counts().total());
        }
    });
}

const fn sum(one: Totals, other: Totals) -> Totals {
    Totals {
        registrations: one.registrations + other.registrations,
        cancellations: one.cancellations + other.cancellations,
        evictions: one.evictions + other.evictions,
        renewals: one.renewals + other.renewals,
    }
}

#[test]
fn of_a_hundred_registrations_at_once_the_newest_stays() {
    within_patience(|| {
        for round in 0..10 {
            let registry = open();
            at_once(100, |n| {
                // Each round the newest is another thread's.
                let number = i32::try_from((n + round * 37) % 100).unwrap();
                let info =
                    InstanceInfo { last_dirty: i64::from(number), ..numbered("A", "x", number) };
                registry.register(info, Origin::Client, T0);
            });

            let told = registry.instance("A", "x", T0).unwrap();
            assert_eq!((told.port.number, told.last_dirty), (99, 99));
            assert_unmixed(&told);
            let (changes, feed) = registry.whole_delta();
            let actions: Vec<_> = changes.iter().map(|change| change.info.action).collect();
            assert_eq!(actions, [Some(ActionType::Added)]);
            assert_eq!((feed.counts.total(), feed.number), (1, 100));
            assert_eq!(*changes.first().unwrap().info, *told);
            assert_eq!(registry.totals().registrations, 100);
            assert_eq!(registry.verdict(T0).expected_clients, 2);
            invariants::check(&registry, T0);
        }
    });
}

#[test]
fn every_verb_is_visible_to_its_caller_when_it_returns() {
    within_patience(|| {
        let registry = open();
        at_once(4, |n| {
            let id = format!("id-{n}");
            for round in 0..200 {
                let number = i32::try_from(n).unwrap() * 1_000 + round;
                sees_own_changes(&registry, &id, number);
            }
        });
        invariants::check(&registry, T0);
        assert_eq!(registry.counts().total(), 0);
    });
}

fn sees_own_changes(registry: &Registry, id: &str, number: i32) {
    let changed = |change: &dyn Fn(), action: ActionType| {
        let before = registry.feed(u64::MAX);
        change();
        assert!(registry.version() > before.version);
        let changes = registry.feed(before.number).changes.unwrap();
        let mut own = changes.into_iter().filter(|change| change.id() == id);
        let info = own.next().unwrap().info;
        assert_eq!((info.port.number, info.action), (number, Some(action)));
        let told = registry.instance("A", id, T0);
        assert_eq!(told.is_none(), action == ActionType::Deleted);
        assert!(told.is_none_or(|told| told.status == info.status));
        let vip = registry.by_vip(&format!("vip-{}", number % 3), false);
        let is_listed = vip.instances().any(|info| info.id() == id);
        assert_eq!(is_listed, action != ActionType::Deleted);
    };
    changed(
        &|| registry.register(numbered("A", id, number), Origin::Client, T0),
        ActionType::Added,
    );
    assert_eq!(registry.renew("A", id, BEAT, T0), Renewal::Accepted);
    let down = InstanceStatus::Down;
    changed(
        &|| {
            let outcome = registry.set_override("A", id, down, None, T0);
            assert_eq!(outcome, OverrideOutcome::Accepted);
        },
        ActionType::Modified,
    );
    assert_eq!(registry.instance("A", id, T0).unwrap().status, down);
    changed(
        &|| assert!(registry.set_metadata("A", id, &[], Origin::Client, T0)),
        ActionType::Added,
    );
    changed(&|| assert!(registry.cancel("A", id, T0)), ActionType::Deleted);
    assert_eq!(registry.renew("A", id, BEAT, T0), Renewal::Unknown);
}

/// As the lists do that are kept encoded: they are put together anew only when the version moved.
#[test]
fn a_copy_kept_by_version_shows_every_acknowledged_change() {
    within_patience(|| {
        let registry = open();
        let (acknowledged, writer) = (AtomicI32::new(0), AtWork::new(1));
        at_once(3, |n| {
            if n == 0 {
                let _stay = writer.stay();
                for number in 1..5_000 {
                    registry.register(numbered("A", "x", number), Origin::Client, T0);
                    acknowledged.store(number, Ordering::Release);
                }
                return;
            }
            let (mut kept_version, mut kept) = (0, 0);
            while !writer.is_over() {
                let at_least = acknowledged.load(Ordering::Acquire);
                if registry.version() != kept_version {
                    let (all, feed) = registry.everything();
                    kept_version = feed.version;
                    kept = all.first().map_or(0, |change| change.info.port.number);
                }
                assert!(kept >= at_least, "{kept} is told after {at_least} was acknowledged");
            }
        });
    });
}

#[test]
fn nothing_told_is_a_mixture_of_two_registrations() {
    const ROUNDS: i32 = 1_500;
    within_patience(|| {
        let registry = open();
        let writers = AtWork::new(2);
        // Every field and every time comes from one number.
        let assert_one = |info: &InstanceInfo| {
            assert_unmixed(info);
            let number = i64::from(info.port.number);
            assert_eq!((info.lease.registration_timestamp, info.last_updated), (number, number));
            assert_eq!(i64::from(info.lease.duration_secs), 90 + number);
        };
        at_once(4, |n| {
            if n < 2 {
                let _stay = writers.stay();
                for round in 0..ROUNDS {
                    let number = round * 2 + i32::try_from(n).unwrap();
                    let mut info = InstanceInfo { last_dirty: 0, ..numbered("A", "x", number) };
                    info.lease.duration_secs = 90 + number;
                    let now = Moment { wall_ms: i64::from(number), ..T0 };
                    registry.register(info, Origin::Client, now);
                }
            }
            while !writers.is_over() {
                registry.instance("A", "x", T0).iter().for_each(|info| assert_one(info));
                registry.application("A").iter().for_each(|app| {
                    app.instances.iter().for_each(assert_one);
                });
                registry.by_vip("all", false).instances().for_each(assert_one);
                for change in registry.whole_delta().0 {
                    let lease = registry.lease_of(&change).unwrap_or(change.info.lease);
                    assert_one(&InstanceInfo { lease, ..InstanceInfo::clone(&change.info) });
                }
            }
        });
    });
}

#[test]
fn metadata_set_at_once_is_all_kept() {
    within_patience(|| {
        let registry = open();
        registry.register(instance("A", "x"), Origin::Client, T0);
        at_once(4, |n| {
            for round in 0..100 {
                let entry = (format!("{n}-{round}"), "set".to_owned());
                assert!(registry.set_metadata("A", "x", &[entry], Origin::Client, T0));
            }
        });
        assert_eq!(registry.instance("A", "x", T0).unwrap().metadata.len(), 400);
    });
}

#[test]
fn metadata_brings_no_cancelled_instance_back() {
    within_patience(|| {
        let registry = open();
        for round in 0..500 {
            registry.register(instance("A", "x"), Origin::Client, T0);
            at_once(2, |n| {
                if n == 0 {
                    assert!(registry.cancel("A", "x", T0));
                } else {
                    registry.set_metadata("A", "x", &[], Origin::Client, T0);
                }
            });
            assert!(registry.instance("A", "x", T0).is_none(), "back in round {round}");
        }
        invariants::check(&registry, T0);
    });
}

#[test]
fn an_accepted_renewal_is_never_evicted() {
    const SIZE: usize = 64;
    within_patience(|| {
        let registry = open();
        let ids: Vec<String> = (0..SIZE).map(|n| format!("id-{n}")).collect();
        for round in 0..200 {
            for id in &ids {
                registry.register(instance("A", id), Origin::Client, T0);
            }
            let late = T0.later_by(90_001);
            let accepted = at_once(2, |n| {
                if n == 0 {
                    registry.evict(late, 0, round);
                    return Vec::new();
                }
                let heard = |id: &&String| registry.renew("A", id, BEAT, late) == Renewal::Accepted;
                ids.iter().filter(heard).collect()
            });
            for id in accepted.concat() {
                assert!(registry.instance("A", id, late).is_some(), "{id} was heard and evicted");
            }
        }
        invariants::check(&registry, T0);
    });
}
