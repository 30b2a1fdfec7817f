use std::collections::{HashMap, HashSet};

use eureka_client::Mode;
use eureka_client::wire::{Application, Applications, InstanceInfo, InstanceStatus};
use gateway_routing::{Node, Origin, Property};

use super::*;

/// A client that knows instances `i0`, `i1`, … of service `s` with this metadata.
fn client(metadata: &[&[(&str, &str)]]) -> Client {
    registered_at(metadata, &vec![0; metadata.len()])
}

/// The same, registered then.
fn registered_at(metadata: &[&[(&str, &str)]], times_ms: &[i64]) -> Client {
    let instance = |(number, entries): (usize, &&[(&str, &str)])| {
        let mut info = InstanceInfo::empty(0);
        info.instance_id = Some(format!("i{number}").into());
        info.app = "S".into();
        info.vip_address = Some("s".into());
        info.status = InstanceStatus::Up;
        info.lease.registration_timestamp = times_ms[number];
        info.metadata = entries.iter().copied().collect();
        info
    };
    let instances = metadata.iter().enumerate().map(instance).collect();
    let application = Application { name: "S".into(), instances };
    let list = Applications { applications: vec![application], ..Applications::default() };
    let builder = Client::builder().server("http://127.0.0.1:9/eureka");
    builder.mode(Mode::FetchOnly).backup(list).build().unwrap()
}

fn service(rule: Balancing, clock: &Clock) -> Service {
    Service::new("s", rule, clock.clone())
}

fn id(endpoint: &Endpoint) -> String {
    endpoint.info().id().to_owned()
}

fn asking<'r>(headers: &'r HeaderMap, peer: &str) -> Asking<'r> {
    Asking { headers, path: "/", query: None, peer: peer.parse().unwrap(), is_trusted: false }
}

#[test]
fn one_ten_times_slower_gets_below_a_twentieth_within_two_seconds_by_3() {
    let (client, clock) = (client(&[&[], &[], &[], &[]]), Clock::manual(0));
    let rule = Balancing { algorithm: Algorithm::Ewma, ..Balancing::default() };
    let service = service(rule, &clock);
    // 16 callers who each send the next request when the last was answered; a step is 1 ms.
    let mut under_way: Vec<Option<(u64, Duration, eureka_client::InFlight)>> = Vec::new();
    under_way.resize_with(16, || None);
    let mut early: HashMap<String, u32> = HashMap::new();
    let mut late: HashMap<String, u32> = HashMap::new();
    for now_ms in 0..4_000_u64 {
        for caller in &mut under_way {
            if let Some((until, sent, call)) = caller.take() {
                if until > now_ms {
                    *caller = Some((until, sent, call));
                    continue;
                }
                service.answered(call.endpoint(), Some(sent));
                call.succeeded();
            }
            let chosen = service.pick(&client, &Asked::default(), &[]).unwrap();
            let took = if id(&chosen) == "i2" { 50 } else { 5 };
            let counts = if now_ms < 2_000 { &mut early } else { &mut late };
            *counts.entry(id(&chosen)).or_default() += 1;
            *caller = Some((now_ms + took, service.sent().unwrap(), chosen.call()));
        }
        clock.advance(Duration::from_millis(1));
    }
    let share = |counts: &HashMap<String, u32>| {
        f64::from(counts.get("i2").copied().unwrap_or(0)) / f64::from(counts.values().sum::<u32>())
    };
    assert!(share(&early) < 0.05 && share(&late) < 0.05, "{early:?} {late:?}");
    assert!(late.len() >= 3, "the others share the rest: {late:?}");
}

#[test]
fn requests_that_say_the_same_go_to_the_same_and_a_loss_moves_no_others() {
    let (client, clock) = (client(&[&[], &[], &[], &[]]), Clock::manual(0));
    let hash_on = HashOn::Header("x-user".parse().unwrap());
    let rule = Balancing { algorithm: Algorithm::Hash, hash_on, ..Balancing::default() };
    let service = service(rule, &clock);
    let find = |user: &str, tried: &[Arc<Endpoint>]| {
        let headers = HeaderMap::from_iter([("x-user".parse().unwrap(), user.parse().unwrap())]);
        let asked = service.asked(&asking(&headers, "10.0.0.1"));
        service.pick(&client, &asked, tried).unwrap()
    };
    let users: Vec<String> = (0..400).map(|number| format!("user-{number}")).collect();
    let gone = find("user-0", &[]);
    let mut counts: HashMap<String, u32> = HashMap::new();
    for user in &users {
        let first = find(user, &[]);
        assert_eq!(id(&first), id(&find(user, &[])));
        *counts.entry(id(&first)).or_default() += 1;
        let without = find(user, &[Arc::clone(&gone)]);
        assert!(id(&without) != id(&gone));
        assert!(id(&first) == id(&gone) || id(&first) == id(&without), "{user} moved");
    }
    assert!(counts.values().all(|count| (60..140).contains(count)), "{counts:?}");
}

#[test]
fn requests_are_told_apart_by_address_or_cookie_too() {
    let clock = Clock::manual(0);
    let hash = |hash_on: HashOn, headers: &HeaderMap, peer: &str| {
        let rule = Balancing { algorithm: Algorithm::Hash, hash_on, ..Balancing::default() };
        service(rule, &clock).asked(&asking(headers, peer)).hash
    };
    let none = HeaderMap::new();
    let by_address = |peer: &str| hash(HashOn::Address, &none, peer).unwrap();
    assert_eq!(by_address("10.0.0.1"), by_address("::ffff:10.0.0.1"));
    assert_ne!(by_address("10.0.0.1"), by_address("10.0.0.2"));
    let cookie = HashOn::Cookie("sid".to_owned());
    assert_eq!(hash(cookie.clone(), &none, "10.0.0.1"), None, "nothing to go by");
    let headers = HeaderMap::from_iter([(header::COOKIE, "a=b; sid=7".parse().unwrap())]);
    assert_eq!(hash(cookie, &headers, "10.0.0.1"), Some(choose::key("7")));
}

#[test]
fn of_a_version_are_those_that_have_it_lb_15() {
    let versions: [&[(&str, &str)]; 3] =
        [&[("API_VERSION", "1")], &[("API_VERSION", "2.0")], &[("API_VERSION", "two")]];
    let (client, clock) = (client(&versions), Clock::manual(0));
    let found = |more: &[(&str, &str)], told: Option<&str>| {
        let fixed = [("configurations", "api-version"), ("api-version.header", "X-V")];
        let tree = Node::from_properties(fixed.iter().chain(more).map(|(path, value)| Property {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::unknown(),
        }));
        let tree = BalancingTree::new(tree, "round-robin", "ip", Duration::ZERO).unwrap();
        let service = service(tree.of("s").unwrap().0, &clock);
        let mut headers = HeaderMap::new();
        if let Some(told) = told {
            headers.insert("x-v", told.parse().unwrap());
        }
        let asked = service.asked(&asking(&headers, "10.0.0.1"));
        let picked = (0..9).filter_map(|_| service.pick(&client, &asked, &[]).map(|one| id(&one)));
        let mut all: Vec<String> = picked.collect::<HashSet<_>>().into_iter().collect();
        all.sort_unstable();
        all
    };
    assert_eq!(found(&[], Some("2")), ["i1"]);
    assert_eq!(found(&[], Some("3")), [""; 0], "nobody has it");
    assert_eq!(found(&[], None), [""; 0]);
    assert_eq!(found(&[("api-version.default", "1.0")], None), ["i0"]);
    let falls_back = ("api-version.fallback-to-available-instances", "true");
    assert_eq!(found(&[falls_back], Some("3")), ["i0", "i1", "i2"]);
}

#[test]
fn who_is_not_well_is_left_out_unless_nobody_is_lb_9() {
    let (client, clock) = (client(&[&[], &[], &[]]), Clock::manual(0));
    let health = HealthRule {
        interval: Duration::from_secs(1),
        initial_delay: Duration::ZERO,
        path: "/".to_owned(),
        port: None,
        repeats: true,
    };
    let rule = Balancing { health: Some(health.clone()), ..Balancing::default() };
    let service = service(rule, &clock);
    let found = || {
        let pick = |_| id(&service.pick(&client, &Asked::default(), &[]).unwrap());
        (0..12).map(pick).collect::<HashSet<_>>()
    };
    assert_eq!(found().len(), 3, "nobody is known to be well");
    service.checks.begin(&health, ["i0", "i1", "i2"].into_iter(), Duration::ZERO, 9);
    service.checks.end(&health, "i1", true, Duration::ZERO, 0.5);
    assert_eq!(found(), HashSet::from(["i1".to_owned()]));
    service.checks.end(&health, "i1", false, Duration::ZERO, 0.5);
    assert_eq!(found().len(), 3);
}

#[test]
fn a_new_instance_gets_little_at_first_by_15() {
    let clock = Clock::manual(1_000_000_000);
    let registered = |age_s: i64| 1_000_000_000 - age_s * 1_000;
    let share = |age_s: i64| {
        let client = registered_at(&[&[], &[]], &[registered(9_000), registered(age_s)]);
        let slow_start = Some(Duration::from_secs(30));
        let service = service(Balancing { slow_start, ..Balancing::default() }, &clock);
        let pick = |_: &i32| id(&service.pick(&client, &Asked::default(), &[]).unwrap()) == "i1";
        (0..2_000).filter(pick).count()
    };
    // Where all are idle each would get 1,000.
    let new = share(3);
    assert!((30..250).contains(&new), "{new}");
    let half = share(15);
    assert!((350..650).contains(&half), "{half}");
    assert_eq!(share(30), 1_000);
}
