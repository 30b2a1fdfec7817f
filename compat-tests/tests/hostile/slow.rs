//! Connections that are idle or slow: they cost the others nothing, and end in their time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use compat_tests::http;
use compat_tests::wait::pause;

use crate::support::{Connection, JSON, Server, heartbeat, quiet, raise_file_limit, request};

const IDLE: usize = 1000;
const SLOW_HEADS: usize = 500;
const SLOW_BODIES: usize = 450;
const SLOW_READERS: usize = 50;

/// Renewals of which the slowest hundredth is looked at.
const RENEWALS: usize = 3000;

/// What a slow connection is slow with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slow {
    Idle,
    Head,
    Body,
    Reader,
}

struct Attack {
    what: Slow,
    stream: TcpStream,
}

impl Attack {
    fn begin(server: &Server, what: Slow) -> Self {
        let mut stream = http::connect(server.port(), Duration::from_secs(20)).unwrap();
        let opening = match what {
            Slow::Idle => Vec::new(),
            Slow::Head => b"GET /eureka/apps HTTP/1.1\r\nHost: x\r\nX: ".to_vec(),
            Slow::Body => {
                b"PUT /eureka/apps/FOO/i1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n"
                    .to_vec()
            }
            // More answers than the system holds for somebody who does not read them.
            Slow::Reader => request("GET", "/apps", JSON, b"").repeat(100),
        };
        stream.write_all(&opening).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { what, stream }
    }

    /// Goes on slowly; false once the server has ended it.
    fn goes_on(&mut self) -> bool {
        let mut byte = [0; 1];
        let is_slow_reader = self.what == Slow::Reader;
        if matches!(self.what, Slow::Head | Slow::Body) && !took(self.stream.write(b"x")) {
            return false;
        }
        if is_slow_reader {
            // A byte now and then; what the system has kept of a dead connection does not count.
            return took(self.stream.read(&mut byte)) && took(self.stream.write(b"\r\n"));
        }
        let mut answer = [0; 512];
        match self.stream.read(&mut answer) {
            Ok(0) => false,
            // An answer such as 408 announces the end.
            Ok(_) => true,
            result => took(result),
        }
    }
}

/// Whether a connection still stands after this result.
fn took(result: std::io::Result<usize>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

/// The slowest hundredth of many renewals on two connections.
fn slowest_hundredth(server: &Server) -> Duration {
    let run = || {
        let mut connection = server.open();
        let beat = heartbeat("FOO", "i1");
        let time = |()| {
            let started = Instant::now();
            assert_eq!(connection.status(&beat), Ok(200));
            started.elapsed()
        };
        (0..RENEWALS / 2).map(|_| ()).map(time).collect::<Vec<_>>()
    };
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let runs = [scope.spawn(run), scope.spawn(run)];
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[test]
fn two_thousand_idle_and_slow_connections_slow_nobody_and_are_ended() {
    let _machine = quiet();
    raise_file_limit();
    let mut server = Server::start(&[
        "--myerp.server.header-timeout=3s",
        "--myerp.server.body-timeout=3s",
        "--myerp.server.write-timeout=3s",
        "--myerp.server.idle-timeout=5s",
    ]);
    for n in 0..500 {
        server.has("FOO", &format!("i{n}"));
    }
    let before = slowest_hundredth(&server);
    let memory_before = server.process().rss_kib();

    let kinds = [
        (Slow::Idle, IDLE),
        (Slow::Head, SLOW_HEADS),
        (Slow::Body, SLOW_BODIES),
        (Slow::Reader, SLOW_READERS),
    ];
    let opened = Instant::now();
    let mut attacks: Vec<Attack> = kinds
        .iter()
        .flat_map(|&(what, count)| (0..count).map(move |_| what))
        .map(|what| Attack::begin(&server, what))
        .collect();
    let all_open = opened.elapsed();

    let measured = AtomicBool::new(false);
    let (during, first_end, last_end) = std::thread::scope(|scope| {
        let renewals = scope.spawn(|| {
            let during = slowest_hundredth(&server);
            measured.store(true, Relaxed);
            during
        });
        let (mut first_end, mut last_end) = (None, Duration::ZERO);
        let deadline = Duration::from_secs(60);
        while (!attacks.is_empty() || !measured.load(Relaxed)) && opened.elapsed() < deadline {
            let standing = attacks.len();
            attacks.retain_mut(Attack::goes_on);
            if attacks.len() < standing {
                last_end = opened.elapsed();
                first_end = first_end.or(Some(last_end));
            }
            pause(Duration::from_millis(200));
        }
        (renewals.join().unwrap(), first_end, last_end)
    });
    let mut left: Vec<Slow> = attacks.iter().map(|attack| attack.what).collect();
    left.dedup();
    assert_eq!(left, [], "still open after {:?}", opened.elapsed());
    let first_end = first_end.unwrap();
    assert!(
        first_end >= Duration::from_millis(2500),
        "the first was ended after {first_end:?} already"
    );
    assert!(last_end < all_open + Duration::from_secs(30), "the last was ended after {last_end:?}");
    assert!(
        during < before * 10 + Duration::from_millis(50),
        "slowest hundredth of the renewals: {before:?} before, {during:?} meanwhile"
    );
    let growth = server.process().rss_kib().saturating_sub(memory_before);
    assert!(growth < 100 * 1024, "{growth} KiB are kept");
    server.is_well();
}

// The other side of each limit: who keeps to them is not ended.
#[test]
fn slow_but_lawful_connections_are_served() {
    let _machine = quiet();
    let mut server = Server::start(&[
        "--myerp.server.header-timeout=5s",
        "--myerp.server.body-timeout=5s",
        "--myerp.server.idle-timeout=5s",
    ]);
    server.has("FOO", "i1");
    let mut idle = server.open();
    let mut slow = server.open();
    let made = test_kit::Registration::new("FOO", "i2").json();
    let bytes = request("POST", "/apps/FOO", JSON, made.as_bytes());
    for part in bytes.chunks(bytes.len().div_ceil(10)) {
        assert!(slow.send(part));
        pause(Duration::from_millis(200));
    }
    assert_eq!(slow.answer().map(|(status, _)| status), Ok(204));
    assert_eq!(idle.status(&heartbeat("FOO", "i1")), Ok(200));
    pause(Duration::from_secs(2));
    assert_eq!(idle.status(&heartbeat("FOO", "i1")), Ok(200), "each request begins the time anew");
    let mut reader = Connection::open(server.port());
    reader.send(&request("GET", "/apps", JSON, b""));
    pause(Duration::from_secs(2));
    assert_eq!(reader.answer().map(|(status, _)| status), Ok(200));
    server.is_well();
}
