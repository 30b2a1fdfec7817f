use eureka_wire::{Application, InstanceStatus};
use test_kit::Chance;

use super::*;

fn instance(app: &str, id: &str, status: InstanceStatus, action: ActionType) -> InstanceInfo {
    InstanceInfo {
        app: app.into(),
        instance_id: Some(id.into()),
        status,
        action: Some(action),
        ..InstanceInfo::empty(0)
    }
}

fn list(hashcode: &str, instances: Vec<InstanceInfo>) -> Applications {
    let mut applications: Vec<Application> = Vec::new();
    for info in instances {
        match applications.iter_mut().find(|application| application.name == info.app) {
            Some(application) => application.instances.push(info),
            None => {
                applications.push(Application { name: info.app.clone(), instances: vec![info] });
            }
        }
    }
    Applications { version: 1, hashcode: hashcode.into(), applications }
}

fn up(app: &str, id: &str) -> InstanceInfo {
    instance(app, id, InstanceStatus::Up, ActionType::Added)
}

fn ids(cache: &Cache) -> Vec<String> {
    let all = cache.registry().values().flat_map(|app| app.values());
    all.map(|endpoint| format!("{endpoint:?}")).collect()
}

fn filled() -> Cache {
    let mut cache = Cache::new(View::default());
    cache.replace(list("UP_2_", vec![up("A", "1"), up("B", "2")]));
    cache
}

#[test]
fn a_new_copy_needs_a_full_list_and_a_filled_one_does_not() {
    let mut cache = Cache::new(View::default());
    assert!(cache.needs_full());
    assert_eq!(cache.replace(list("", vec![])), Applied::Unchanged);
    assert!(cache.needs_full(), "an empty registry is fetched in full");
    assert_eq!(cache.replace(list("UP_1_", vec![up("A", "1")])), Applied::Changed);
    assert!(!cache.needs_full());
    assert_eq!(cache.replace(list("UP_1_", vec![up("A", "1")])), Applied::Unchanged);
    assert_eq!(cache.replace(list("", vec![])), Applied::Unchanged, "not believed at once");
    assert_eq!(cache.replace(list("", vec![])), Applied::Changed);
}

// TM-15
#[test]
fn a_list_that_has_shrunk_by_more_than_half_is_believed_when_it_comes_again() {
    let mut cache = filled();
    assert_eq!(cache.replace(list("", vec![])), Applied::Unchanged);
    assert_eq!(ids(&cache), ["A/1 UP", "B/2 UP"]);
    assert!(cache.needs_full(), "the next one decides");
    assert_eq!(cache.replace(list("UP_1_", vec![up("A", "1")])), Applied::Changed, "half of it");
    assert_eq!(ids(&cache), ["A/1 UP"]);
    assert_eq!(cache.replace(list("", vec![])), Applied::Unchanged);
    assert_eq!(cache.replace(list("", vec![])), Applied::Changed);
    assert_eq!(ids(&cache), [""; 0]);
}

#[test]
fn a_list_that_is_not_the_servers_leaves_the_next_fetch_full() {
    let mut cache = Cache::new(View::default());
    assert_eq!(cache.load(list("", vec![up("A", "1")])), Applied::Changed);
    assert!(cache.needs_full());
    assert_eq!(&*cache.to_list().hashcode, "UP_1_");
}

#[test]
fn a_delta_adds_changes_and_removes() {
    let mut cache = filled();
    let down = instance("A", "1", InstanceStatus::Down, ActionType::Modified);
    let gone = instance("B", "2", InstanceStatus::Up, ActionType::Deleted);

    let (applied, agrees) = cache.apply(list("DOWN_1_UP_1_", vec![down, up("A", "3"), gone]));

    assert_eq!((applied, agrees), (Applied::Changed, Ok(())));
    assert_eq!(ids(&cache), ["A/1 DOWN", "A/3 UP"]);
    assert!(!cache.registry().contains_key("B"), "an application without instances is gone");
}

#[test]
fn entries_that_come_again_or_say_nothing_change_nothing() {
    let mut cache = filled();
    let stranger = instance("C", "9", InstanceStatus::Up, ActionType::Deleted);
    let silent = InstanceInfo { action: None, ..up("C", "8") };

    let (applied, agrees) = cache.apply(list("UP_2_", vec![up("A", "1"), stranger, silent]));

    assert_eq!((applied, agrees), (Applied::Unchanged, Ok(())));
    assert_eq!(ids(&cache), ["A/1 UP", "B/2 UP"]);
}

#[test]
fn a_hash_that_differs_asks_for_a_full_list_and_keeps_what_came() {
    let mut cache = filled();

    let (applied, agrees) = cache.apply(list("UP_4_", vec![up("A", "3")]));

    assert_eq!(applied, Applied::Changed);
    let mismatch = agrees.unwrap_err();
    assert_eq!((&*mismatch.ours, &*mismatch.theirs), ("UP_3_", "UP_4_"));
    assert_eq!(ids(&cache).len(), 3);
    assert!(cache.needs_full());
    cache.replace(list("UP_2_", vec![up("A", "1"), up("B", "2")]));
    assert!(!cache.needs_full());
}

#[test]
fn unchanged_instances_keep_their_endpoint() {
    let mut cache = filled();
    let before = Arc::clone(&cache.registry()["A"]["1"]);
    let mut later = up("A", "1");
    later.lease.last_renewal_timestamp = 5;

    cache.replace(list("UP_1_", vec![later]));

    assert!(Arc::ptr_eq(&before, &cache.registry()["A"]["1"]));
}

/// A server that knows what is true, followed by deltas of its last few changes.
#[test]
fn deltas_in_any_portion_lead_to_the_servers_registry() {
    let mut chance = Chance::from_seed(4);
    let mut truth: BTreeMap<String, InstanceInfo> = BTreeMap::new();
    let mut recent: Vec<InstanceInfo> = Vec::new();
    let mut cache = Cache::new(View::default());
    for round in 0..1_000 {
        let id = format!("{}", chance.below(12));
        let app = if id.len() == 1 { "A" } else { "B" };
        let status = *chance.pick(&InstanceStatus::ALL).unwrap();
        if chance.once_in(3) {
            if let Some(mut gone) = truth.remove(&id) {
                gone.action = Some(ActionType::Deleted);
                recent.push(gone);
            }
        } else {
            let info = instance(app, &id, status, ActionType::Added);
            truth.insert(id, info.clone());
            recent.push(info);
        }
        if chance.once_in(3) {
            let hash = StatusCounts::tally(truth.values()).to_string();
            let keep = recent.len().saturating_sub(40);
            recent.drain(..keep);
            if cache.needs_full() {
                cache.replace(list(&hash, truth.values().cloned().collect()));
            } else {
                let (_, agrees) = cache.apply(list(&hash, recent.clone()));
                assert_eq!(agrees, Ok(()), "round {round}");
            }
            let known: Vec<_> = cache.registry().values().flat_map(|app| app.keys()).collect();
            let mut real: Vec<_> = truth.values().map(|info| (&info.app, info.id())).collect();
            real.sort_unstable();
            assert_eq!(
                known.iter().map(|id| &***id).collect::<Vec<_>>(),
                real.iter().map(|(_, id)| *id).collect::<Vec<_>>()
            );
        }
    }
}
