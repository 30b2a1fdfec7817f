//! What must be true of a registry whatever happened to it, as counted afresh from what it tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eureka_registry::{Change, Moment, Registry};
use eureka_wire::{ActionType, InstanceInfo};

use crate::reader::Mirror;

/// Fails at the first that is not.
pub(crate) fn check(registry: &Registry, now: Moment) {
    let (all, feed) = registry.everything();
    assert_eq!(Mirror::of(&all).hash(), feed.counts.to_string());
    assert_eq!(registry.counts(), feed.counts);
    assert_eq!(registry.version(), feed.version);
    assert!(all.is_sorted_by(|one, next| (one.app(), one.id()) < (next.app(), next.id())));
    leases(registry, &all, now);
    applications(registry, &all);
    vips(registry, &all);
    log(registry, &all);
}

/// Every instance told has a lease and every lease is told.
fn leases(registry: &Registry, all: &[Change], now: Moment) {
    let views = registry.leases(now);
    let leased: Vec<_> =
        views.iter().map(|view| (&*view.app, view.info.id(), &view.info)).collect();
    let told: Vec<_> = all.iter().map(|change| (change.app(), change.id(), &change.info)).collect();
    assert_eq!(leased, told);
    for change in all {
        assert!(registry.lease_of(change).is_some(), "{} has no lease", change.id());
    }
}

fn applications(registry: &Registry, all: &[Change]) {
    let mut by_app = BTreeMap::<&str, Vec<&str>>::new();
    for change in all {
        by_app.entry(change.app()).or_default().push(change.id());
    }
    for (app, ids) in &by_app {
        let application = registry.application(app).unwrap();
        let told: Vec<&str> = application.instances.iter().map(InstanceInfo::id).collect();
        assert_eq!(told, *ids);
    }
}

fn vips(registry: &Registry, all: &[Change]) {
    let lists = all.iter().flat_map(|change| {
        [change.info.vip_address.as_deref(), change.info.secure_vip_address.as_deref()]
    });
    let mut names: BTreeSet<&str> = lists.flatten().flat_map(|list| list.split(',')).collect();
    names.extend(["a", "b", "c", ""]);
    for (name, is_secure) in names.into_iter().flat_map(|name| [(name, false), (name, true)]) {
        let answers = |info: &InstanceInfo| {
            if is_secure { info.has_secure_vip(name) } else { info.has_vip(name) }
        };
        let listed = all.iter().filter(|change| answers(&change.info));
        let expected: Vec<_> = listed.map(|change| (change.app(), change.id())).collect();
        let list = registry.by_vip(name, is_secure);
        let told: Vec<_> = list.instances().map(|info| (&*info.app, info.id())).collect();
        assert_eq!(told, expected, "{name:?} {is_secure}");
    }
}

/// Each instance once, as it is told now or as gone.
fn log(registry: &Registry, all: &[Change]) {
    let told: BTreeMap<&str, &Arc<InstanceInfo>> =
        all.iter().map(|change| (&*change.key, &change.info)).collect();
    let (changes, feed) = registry.whole_delta();
    assert!(changes.is_sorted_by(|one, next| one.number < next.number));
    let mut seen = BTreeSet::new();
    for change in &changes {
        assert!(seen.insert(&*change.key), "{} twice", change.id());
        assert!(change.number > feed.dropped && change.number <= feed.number);
        let is_gone = change.info.action == Some(ActionType::Deleted);
        let now = told.get(&*change.key);
        assert_eq!(now.is_none(), is_gone, "{}", change.id());
        assert!(now.is_none_or(|info| Arc::ptr_eq(info, &change.info)));
    }
}
