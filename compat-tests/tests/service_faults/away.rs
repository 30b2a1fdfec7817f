//! A database that goes away and comes back.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use compat_tests::http::Request;
use compat_tests::postgres::Postgres;
use compat_tests::service::{Database, Kind, Service};
use compat_tests::subject::{self, Subject};
use compat_tests::wait;
use parking_lot::Mutex;

use crate::support::{is_unavailable, is_whole, made};

/// Longest time that an answer may take when the database does not answer: waiting for a connection,
/// and room for a busy machine.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Longest time after which everybody knows, and after which all is well again.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

fn status_at(discovery: &Subject, kind: Kind) -> Option<String> {
    let url = discovery.url(&format!("/apps/{}-SERVICE", kind.name().to_uppercase()));
    let answer = Request::get(url).header("Accept", "application/json").send().ok()?;
    let body = answer.json().ok()?;
    Some(body["application"]["instance"][0]["status"].as_str()?.to_owned())
}

fn readiness(service: &Service) -> u16 {
    service.get("/actuator/health/readiness").map_or(0, |answer| answer.status)
}

/// A service whose status at discovery follows its health.
fn start(kind: Kind, discovery: &Subject, database: &Database) -> Service {
    let zone = format!("--eureka.client.service-url.defaultZone={}/", discovery.base_url);
    let args = [
        zone.as_str(),
        "--eureka.client.healthcheck.enabled=true",
        "--eureka.client.instance-info-replication-interval-seconds=1",
        "--eureka.client.initial-instance-info-replication-interval-seconds=0",
        "--eureka.instance.lease-renewal-interval-in-seconds=1",
    ];
    let service = Service::start(kind, database, &args).unwrap();
    let up = || status_at(discovery, kind).as_deref() == Some("UP");
    wait::until("it to be listed", KNOWN_WITHIN, up).unwrap();
    service
}

/// Checks that `service` says that its database is away, in time and everywhere.
fn is_away(kind: Kind, service: &Service, discovery: &Subject) {
    wait::until("readiness to be down", KNOWN_WITHIN, || readiness(service) == 503).unwrap();
    for (method, path) in [("GET", kind.path().to_owned()), ("POST", kind.path().to_owned())] {
        let started = Instant::now();
        let answer = match method {
            "GET" => service.get(&path),
            _ => service.post(&path, &made(kind, "NEVER")),
        };
        is_unavailable(&answer.unwrap());
        assert!(started.elapsed() < ANSWER_WITHIN, "{:?}", started.elapsed());
    }
    let health = service.get("/actuator/health").unwrap();
    assert_eq!((health.status, &health.json().unwrap()["status"]), (503, &"DOWN".into()));
    assert_eq!(service.get("/actuator/health/liveness").unwrap().status, 200);
    let down = || status_at(discovery, kind).as_deref() == Some("DOWN");
    wait::until("discovery to know it", KNOWN_WITHIN, down).unwrap();
}

/// Checks that everything is as before, without a restart.
fn is_back(kind: Kind, service: &mut Service, discovery: &Subject, code: &str) {
    wait::until("readiness to be up", KNOWN_WITHIN, || readiness(service) == 200).unwrap();
    assert_eq!(service.post(kind.path(), &made(kind, code)).unwrap().status, 201);
    assert_eq!(service.get(kind.path()).unwrap().status, 200);
    let up = || status_at(discovery, kind).as_deref() == Some("UP");
    wait::until("discovery to know it", KNOWN_WITHIN, up).unwrap();
    assert_eq!(service.program.exit_status().unwrap(), None);
    assert!(!service.program.log().contains("panicked"), "{}", service.program.log_tail());
}

fn goes_and_comes_back(kind: Kind) {
    let discovery = subject::start_ours(&[], &[]).unwrap();
    let mut server = Postgres::start().unwrap();
    server.create("own").unwrap();
    let database = Database::At(server.url("own"));
    let mut service = start(kind, &discovery, &database);
    assert_eq!(service.post(kind.path(), &made(kind, "BEFORE")).unwrap().status, 201);

    server.freeze().unwrap();
    is_away(kind, &service, &discovery);
    server.thaw().unwrap();
    is_back(kind, &mut service, &discovery, "THAWED");

    server.kill().unwrap();
    is_away(kind, &service, &discovery);
    server.resume().unwrap();
    is_back(kind, &mut service, &discovery, "RESUMED");
    let kept = format!("SELECT COUNT(*) FROM {}", kind.name());
    assert_eq!(server.query("own", &kept).unwrap(), ["3"]);
}

// H-9, H-15
#[test]
fn products_without_their_server_are_unavailable_until_it_is_back() {
    goes_and_comes_back(Kind::Product);
}

#[test]
fn partners_without_their_server_are_unavailable_until_it_is_back() {
    goes_and_comes_back(Kind::Partner);
}

#[test]
fn a_start_without_a_server_ends_with_a_reason() {
    let port = compat_tests::ports::free_port().unwrap();
    let url = format!("postgres://nobody:secret@127.0.0.1:{port}/nothing");
    let mut service = Service::launch(Kind::Product, &url, &[]).unwrap();
    let status = service.program.wait_exit(Duration::from_secs(60)).unwrap();
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    let log = service.program.log();
    assert!(
        log.contains(&format!("cannot open the database postgres://127.0.0.1:{port}")),
        "{log}"
    );
    assert!(!log.contains("secret"), "{log}");
}

// H-9: the server is killed while clients write. What was answered with 201 is there; what was
// answered with 503 is not.
#[test]
fn a_server_that_is_killed_loses_nothing_that_was_acknowledged() {
    let mut server = Postgres::start().unwrap();
    server.create("own").unwrap();
    let database = Database::At(server.url("own"));
    let service = Service::start(Kind::Product, &database, &[]).unwrap();
    let (done, undone) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let stop = AtomicBool::new(false);
    let write = |client: usize| {
        for n in 0.. {
            if stop.load(Relaxed) {
                return;
            }
            let code = format!("N-{client}-{n}");
            let answer = service.post("/products", &made(Kind::Product, &code)).unwrap();
            match answer.status {
                201 => done.lock().push(code),
                503 => undone.lock().push(code),
                500 => assert_eq!(answer.json().unwrap()["code"], "OUTCOME_UNKNOWN"),
                _ => panic!("{answer:?}"),
            }
        }
    };
    thread::scope(|scope| {
        for client in 0..8 {
            let write = &write;
            scope.spawn(move || write(client));
        }
        wait::until("writes", KNOWN_WITHIN, || done.lock().len() > 200).unwrap();
        server.kill().unwrap();
        wait::until("refusals", KNOWN_WITHIN, || undone.lock().len() > 8).unwrap();
        stop.store(true, Relaxed);
    });
    server.resume().unwrap();
    let kept = database.query("SELECT sku FROM product").unwrap();
    let kept: std::collections::BTreeSet<_> = kept.into_iter().collect();
    let lost: Vec<_> = done.lock().iter().filter(|code| !kept.contains(*code)).cloned().collect();
    assert!(lost.is_empty(), "{lost:?}");
    let doubled: Vec<_> =
        undone.lock().iter().filter(|code| kept.contains(*code)).cloned().collect();
    assert!(doubled.is_empty(), "told as not done, but there: {doubled:?}");
    is_whole(Kind::Product, &database);
}
