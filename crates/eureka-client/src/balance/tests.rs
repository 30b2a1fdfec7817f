use std::collections::BTreeMap;

use eureka_wire::InstanceInfo;

use super::*;
use crate::SeededRandom;
use crate::clock::manual::ManualClock;
use crate::endpoint::View;
use crate::load::Ejection;
use crate::snapshot::Snapshot;
use crate::snapshot::tests::{instance, snapshot};

struct Case {
    snapshot: Snapshot,
    clock: ManualClock,
    random: SeededRandom,
}

fn case(instances: impl IntoIterator<Item = InstanceInfo>, zone: Option<&str>) -> Case {
    let view = View { own_zone: zone.map(Into::into), ..View::default() };
    Case {
        snapshot: snapshot(instances, &view, &Snapshot::default()),
        clock: ManualClock::default(),
        random: SeededRandom::new(5),
    }
}

fn told(id: &str, key: &str, value: &str) -> InstanceInfo {
    let mut info = instance("A", id);
    info.metadata.set(key, value);
    info
}

fn plain(count: usize) -> Case {
    case((0..count).map(|i| instance("A", &i.to_string())), None)
}

impl Case {
    fn pick(&self, balance: &dyn Balance, tried: &[Arc<Endpoint>]) -> Option<Arc<Endpoint>> {
        let group = self.snapshot.application("A")?;
        let choice = Choice::new(group, group.up(), tried, &self.clock, &self.random);
        choice.made_by(balance).cloned()
    }

    /// How often each instance is chosen in `times` choices.
    fn tally(&self, balance: &dyn Balance, times: usize) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for _ in 0..times {
            let endpoint = self.pick(balance, &[]).unwrap();
            *tally.entry(endpoint.info().id().to_owned()).or_default() += 1;
        }
        tally
    }

    fn eject(&self, id: &str) {
        let endpoint = self.snapshot.instance("A", id).unwrap();
        for _ in 0..5 {
            endpoint.call().failed(Ejection::default(), &self.clock);
        }
    }
}

fn counts(tally: &BTreeMap<String, usize>) -> Vec<usize> {
    tally.values().copied().collect()
}

const ALL: [&dyn Balance; 6] =
    [&RoundRobin, &RandomChoice, &Weighted, &TwoChoices, &Zoned(RoundRobin), &Zoned(TwoChoices)];

#[test]
fn every_balancer_copes_with_one_instance_and_with_none() {
    for balance in ALL {
        assert_eq!(counts(&plain(1).tally(balance, 3)), [3], "{balance:?}");
        let down = InstanceInfo { status: eureka_wire::InstanceStatus::Down, ..instance("A", "1") };
        assert!(case([down], None).pick(balance, &[]).is_none(), "{balance:?}");
    }
}

#[test]
fn no_balancer_chooses_who_is_out_or_was_tried() {
    for balance in ALL {
        let case = plain(3);
        case.eject("0");
        let tried = [Arc::clone(case.snapshot.instance("A", "1").unwrap())];
        for _ in 0..50 {
            assert_eq!(case.pick(balance, &tried).unwrap().info().id(), "2", "{balance:?}");
        }
    }
}

#[test]
fn who_was_out_comes_back_after_its_time() {
    let case = plain(2);
    case.eject("0");
    assert_eq!(counts(&case.tally(&RoundRobin, 10)), [10]);
    case.clock.advance_ms(5_000);
    assert_eq!(counts(&case.tally(&RoundRobin, 10)), [5, 5]);
}

#[test]
fn where_all_are_out_all_are_tried() {
    let case = plain(2);
    case.eject("0");
    case.eject("1");
    for balance in ALL {
        assert_eq!(case.tally(balance, 100).len(), 2, "{balance:?}");
    }
    let tried = case.snapshot.endpoints();
    assert!(case.pick(&RoundRobin, tried).is_none(), "what was tried is not tried again");
}

#[test]
fn round_robin_is_exact_and_spreads_the_turns_of_who_is_out() {
    assert_eq!(counts(&plain(4).tally(&RoundRobin, 400)), [100; 4]);
    let case = plain(4);
    case.eject("2");
    let tally = case.tally(&RoundRobin, 400);
    assert!(tally.values().all(|count| (115..155).contains(count)), "{tally:?}");
}

#[test]
fn chance_is_even() {
    let tally = plain(4).tally(&RandomChoice, 4_000);
    assert!(tally.values().all(|count| (900..1_100).contains(count)), "{tally:?}");
}

#[test]
fn weights_are_kept_also_where_somebody_is_out() {
    let weights = [("1", "1"), ("2", "2"), ("3", "5"), ("4", "0")];
    let case = case(weights.map(|(id, weight)| told(id, "weight", weight)), None);
    let tally = case.tally(&Weighted, 8_000);
    assert!(
        (900..1_100).contains(&tally["1"]) && (1_850..2_150).contains(&tally["2"]),
        "{tally:?}"
    );
    assert!(!tally.contains_key("4"));

    case.eject("3");
    let tally = case.tally(&Weighted, 3_000);
    assert!((900..1_100).contains(&tally["1"]), "{tally:?}");
    case.eject("1");
    case.eject("2");
    assert_eq!(counts(&case.tally(&Weighted, 10)), [10], "better weight 0 than nobody");
}

#[test]
fn of_two_the_less_busy_is_chosen() {
    let case = plain(2);
    let busy = case.snapshot.instance("A", "0").unwrap().call();
    assert_eq!(counts(&case.tally(&TwoChoices, 100)), [100]);
    drop(busy);
    assert_eq!(case.tally(&TwoChoices, 100).len(), 2);

    let five = plain(5);
    let _busy = five.snapshot.instance("A", "0").unwrap().call();
    let tally = five.tally(&TwoChoices, 1_000);
    assert!(!tally.contains_key("0"), "always the worse of its pair");
    assert!(tally.values().all(|count| (180..320).contains(count)), "{tally:?}");
}

#[test]
fn the_own_zone_is_preferred_and_left_only_where_nobody_there_is_usable() {
    let zones = [("1", "a"), ("2", "a"), ("3", "b")];
    let instances = || zones.map(|(id, zone)| told(id, "zone", zone));
    let near = case(instances(), Some("a"));
    assert_eq!(counts(&near.tally(&Zoned(RoundRobin), 10)), [5, 5]);
    near.eject("1");
    assert_eq!(near.tally(&Zoned(RoundRobin), 10).keys().collect::<Vec<_>>(), ["2"]);
    near.eject("2");
    assert_eq!(near.tally(&Zoned(RoundRobin), 10).keys().collect::<Vec<_>>(), ["3"]);

    for zone in [Some("c"), None] {
        assert_eq!(case(instances(), zone).tally(&Zoned(RoundRobin), 30).len(), 3);
    }
}
