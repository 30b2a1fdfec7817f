//! Want of file descriptors, stops in the middle, kills, and a port that is taken.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use compat_tests::process::Launch;
use compat_tests::wait::{self, pause};
use compat_tests::{http, paths, ports, subject};
use rustix::process::Signal;
use test_kit::Registration;

use crate::support::{
    Connection, JSON, Process, Server, Silence, busy, heartbeat, quiet, raise_file_limit, request,
};

// R-EMFILE
#[test]
fn out_of_file_descriptors_the_server_serves_on_and_recovers() {
    let _machine = quiet();
    raise_file_limit();
    let port = ports::free_port().unwrap();
    let script = "ulimit -n 256 && exec \"$@\"";
    let launch = Launch::new("few-files-server", "sh").unwrap().args(["-c", script, "sh"]);
    let launch = launch.arg(subject::our_binary().unwrap()).arg(format!("--server.port={port}"));
    let mut program = launch.cwd(&paths::work("empty").unwrap()).start().unwrap();
    let apps = format!("http://127.0.0.1:{port}/eureka/apps");
    program.wait_ready(&apps, Duration::from_secs(60)).unwrap();
    let process = Process(program.pid());

    let mut early = Connection::open(port);
    let made = Registration::new("FOO", "i1").json();
    assert_eq!(early.status(&request("POST", "/apps/FOO", JSON, made.as_bytes())), Ok(204));
    let held: Vec<_> =
        (0..400).map(|_| http::connect(port, Duration::from_secs(20)).unwrap()).collect();
    wait::until("the last descriptor is taken", Duration::from_secs(20), || {
        process.descriptors() >= 250
    })
    .unwrap();
    let (ticks, started) = (process.ticks(), Instant::now());
    while started.elapsed() < Duration::from_secs(3) {
        assert_eq!(early.status(&heartbeat("FOO", "i1")), Ok(200), "who is connected is served");
        assert_eq!(early.status(&request("GET", "/status", JSON, b"")), Ok(200));
        pause(Duration::from_millis(100));
    }
    let used = process.ticks() - ticks;
    assert!(used < 60, "a busy loop: {used} hundredths of a second in three seconds");
    let mut late = Connection::open(port);
    late.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(late.status(&heartbeat("FOO", "i1")), Err(Silence::Waiting), "it has to wait");
    drop(held);
    late.stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(late.answer(), Ok((200, Vec::new())), "and is served when there is room");
    let mut fresh = Connection::open(port);
    assert_eq!(fresh.status(&heartbeat("FOO", "i1")), Ok(200));
    assert!(program.log().lines().count() < 200, "the log is flooded");
    assert!(program.terminate().unwrap().success());
}

/// Sends heartbeats until the server ends the connection; how many were answered.
fn beat_until_closed(server: &Server, all: &AtomicU64) -> u64 {
    let mut connection = server.open();
    let beat = heartbeat("FOO", "i1");
    for count in 0.. {
        match connection.status(&beat) {
            Ok(200) => drop(all.fetch_add(1, Relaxed)),
            Err(Silence::Closed) => return count,
            other => panic!("after {count} answers: {other:?}"),
        }
    }
    0
}

// R-SHUTDOWN
#[test]
fn a_stop_under_load_cuts_no_answer_and_ends_well() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    server.has("FOO", "i1");
    let pid = rustix::process::Pid::from_raw(server.process().0.cast_signed()).unwrap();
    // Its body is half there when the stop comes, and the rest comes after it.
    let made = Registration::new("FOO", "late").json();
    let bytes = request("POST", "/apps/FOO", JSON, made.as_bytes());
    let (first, second) = bytes.split_at(bytes.len() - 20);
    let mut late = server.open();
    late.send(first);
    let mut idle = server.open();
    assert_eq!(idle.status(&heartbeat("FOO", "i1")), Ok(200));

    let answered = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..8).map(|_| scope.spawn(|| beat_until_closed(&server, &answered))).collect();
        wait::until("load", Duration::from_secs(30), || answered.load(Relaxed) > 2000).unwrap();
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    });
    assert_eq!(idle.rest(Duration::from_secs(10)), Silence::Closed, "idle ones end at once");
    late.send(second);
    assert_eq!(late.answer(), Ok((204, Vec::new())), "what was under way is finished");
    assert_eq!(late.rest(Duration::from_secs(10)), Silence::Closed);
    let status = server.subject.program.wait_exit(Duration::from_secs(20)).unwrap();
    assert_eq!(status.code(), Some(0), "{}", server.subject.program.log_tail());
    assert!(http::connect(server.port(), Duration::from_secs(1)).is_err(), "nobody listens");
}

// A client that never finishes its request does not keep the server from stopping.
#[test]
fn a_stop_waits_for_the_slow_only_so_long() {
    let _machine = busy();
    let mut server = Server::start(&["--spring.lifecycle.timeout-per-shutdown-phase=1s"]);
    let mut stuck = server.open();
    stuck.send(b"POST /eureka/apps/FOO HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
    pause(Duration::from_millis(300));
    let started = Instant::now();
    let status = server.subject.program.terminate().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn killed_and_started_again_it_listens_at_once_and_clients_come_back() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    server.has("FOO", "i1");
    let mut connection = server.open();
    assert_eq!(connection.status(&heartbeat("FOO", "i1")), Ok(200));
    server.subject.restart().unwrap();
    assert!(connection.status(&heartbeat("FOO", "i1")).is_err(), "the old process is gone");
    assert_eq!(server.put("/apps/FOO/i1"), 404);
    server.has("FOO", "i1");
    assert_eq!(server.put("/apps/FOO/i1"), 200);
    server.is_well();
}

#[test]
fn a_port_that_is_taken_is_told_and_ends_the_start() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    let launch = Launch::new("second-server", subject::our_binary().unwrap()).unwrap();
    let launch = launch.arg(format!("--server.port={}", server.port()));
    let mut second = launch.cwd(&paths::work("empty").unwrap()).start().unwrap();
    let status = second.wait_exit(Duration::from_secs(20)).unwrap();
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    let log = second.log();
    let port = server.port().to_string();
    assert!(log.contains("cannot listen on") && log.contains(&port), "{log}");
    assert!(log.contains("in use"), "{log}");
    server.is_well();
}

// R-ENOSPC: a log that takes nothing more is no reason to stop.
#[test]
fn a_full_log_target_stops_nothing() {
    let _machine = busy();
    let port = ports::free_port().unwrap();
    let script = "exec \"$@\" >/dev/full";
    let launch = Launch::new("mute-server", "sh").unwrap().args(["-c", script, "sh"]);
    let launch = launch.arg(subject::our_binary().unwrap()).arg("--logging.level.root=trace");
    let launch = launch.arg(format!("--server.port={port}")).cwd(&paths::work("empty").unwrap());
    let mut program = launch.start().unwrap();
    let apps = format!("http://127.0.0.1:{port}/eureka/apps");
    program.wait_ready(&apps, Duration::from_secs(60)).unwrap();
    let mut connection = Connection::open(port);
    for _ in 0..200 {
        assert_eq!(connection.status(&heartbeat("FOO", "none")), Ok(404));
        assert_eq!(connection.status(&request("POST", "/apps/FOO", JSON, b"x")), Ok(400));
    }
    assert!(program.terminate().unwrap().success());
}

// A client that hangs up before its answer, or resets, harms nobody.
#[test]
fn clients_that_hang_up_are_forgotten() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    server.has("FOO", "i1");
    let before = server.process().descriptors();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let calm = scope.spawn(|| {
            let mut connection = server.open();
            while !stop.load(Relaxed) {
                assert_eq!(connection.status(&heartbeat("FOO", "i1")), Ok(200));
            }
        });
        for n in 0..500 {
            let mut connection = server.open();
            let bytes = request("GET", "/apps", JSON, b"").repeat(20);
            let sent = [bytes.len(), 1, bytes.len() / 2 + 7][n % 3];
            drop(connection.stream.write_all(&bytes[..sent]));
            // Unread answers make the system reset the connection instead of closing it.
        }
        stop.store(true, Relaxed);
        calm.join().unwrap();
    });
    wait::until("their descriptors are free again", Duration::from_secs(20), || {
        server.process().descriptors() <= before + 2
    })
    .unwrap();
    server.is_well();
}
