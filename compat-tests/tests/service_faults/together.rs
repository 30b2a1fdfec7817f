//! Several instances on one database, and several clients with one intention.

use std::collections::BTreeSet;
use std::time::Duration;

use compat_tests::service::{Database, Engine, Kind, Service};
use serde_json::json;

use crate::support::{at_once, code_member, counted, is_whole, made, rows};

/// Two instances, one on each of two ports.
fn two(kind: Kind, database: &Database) -> Vec<Service> {
    (0..2).map(|_| Service::start(kind, database, &[]).unwrap()).collect()
}

// P-1
pub(crate) fn one_code(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let services = two(kind, &database);
    let body = made(kind, "ONE");
    let answers = at_once(&services, 64, |service, _| service.post(kind.path(), &body).unwrap());
    assert_eq!((counted(&answers, 201), counted(&answers, 409)), (1, 63), "{answers:?}");
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap().json().unwrap();
    assert_eq!(refused["errors"][0]["field"], code_member(kind), "{refused}");
    assert_eq!(rows(kind, &database), 1);
    is_whole(kind, &database);
}

// H-10
pub(crate) fn one_version(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let services = two(kind, &database);
    let made = services[0].post(kind.path(), &made(kind, "ONE")).unwrap().json().unwrap();
    let path = format!("{}/{}", kind.path(), made["id"].as_str().unwrap());
    for version in 1..=10 {
        let answers = at_once(&services, 2, |service, n| {
            let body = json!({"name": format!("{version}-{n}"), "version": version});
            service.send("PATCH", &path, &[], &body).unwrap()
        });
        assert_eq!((counted(&answers, 200), counted(&answers, 409)), (1, 1), "{answers:?}");
    }
    assert_eq!(services[1].get(&path).unwrap().json().unwrap()["version"], 11);
    is_whole(kind, &database);
}

// H-12
pub(crate) fn one_key(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let services = two(kind, &database);
    let body = made(kind, "");
    let key = [("Idempotency-Key", "order-7")];
    let answers = at_once(&services, 50, |service, _| {
        service.send("POST", kind.path(), &key, &body).unwrap()
    });
    let mut ids = BTreeSet::new();
    for answer in &answers {
        let body = answer.json().unwrap();
        match answer.status {
            201 => drop(ids.insert(body["id"].to_string())),
            // Who waited too long for the first may come again.
            409 => assert_eq!(body["code"], "IDEMPOTENCY_IN_PROGRESS", "{body}"),
            _ => panic!("{body}"),
        }
    }
    assert_eq!(ids.len(), 1);
    let replayed = |answer: &&_| {
        let answer: &compat_tests::http::Response = answer;
        answer.header("idempotency-replayed") == Some("true")
    };
    assert_eq!(answers.iter().filter(replayed).count() + 1, counted(&answers, 201));
    assert_eq!(rows(kind, &database), 1);
    is_whole(kind, &database);
}

// M-4
pub(crate) fn five_starts(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let url = database.url();
    let mut services: Vec<_> = (0..5).map(|_| Service::launch(kind, &url, &[]).unwrap()).collect();
    for service in &mut services {
        service.wait_ready().unwrap();
    }
    let applied = database.number("SELECT COUNT(*) FROM _sqlx_migrations").unwrap();
    let known = compat_tests::paths::workspace().join("migrations").join(kind.name());
    let known = std::fs::read_dir(known.join("sqlite")).unwrap().count();
    assert_eq!(usize::try_from(applied).unwrap(), known);
    for (n, service) in services.iter().enumerate() {
        let answer = service.post(kind.path(), &made(kind, &format!("FROM-{n}"))).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(rows(kind, &database), 5);
}

// M-6
pub(crate) fn altered_schema_change(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let mut first = Service::start(kind, &database, &[]).unwrap();
    assert!(first.program.terminate().unwrap().success());
    let column = match engine {
        Engine::Sqlite => "x'00'",
        Engine::Postgres => "'\\x00'",
    };
    database.query(&format!("UPDATE _sqlx_migrations SET checksum = {column}")).unwrap();
    let mut second = Service::launch(kind, &database.url(), &[]).unwrap();
    let status = second.program.wait_exit(Duration::from_secs(30)).unwrap();
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    let log = second.program.log();
    assert!(log.contains("cannot bring the schema of"), "{log}");
    assert!(log.contains("migration 1 was previously applied but has been modified"), "{log}");
}
