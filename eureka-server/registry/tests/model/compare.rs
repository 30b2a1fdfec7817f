//! Everything the registry tells, beside what the model says it should.

use std::collections::BTreeMap;

use eureka_registry::{Change, LeaseView, Moment, RecentEvent, Registry};
use eureka_wire::{Application, Applications, InstanceInfo};

use crate::naive::{Key, Naive};
use crate::steps::{APPS, IDS};

/// Every address that an instance may list, whole lists, and one that none does.
const VIP_NAMES: [&str; 7] = ["a", "b", "c", "", "a,b", "A", "nobody"];

/// Fails at the first difference.
pub(crate) fn registry_with_model(registry: &Registry, naive: &Naive, now: Moment) {
    full_and_delta(registry, naive);
    instances(registry, naive, now);
    applications(registry, naive);
    vips(registry, naive);
    leases(registry, naive, now);
    preservation(registry, naive, now);
    events(registry, naive);
}

fn key(change: &Change) -> Key {
    (change.app().to_owned(), change.id().to_owned())
}

fn hash<'a>(infos: impl Iterator<Item = &'a InstanceInfo>) -> String {
    let mut counts = BTreeMap::<&str, u32>::new();
    for info in infos {
        *counts.entry(info.status.as_str()).or_default() += 1;
    }
    counts.iter().map(|(status, count)| format!("{status}_{count}_")).collect()
}

fn full_and_delta(registry: &Registry, naive: &Naive) {
    let (all, feed) = registry.everything();
    let told: Vec<_> = all.iter().map(|change| (key(change), &*change.info)).collect();
    let expected: Vec<_> =
        naive.keys().into_iter().map(|key| (key.clone(), &naive.held[&key].told_then)).collect();
    assert_eq!(told, expected);
    let expected_hash = hash(naive.held.values().map(|held| &held.told_then));
    assert_eq!(feed.counts.to_string(), expected_hash);
    assert_eq!(registry.counts(), feed.counts);

    let (changes, delta) = registry.whole_delta();
    assert_eq!((delta.counts, delta.version), (feed.counts, registry.version()));
    let told: Vec<_> = changes.iter().map(|c| (c.steady_ms, key(c), &*c.info)).collect();
    let expected: Vec<_> =
        naive.delta().into_iter().map(|q| (q.steady_ms, q.key.clone(), &q.info)).collect();
    assert_eq!(told, expected);

    for change in &changes {
        let expected = naive.held.get(&key(change)).map(|held| held.told().lease);
        assert_eq!(registry.lease_of(change), expected);
    }
}

fn instances(registry: &Registry, naive: &Naive, now: Moment) {
    for id in IDS {
        let expected =
            |app: &str| Some(naive.visible(&(app.to_owned(), id.to_owned()), now)?.told());
        for app in APPS {
            assert_eq!(registry.instance(app, id, now).as_deref().cloned(), expected(app));
        }
        let mut in_order = APPS;
        in_order.sort_unstable();
        let found = registry.instance_anywhere(id, now).as_deref().cloned();
        assert_eq!(found, in_order.into_iter().find_map(expected));
    }
    assert_eq!(registry.instance("A", "nobody", now), None);
}

fn applications(registry: &Registry, naive: &Naive) {
    for app in APPS.into_iter().chain(["", "B", "ABC"]) {
        let of_app = naive.keys().into_iter().filter(|key| key.0 == app);
        let instances: Vec<_> = of_app.map(|key| naive.held[&key].told()).collect();
        let expected = (!instances.is_empty()).then(|| Application { name: app.into(), instances });
        assert_eq!(registry.application(app), expected);
    }
    let by_app = registry.counts_by_application();
    let told: Vec<_> = by_app.iter().map(|(app, counts)| (&**app, counts.to_string())).collect();
    let mut in_order = APPS;
    in_order.sort_unstable();
    let expected = in_order.into_iter().filter_map(|app| {
        let of_app = naive.held.iter().filter(|(key, _)| key.0 == app);
        let hash = hash(of_app.map(|(_, held)| &held.told_then));
        (!hash.is_empty()).then_some((app, hash))
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
}

fn vips(registry: &Registry, naive: &Naive) {
    for (name, is_secure) in VIP_NAMES.into_iter().flat_map(|name| [(name, false), (name, true)]) {
        let mut expected = Applications { version: -1, ..Applications::default() };
        for key in naive.keys() {
            let info = naive.held[&key].told();
            let list = if is_secure { &info.secure_vip_address } else { &info.vip_address };
            if !list.iter().any(|list| list.split(',').any(|address| address == name)) {
                continue;
            }
            if expected.applications.last().is_none_or(|last| *last.name != *key.0) {
                expected
                    .applications
                    .push(Application { name: key.0.into(), instances: Vec::new() });
            }
            expected.applications.last_mut().unwrap().instances.push(info);
        }
        expected.hashcode = hash(expected.instances()).into();
        assert_eq!(registry.by_vip(name, is_secure), expected, "{name:?} {is_secure}");
    }
}

fn leases(registry: &Registry, naive: &Naive, now: Moment) {
    let facts = |view: LeaseView| {
        let key = (view.app.to_string(), view.info.id().to_owned());
        (key, view.age_ms, view.silence_ms, view.remaining_ms, view.term_ms)
    };
    let told: Vec<_> = registry.leases(now).into_iter().map(facts).collect();
    let expected = naive.keys().into_iter().map(|key| {
        let held = &naive.held[&key];
        let age_ms = now.steady_ms - held.registered.steady_ms;
        let silence_ms = held.renewed.map(|at| now.steady_ms - at.steady_ms);
        let end_ms = held.end_ms(naive.config.exact_lease);
        let remaining_ms = end_ms.cast_signed() - now.steady_ms.cast_signed();
        assert_eq!(remaining_ms < 0, naive.is_expired(&key, 0, now));
        (key, age_ms, silence_ms, remaining_ms, held.term_ms)
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
}

fn preservation(registry: &Registry, naive: &Naive, now: Moment) {
    let verdict = registry.verdict(now);
    assert_eq!(verdict.enabled, naive.config.enable_self_preservation);
    assert_eq!(verdict.expected_clients, naive.expected);
    assert_eq!(verdict.threshold, naive.threshold());
    assert_eq!(verdict.renewals_last_minute, naive.renewals_last_minute(now));
    assert_eq!(verdict.expiration_enabled, naive.may_expire(now));
}

fn events(registry: &Registry, naive: &Naive) {
    let newest_first = |list: &[(i64, String)]| -> Vec<RecentEvent> {
        let events = list.iter().rev();
        events.map(|(at, what)| RecentEvent { wall_ms: *at, what: what.as_str().into() }).collect()
    };
    let expected = (newest_first(&naive.registered), newest_first(&naive.cancelled));
    assert_eq!(registry.recent(), expected);
    let totals = registry.totals();
    assert_eq!(totals.registrations, u64::try_from(naive.registered.len()).unwrap());
    assert_eq!(totals.cancellations, naive.cancellations);
    assert_eq!(totals.evictions, naive.evictions);
    assert_eq!(totals.renewals, u64::try_from(naive.renewals.len()).unwrap());
}
