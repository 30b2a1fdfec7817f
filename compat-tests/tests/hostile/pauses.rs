//! A process that stands still, or comes back empty.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use compat_tests::wait::{self, pause};
use rustix::process::{Pid, Signal, kill_process};
use test_kit::Registration;

use crate::support::{JSON, Process, Server, heartbeat, quiet, request};

const INSTANCES: usize = 6;

fn signal(process: Process, signal: Signal) {
    kill_process(Pid::from_raw(process.0.cast_signed()).unwrap(), signal).unwrap();
}

// R-PAUSE: the clients go on renewing, the server is stopped for longer than their leases last.
#[test]
fn a_pause_evicts_nobody_who_renews() {
    let _machine = quiet();
    let mut server = Server::start(&[
        "--eureka.server.enable-self-preservation=false",
        "--eureka.server.eviction-interval-timer-in-ms=1000",
    ]);
    for n in 0..INSTANCES {
        let made = Registration::new("FOO", &format!("i{n}")).lasting(2);
        assert_eq!(server.post("/apps/FOO", JSON, made.json()).status, 204);
    }
    let all = format!("UP_{INSTANCES}_");
    let renewing = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut connection = server.open();
            while renewing.load(Relaxed) {
                for n in 0..INSTANCES {
                    let beat = heartbeat("FOO", &format!("i{n}"));
                    assert_eq!(connection.status(&beat), Ok(200), "i{n} was evicted");
                }
                pause(Duration::from_millis(200));
            }
        });
        // Twice: once before the very first eviction, once between two of them.
        for length in [6, 8] {
            signal(server.process(), Signal::STOP);
            pause(Duration::from_secs(length));
            signal(server.process(), Signal::CONT);
            assert_eq!(server.hashcode(), all, "at once after {length} s");
            pause(Duration::from_millis(3500));
            assert_eq!(server.hashcode(), all, "some evictions after {length} s");
        }
        renewing.store(false, Relaxed);
    });
    // Silence of the clients themselves is another matter.
    wait::until("silent instances go", Duration::from_secs(60), || server.hashcode().is_empty())
        .unwrap();
    server.is_well();
}

const CLIENTS: usize = 10_000;
const CONNECTIONS: usize = 8;

/// Has every client do `work` with its id, over a few connections.
fn everybody(server: &Server, work: impl Fn(&mut crate::support::Connection, &str) + Sync) {
    std::thread::scope(|scope| {
        for lane in 0..CONNECTIONS {
            let work = &work;
            scope.spawn(move || {
                let mut connection = server.open();
                for n in (lane..CLIENTS).step_by(CONNECTIONS) {
                    work(&mut connection, &format!("i{n}"));
                }
            });
        }
    });
}

// R-RESTART: ten thousand clients find an empty server with their next heartbeat.
#[test]
fn ten_thousand_clients_come_back_to_an_empty_server() {
    let _machine = quiet();
    let mut server = Server::start(&[]);
    let register = |connection: &mut crate::support::Connection, id: &str| {
        let made = Registration::new("FOO", id).json();
        assert_eq!(
            connection.status(&request("POST", "/apps/FOO", JSON, made.as_bytes())),
            Ok(204)
        );
    };
    everybody(&server, register);
    let all = format!("UP_{CLIENTS}_");
    assert_eq!(server.hashcode(), all);
    server.subject.restart().unwrap();
    assert_eq!(server.hashcode(), "");
    everybody(&server, |connection, id| {
        assert_eq!(connection.status(&heartbeat("FOO", id)), Ok(404), "{id}");
        register(connection, id);
        assert_eq!(connection.status(&heartbeat("FOO", id)), Ok(200), "{id}");
    });
    assert_eq!(server.hashcode(), all);
    server.is_well();
}
