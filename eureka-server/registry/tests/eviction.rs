//! Who goes, when, and how many at once: a thousand leases on a given clock.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/fleet.rs"]
mod fleet;

use std::collections::BTreeMap;

use eureka_registry::{Config, Moment, Origin, Registry};
use fleet::{BEAT, Fleet, T0, instance};

/// Spring's defaults without self-preservation.
fn unpreserved() -> Config {
    Config { enable_self_preservation: false, ..Config::default() }
}

/// 1000 leases over 20 applications, ten of them with 10 instances and ten with 90; expired at the
/// moment returned.
fn expired_thousand() -> (Registry, Moment) {
    let registry = Registry::open(unpreserved(), T0);
    for (app, size) in (0..20).map(|app| (app, if app < 10 { 10 } else { 90 })) {
        for n in 0..size {
            let info = instance(&format!("APP-{app:02}"), &format!("id-{n:04}"));
            registry.register(info, Origin::Client, T0);
        }
    }
    (registry, T0.later_by(90_001))
}

fn sizes(registry: &Registry) -> BTreeMap<Box<str>, u32> {
    let by_app = registry.counts_by_application();
    by_app.into_iter().map(|(app, counts)| (app, counts.total())).collect()
}

#[test]
fn one_pass_takes_at_most_its_share_and_no_application_loses_all() {
    const SEEDS: u32 = 100;
    let mut lost = BTreeMap::<Box<str>, u32>::new();
    for seed in 0..u64::from(SEEDS) {
        let (registry, now) = expired_thousand();

        assert_eq!(registry.evict(now, 0, seed), 150);

        assert_eq!((registry.counts().total(), registry.totals().evictions), (850, 150));
        let left = sizes(&registry);
        assert_eq!(left.len(), 20, "an application lost all with seed {seed}");
        for (n, (app, left)) in left.into_iter().enumerate() {
            *lost.entry(app).or_default() += (if n < 10 { 10 } else { 90 }) - left;
        }
    }
    // 15 % each: 1.5 of 10 and 13.5 of 90 per pass, with four and a half standard deviations of
    // the sum left to chance.
    for (n, (app, lost)) in lost.into_iter().enumerate() {
        let (expected, spread) = if n < 10 { (150, 51) } else { (1350, 145) };
        assert!(
            lost.abs_diff(expected) < spread,
            "{app} lost {lost} where {expected} is its share"
        );
    }
}

#[test]
fn the_seed_decides_who_goes() {
    let left = |seed: u64| {
        let (registry, now) = expired_thousand();
        registry.evict(now, 0, seed);
        let keys = registry.everything().0.into_iter().map(|change| change.key);
        keys.collect::<Vec<_>>()
    };
    assert_eq!(left(7), left(7));
    assert_ne!(left(7), left(8));
}

#[test]
fn pass_by_pass_all_of_them_go() {
    let (registry, mut now) = expired_thousand();
    let mut passes = Vec::new();
    while registry.counts().total() > 0 && passes.len() < 100 {
        passes.push(registry.evict(now, 0, now.steady_ms));
        now = now.later_by(60_000);
    }
    // n - floor(0.85 n), again and again.
    assert_eq!(passes[..5], [150, 128, 109, 92, 79]);
    assert_eq!(passes.iter().sum::<usize>(), 1000);
    assert_eq!(*passes.last().unwrap(), 1);
    assert_eq!((registry.totals().evictions, registry.leases(now).len()), (1000, 0));
    assert_eq!(registry.evict(now, 0, 0), 0);
}

#[test]
fn a_late_pass_forgives_its_lateness_to_the_millisecond() {
    let (registry, end) = expired_thousand();
    let last = end.later_by(120_000 - 1);
    assert_eq!(registry.evict(last, 120_000, 1), 0);
    assert_eq!(registry.evict(last, 119_999, 1), 150);
}

#[test]
fn a_lease_ends_after_one_term_and_a_renewed_one_after_two() {
    for (is_renewed, is_exact, term_s, lasts_s) in [
        (false, false, 90, 90),
        (true, false, 90, 180),
        (false, true, 90, 90),
        (true, true, 90, 90),
        (true, true, 4, 4),
        (true, false, 4, 8),
    ] {
        let registry = Registry::open(Config { exact_lease: is_exact, ..unpreserved() }, T0);
        let mut info = instance("A", "x");
        info.lease.duration_secs = term_s;
        registry.register(info, Origin::Client, T0);
        let mut heard = T0;
        if is_renewed {
            heard = T0.later_by(1_234);
            registry.renew("A", "x", BEAT, heard);
        }
        let end = heard.later_by(lasts_s * 1_000);
        assert_eq!(registry.evict(end, 0, 0), 0, "{is_renewed} {is_exact} {term_s}");
        assert!(registry.instance("A", "x", end).is_some());
        let after = end.later_by(1);
        assert!(registry.instance("A", "x", after).is_none(), "hidden before it is evicted");
        assert_eq!(registry.evict(after, 0, 0), 1, "{is_renewed} {is_exact} {term_s}");
    }
}

#[test]
fn registering_again_starts_the_lease_over() {
    let registry = Registry::open(unpreserved(), T0);
    registry.register(instance("A", "x"), Origin::Client, T0);
    registry.renew("A", "x", BEAT, T0.later_by(1));
    registry.register(instance("A", "x"), Origin::Client, T0.later_by(2));
    assert_eq!(registry.evict(T0.later_by(90_002), 0, 0), 0);
    assert_eq!(registry.evict(T0.later_by(90_003), 0, 0), 1);
}

#[test]
fn the_silent_go_while_enough_are_heard_and_stay_while_too_few_are() {
    // 1001 are expected, so more than 1701 renewals a minute must come: 851 instances send 1702.
    for (silent, left) in [(140, 860), (149, 851), (150, 1000), (160, 1000)] {
        let mut fleet = Fleet::register(Config::default(), 1000, 20);
        fleet.run(185);
        // Spread over all applications and all phases of the heartbeat.
        let is_silent = |n: usize| (n * 7) % 1000 < silent;
        fleet.silence(is_silent);
        fleet.run(145);
        assert_eq!(fleet.size(), 1000, "{silent} silent: some went before their lease was over");
        fleet.run(95);
        let verdict = fleet.registry.verdict(fleet.now);
        assert_eq!(fleet.size(), left, "{silent} silent: {verdict:?}");
        assert_eq!(verdict.expiration_enabled, left < 1000);
        fleet.run(3_600);
        assert_eq!(fleet.size(), left, "{silent} silent, an hour later");
        assert_eq!(fleet.refused, 0);
        if left < 1000 {
            let heard: Vec<usize> = (0..1000).filter(|n| !is_silent(*n)).collect();
            assert_eq!(fleet.listed(), heard);
        }
        let evicted: usize = fleet.passes.iter().sum();
        assert_eq!(evicted, 1000 - left);
        assert_eq!(fleet.registry.totals().evictions, u64::try_from(1000 - left).unwrap());
    }
}

#[test]
fn evictions_resume_once_enough_are_heard_again() {
    let mut fleet = Fleet::register(Config::default(), 1000, 20);
    fleet.run(180);
    fleet.silence(|n| n % 2 == 0);
    fleet.run(600);
    assert_eq!(fleet.size(), 1000);
    let verdict = fleet.registry.verdict(fleet.now);
    assert_eq!((verdict.renewals_last_minute, verdict.threshold), (1000, 1701));

    // Of the 500, all but 120 come back; 880 instances send 1760 renewals a minute.
    fleet.silence(|n| n % 2 == 0 && n < 240);
    fleet.run(180);

    let heard: Vec<usize> = (0..1000).filter(|n| n % 2 != 0 || *n >= 240).collect();
    assert_eq!((fleet.size(), fleet.refused), (880, 0));
    assert_eq!(fleet.listed(), heard);
    assert!(fleet.passes.iter().all(|evicted| *evicted <= 150), "{:?}", fleet.passes);
}

#[test]
fn silence_of_everybody_evicts_nobody() {
    let mut fleet = Fleet::register(Config::default(), 1000, 20);
    fleet.run(180);
    fleet.silence(|_| true);
    fleet.run(3_600);
    assert_eq!(fleet.size(), 1000);
    fleet.silence(|_| false);
    fleet.run(600);
    assert_eq!((fleet.size(), fleet.refused), (1000, 0));
}

#[test]
fn a_pause_of_the_process_evicts_nobody_who_renews() {
    for (seconds, config) in [30, 120, 600].into_iter().flat_map(|seconds| {
        let preserved = Config::default();
        let exact = Config { exact_lease: true, ..unpreserved() };
        [preserved, unpreserved(), exact].map(|config| (seconds, config))
    }) {
        // Before the first pass, between passes, and just before one is due.
        for run_s in [1, 20, 59, 185, 200, 239] {
            let mut fleet = Fleet::register(config.clone(), 60, 4);
            fleet.run(run_s);
            let passes = fleet.passes.len();

            fleet.pause(seconds);
            fleet.run(60);

            let what = format!("{seconds} s after {run_s} s, {config:?}");
            assert!(fleet.passes.len() > passes, "no pass after {what}");
            fleet.run(600);
            assert_eq!((fleet.size(), fleet.refused), (60, 0), "{what}");
        }
    }
}

#[test]
fn a_pause_keeps_no_silent_instance_for_ever() {
    for seconds in [30, 120, 600] {
        let mut fleet = Fleet::register(unpreserved(), 60, 4);
        fleet.run(185);
        fleet.silence(|n| n < 6);
        fleet.pause(seconds);
        fleet.run(240);
        assert_eq!((fleet.size(), fleet.refused), (54, 0), "{seconds} s");
    }
}

#[test]
fn a_wall_clock_that_jumps_changes_nobodys_lease() {
    const HOUR_MS: i64 = 3_600_000;
    const FIVE_MINUTES_MS: i64 = 300_000;
    for config in [Config::default(), unpreserved()] {
        let mut steady = Fleet::register(config.clone(), 200, 20);
        let mut jumping = Fleet::register(config, 200, 20);
        let jumps = [HOUR_MS, -HOUR_MS, FIVE_MINUTES_MS, -FIVE_MINUTES_MS];
        for minute in 0..40 {
            if minute == 10 {
                steady.silence(|n| n % 10 == 3);
                jumping.silence(|n| n % 10 == 3);
            }
            steady.run(30);
            jumping.run(30);
            jumping.jump_wall(jumps[minute % 4] * if minute < 20 { 1 } else { -1 });
            steady.run(30);
            jumping.run(30);
            assert_eq!(jumping.passes, steady.passes, "minute {minute}");
            assert_eq!(jumping.listed(), steady.listed(), "minute {minute}");
        }
        assert_eq!((jumping.size(), jumping.refused), (180, 0));
    }
}

#[test]
fn fewer_than_six_instances_never_lose_one_by_default() {
    for size in 1..6 {
        for silent in 1..=size {
            let mut fleet = Fleet::register(Config::default(), size, 1);
            fleet.run(300);
            fleet.silence(|n| n < silent);
            fleet.run(7_200);
            assert_eq!(fleet.size(), size, "{silent} of {size} silent");
        }
    }
}

#[test]
fn small_fleets_lose_a_silent_instance_only_where_the_arithmetic_allows_it() {
    for size in 6..=20 {
        let mut fleet = Fleet::register(Config::default(), size, 1);
        // As with a server that does not correct what it expects: one more than there are.
        fleet.corrects = false;
        fleet.run(300);
        fleet.silence(|n| n == 0);
        fleet.run(1_200);
        let goes = 2 * (size - 1) > (size + 1) * 17 / 10;
        assert_eq!(fleet.size(), size - usize::from(goes), "{size} instances");
        assert_eq!(goes, size >= 13);
    }
}
