//! A service that is killed in the middle of its work.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use compat_tests::http::Request;
use compat_tests::service::{Database, Engine, Kind, Service};
use compat_tests::wait;
use parking_lot::Mutex;

use crate::support::{code_member, is_whole, made, rows};

/// Clients that create at once.
const CLIENTS: usize = 8;
/// Creates after which the service is killed.
const KILLED_AFTER: usize = 300;
/// How often it is killed.
const KILLS: usize = 3;

// H-13: whatever was acknowledged is there, and everything is there as a whole.
pub(crate) fn killed_while_it_writes(kind: Kind, engine: Engine) {
    let database = Database::new(engine).unwrap();
    let acknowledged = Mutex::new(Vec::new());
    let sent = AtomicUsize::new(0);
    for round in 1..=KILLS {
        let mut service = Service::start(kind, &database, &[]).unwrap();
        let url = service.url(kind.path());
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| create_until_killed(kind, &url, &sent, &acknowledged));
            }
            wait::until("enough creates", Duration::from_secs(60), || {
                acknowledged.lock().len() >= KILLED_AFTER * round
            })
            .unwrap();
            service.program.kill9().unwrap();
        });
    }

    let service = Service::start(kind, &database, &[]).unwrap();
    let acknowledged = acknowledged.into_inner();
    let kept = database.query(&format!("SELECT {} FROM {}", code_member(kind), kind.name()));
    let kept: std::collections::BTreeSet<_> = kept.unwrap().into_iter().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|code| !kept.contains(*code)).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
    // Those whose answer was cut off may be there or not; a client that does not know asks again
    // with the same key.
    let (sent, rows) = (sent.into_inner(), rows(kind, &database));
    assert!(usize::try_from(rows).unwrap() <= sent, "{rows} rows of {sent} requests");
    is_whole(kind, &database);
    for code in acknowledged.iter().rev().take(5) {
        let answer = service.get(&format!("{}/by-{}/{code}", kind.path(), code_member(kind)));
        assert_eq!(answer.unwrap().status, 200);
        let again = Request::new("POST", service.url(kind.path()))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", code)
            .body(made(kind, code).to_string())
            .send()
            .unwrap();
        assert_eq!(again.status, 201, "{again:?}");
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}

/// Creates one after the other, each with its own code and key, until there is no answer.
fn create_until_killed(kind: Kind, url: &str, sent: &AtomicUsize, made_codes: &Mutex<Vec<String>>) {
    loop {
        let code = format!("N-{}", sent.fetch_add(1, Relaxed));
        let request = Request::new("POST", url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", &code)
            .body(made(kind, &code).to_string());
        match request.send() {
            Ok(answer) if answer.status == 201 => made_codes.lock().push(code),
            Ok(answer) => panic!("{answer:?}"),
            Err(_) => return,
        }
    }
}
