use eureka_wire::{InstanceInfo, InstanceStatus};

use super::*;
use crate::SeededRandom;

/// A registry of instances that are all up.
pub(crate) fn registry(instances: impl IntoIterator<Item = InstanceInfo>) -> Registry {
    let mut registry = Registry::new();
    for info in instances {
        let id = info.id().into();
        let app = registry.entry(info.app.clone()).or_default();
        app.insert(id, Arc::new(Endpoint::new(info, None, "weight")));
    }
    registry
}

pub(crate) fn instance(app: &str, id: &str) -> InstanceInfo {
    InstanceInfo {
        app: app.into(),
        instance_id: Some(id.into()),
        vip_address: Some(app.to_ascii_lowercase().into()),
        ..InstanceInfo::empty(0)
    }
}

pub(crate) fn snapshot(
    instances: impl IntoIterator<Item = InstanceInfo>,
    view: &View,
    previous: &Snapshot,
) -> Snapshot {
    Snapshot::new(&registry(instances), view, previous, &SeededRandom::new(3))
}

fn ids(members: &Members) -> Vec<&str> {
    let mut ids: Vec<_> = members.endpoints().iter().map(|e| e.info().id()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn names_are_found_in_any_case_and_lists_of_them_by_each() {
    let mut one = instance("ORDER-SERVICE", "1");
    one.vip_address = Some("order, spaced,ORDER,,x".into());
    one.secure_vip_address = Some("secure".into());
    let snapshot = snapshot([one], &View::default(), &Snapshot::default());

    for name in ["order-service", "ORDER-SERVICE", "Order-Service"] {
        assert_eq!(snapshot.application(name).unwrap().name(), "ORDER-SERVICE");
    }
    assert_eq!(ids(snapshot.vip("Order").unwrap().all()), ["1"], "a name told twice counts once");
    assert!(snapshot.vip(" spaced").is_some() && snapshot.vip("spaced").is_none());
    assert!(snapshot.vip("").is_none() && snapshot.vip("secure").is_none());
    assert!(snapshot.secure_vip("SECURE").is_some());
}

#[test]
fn a_service_is_a_virtual_address_before_it_is_an_application() {
    let mut other = instance("OTHER", "2");
    other.vip_address = Some("shop".into());
    let snapshot = snapshot([instance("SHOP", "1"), other], &View::default(), &Snapshot::default());

    assert_eq!(ids(snapshot.service("shop", false).unwrap().up()), ["1", "2"]);
    assert_eq!(ids(snapshot.service("other", false).unwrap().up()), ["2"]);
    assert_eq!(ids(snapshot.service("shop", true).unwrap().up()), ["1"]);
    assert!(snapshot.service("nobody", false).is_none());
}

#[test]
fn only_what_is_up_is_seen_unless_all_is_asked_for() {
    let down = InstanceInfo { status: InstanceStatus::Down, ..instance("A", "2") };
    let instances = [instance("A", "1"), down];
    let filtering = snapshot(instances.clone(), &View::default(), &Snapshot::default());
    let view = View { only_up: false, ..View::default() };
    let open = snapshot(instances, &view, &Snapshot::default());

    let group = filtering.application("a").unwrap();
    assert_eq!((ids(group.visible()), ids(group.all())), (vec!["1"], vec!["1", "2"]));
    assert_eq!(ids(open.application("a").unwrap().visible()), ["1", "2"]);
    assert!(filtering.instance("A", "2").is_some());
}

#[test]
fn the_own_zone_stands_first() {
    let zoned = |id: &str, zone: &str| {
        let mut info = instance("A", id);
        info.metadata.set("zone", zone);
        info
    };
    let view = View { own_zone: Some("Z1".into()), ..View::default() };
    let instances = [zoned("1", "z2"), zoned("2", "z1"), zoned("3", "z2"), zoned("4", "z1")];
    let snapshot = snapshot(instances, &view, &Snapshot::default());

    let members = snapshot.application("a").unwrap().up();
    assert_eq!(members.local(), 2);
    let mut first: Vec<_> = members.endpoints()[..2].iter().map(|e| e.info().id()).collect();
    first.sort_unstable();
    assert_eq!(first, ["2", "4"]);
}

#[test]
fn a_name_goes_on_counting_in_the_next_snapshot() {
    let first = snapshot([instance("A", "1")], &View::default(), &Snapshot::default());
    let turn = first.vip("a").unwrap().turn();
    let second = snapshot([instance("A", "1"), instance("A", "2")], &View::default(), &first);
    assert_eq!(second.vip("a").unwrap().turn(), turn + 1);
    assert_ne!(second.application("a").unwrap().turn(), turn + 2, "it counts by itself");
}
