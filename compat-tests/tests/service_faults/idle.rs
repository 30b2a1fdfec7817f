//! Clients that do nothing, or do it slowly.

use std::io::Write as _;
use std::time::Duration;
use std::{fs, net::TcpStream};

use compat_tests::service::{Database, Engine, Kind, Service};
use compat_tests::{http, wait};

use crate::support::made;

const IDLE: usize = 1_000;
const SLOW_HEADS: usize = 100;
const SLOW_BODIES: usize = 100;
/// Memory that all of them together may cost, KiB.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

fn resident_kib(service: &Service) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.program.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn descriptors(service: &Service) -> usize {
    fs::read_dir(format!("/proc/{}/fd", service.program.pid())).unwrap().count()
}

/// Lets this process open as many files as the system allows.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

fn open(service: &Service, opening: &str) -> TcpStream {
    let mut stream = http::connect(service.port(), Duration::from_secs(20)).unwrap();
    stream.write_all(opening.as_bytes()).unwrap();
    stream
}

pub(crate) fn idle_and_slow(kind: Kind, engine: Engine) {
    raise_file_limit();
    let database = Database::new(engine).unwrap();
    let mut service = Service::start(
        kind,
        &database,
        &[
            "--myerp.server.header-timeout=4s",
            "--myerp.server.body-timeout=4s",
            "--myerp.server.idle-timeout=8s",
        ],
    )
    .unwrap();
    assert_eq!(service.post(kind.path(), &made(kind, "ONE")).unwrap().status, 201);
    let (memory, files) = (resident_kib(&service), descriptors(&service));

    let path = kind.path();
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX: ");
    let body = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: 9999\r\n\r\n{{\"name\": \""
    );
    let all: Vec<_> = (0..IDLE)
        .map(|_| String::new())
        .chain((0..SLOW_HEADS).map(|_| head.clone()))
        .chain((0..SLOW_BODIES).map(|_| body.clone()))
        .map(|opening| open(&service, &opening))
        .collect();
    for n in 0..50 {
        assert_eq!(service.get(path).unwrap().status, 200);
        assert_eq!(service.post(path, &made(kind, &format!("N-{n}"))).unwrap().status, 201);
    }
    let growth = resident_kib(&service).saturating_sub(memory);
    assert!(growth < GROWTH_KIB_MAX, "{growth} KiB for {} connections", all.len());
    let mut slow = all.last().unwrap().try_clone().unwrap();
    let answer = http::read_answer(&mut slow, "POST").unwrap();
    assert_eq!(answer.status, 408, "{answer:?}");
    wait::until("all of them to be ended", Duration::from_secs(60), || {
        descriptors(&service) <= files + 12
    })
    .unwrap();
    drop(all);
    assert_eq!(service.get(path).unwrap().status, 200);
    assert!(service.program.terminate().unwrap().success());
}
