//! Bodies that are too large, in plain sight or packed (W-27, W-28).

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::support::{Connection, JSON, Server, Silence, XML, quiet, request};

/// What a single refused body may cost, KiB.
const GROWTH_KIB_MAX: u64 = 4 * 1024;

/// What the server reads beyond its limit, and what the system holds on its way to it.
const TAKEN_BYTES_MAX: usize = (2 << 20) + (64 << 10) + (16 << 20);

/// Sends `pieces` of 64 KiB behind `head` until the server takes no more; the status it answers
/// with, and the bytes it took.
fn flood(
    server: &Server,
    head: &str,
    pieces: usize,
    chunked: bool,
) -> (Result<u16, Silence>, usize) {
    let mut connection = server.open();
    connection.send(head.as_bytes());
    let bytes = vec![b' '; 64 << 10];
    let piece = if chunked {
        [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat()
    } else {
        bytes
    };
    let taken = (0..pieces).take_while(|_| connection.send(&piece)).count();
    (connection.answer().map(|(status, _)| status), taken * piece.len())
}

fn head(target: &str, media_type: &str, framing: &str) -> String {
    let (method, path) = target.split_once(' ').unwrap();
    format!(
        "{method} /eureka{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\n{framing}\r\n\r\n"
    )
}

fn warm(server: &Server) {
    server.has("FOO", "i1");
    let mut connection = server.open();
    for _ in 0..50 {
        let made = test_kit::Registration::new("FOO", "i1").json();
        connection.status(&request("POST", "/apps/FOO", JSON, made.as_bytes())).unwrap();
        connection.status(&request("GET", "/apps", JSON, b"")).unwrap();
    }
}

#[test]
fn large_and_endless_bodies_are_refused_and_cost_next_to_nothing() {
    const MEGABYTES_20: usize = 20 * 16;
    let _machine = quiet();
    let mut server = Server::start(&[]);
    warm(&server);
    for target in ["POST /apps/FOO", "PUT /apps/FOO/i1", "DELETE /apps/FOO/i1"] {
        for (what, framing, pieces, chunked) in [
            ("20 MB", "Content-Length: 20971520", MEGABYTES_20, false),
            ("100 MB", "Content-Length: 104857600", 5 * MEGABYTES_20, false),
            ("without end", "Transfer-Encoding: chunked", usize::MAX, true),
            ("said to be 8 EB", "Content-Length: 9223372036854775807", usize::MAX, false),
        ] {
            let mut result = (Err(Silence::Waiting), 0);
            let growth = server.process().peak_growth_kib(|| {
                result = flood(&server, &head(target, JSON, framing), pieces, chunked);
            });
            let (status, taken) = result;
            assert_eq!(status, Ok(413), "{what}: {target}");
            assert!(taken <= TAKEN_BYTES_MAX, "{what}: {target}: {taken} bytes were taken");
            assert!(growth < GROWTH_KIB_MAX, "{what}: {target}: {growth} KiB");
        }
    }
    assert_eq!(server.hashcode(), "UP_1_", "nothing of it was done");
    server.is_well();
}

// A batch may be eight times as large, and no more.
#[test]
fn a_batch_has_its_own_limit() {
    let _machine = quiet();
    let mut server = Server::start(&[]);
    warm(&server);
    let head = head("POST /peerreplication/batch", JSON, "Transfer-Encoding: chunked");
    let (status, taken) = flood(&server, &head, usize::MAX, true);
    assert_eq!(status, Ok(413));
    assert!((16 << 20..TAKEN_BYTES_MAX + (16 << 20)).contains(&taken), "{taken}");
    server.is_well();
}

fn packed(megabytes: usize, byte: u8) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let megabyte = vec![byte; 1 << 20];
    (0..megabytes).for_each(|_| encoder.write_all(&megabyte).unwrap());
    encoder.finish().unwrap()
}

#[test]
fn a_gzip_bomb_is_refused_and_costs_next_to_nothing() {
    let _machine = quiet();
    let mut server = Server::start(&[]);
    warm(&server);
    let bomb = packed(200, 0);
    assert!(bomb.len() < 1 << 20, "small enough to be taken as it is");
    for media_type in [JSON, XML] {
        let framing = format!("Content-Encoding: gzip\r\nContent-Length: {}", bomb.len());
        let head = head("POST /apps/FOO", media_type, &framing);
        let mut connection = server.open();
        let mut status = Err(Silence::Waiting);
        let growth = server.process().peak_growth_kib(|| {
            status = connection.status(&[head.as_bytes(), &bomb].concat());
        });
        assert_eq!(status, Ok(413), "{media_type}");
        assert!(growth < GROWTH_KIB_MAX, "{media_type}: {growth} KiB");
    }
    server.is_well();
}

// Small bodies that are costly to hold: each element or member of a few bytes becomes many.
#[test]
fn bodies_of_nothing_but_structure_cost_little_more_than_their_length() {
    let _machine = quiet();
    let around = |start: &str, filler: &str, bytes: usize, end: &str| {
        format!("{start}{}{end}", filler.repeat(bytes / filler.len()))
    };
    for (what, path, media_type, body) in [
        (
            "empty elements",
            "/apps/FOO",
            XML,
            around("<instance>", "<a/>", 1_000_000, "</instance>"),
        ),
        ("attributes", "/apps/FOO", XML, around("<instance ", "a='' ", 1_000_000, "/>")),
        (
            "references",
            "/apps/FOO",
            XML,
            around("<instance><app>", "&lt;", 1_000_000, "</app></instance>"),
        ),
        ("comments", "/apps/FOO", XML, around("<instance>", "<!---->", 1_000_000, "</instance>")),
        (
            "members",
            "/apps/FOO",
            JSON,
            around("{\"instance\":{", "\"\":0,", 1_000_000, "\"a\":0}}"),
        ),
        ("names", "/apps/FOO", JSON, around("{", "\"\":0,", 1_000_000, "\"a\":0}")),
        (
            "items",
            "/peerreplication/batch",
            JSON,
            around("{\"replicationList\":[", "{},", 2_000_000, "{}]}"),
        ),
        (
            "numbers",
            "/peerreplication/batch",
            JSON,
            around("{\"replicationList\":[", "0,", 2_000_000, "0]}"),
        ),
    ] {
        // A new server each time: memory once taken is used again.
        let mut server = Server::start(&[]);
        warm(&server);
        let mut status = 0;
        let growth = server.process().peak_growth_kib(|| {
            status = server.post(path, media_type, body.clone()).status;
        });
        assert_eq!(status, 400, "{what}");
        let allowed = u64::try_from(body.len()).unwrap() / 1024 * 4 + GROWTH_KIB_MAX;
        assert!(growth < allowed, "{what}: {growth} KiB for {} bytes", body.len());
        server.is_well();
    }
}

// A body that stops or trickles ends with its time, and what it was to do is not done.
#[test]
fn a_body_that_does_not_arrive_is_answered_408() {
    let _machine = quiet();
    let mut server = Server::start(&["--myerp.server.body-timeout=1s"]);
    warm(&server);
    let cut = |target: &str| head(target, JSON, "Content-Length: 100") + "{";
    for path in ["POST /apps/BAR", "DELETE /apps/FOO/i1", "POST /peerreplication/batch"] {
        let mut connection = Connection::open(server.port());
        connection.send(cut(path).as_bytes());
        let started = Instant::now();
        let trickle = path.ends_with("BAR").then(|| connection.stream.try_clone().unwrap());
        let trickling = trickle.map(|mut stream| {
            std::thread::spawn(move || {
                while stream.write_all(b" ").is_ok() && started.elapsed() < Duration::from_secs(15)
                {
                    compat_tests::wait::pause(Duration::from_millis(200));
                }
            })
        });
        assert_eq!(connection.answer().map(|(status, _)| status), Ok(408), "{path}");
        assert!(started.elapsed() >= Duration::from_millis(900), "{path}: too soon");
        assert_eq!(connection.rest(Duration::from_secs(10)), Silence::Closed, "{path}");
        if let Some(thread) = trickling {
            thread.join().unwrap();
        }
    }
    // A sender that hangs up in the middle is heard no further.
    let mut connection = Connection::open(server.port());
    connection.send(cut("POST /apps/BAR").as_bytes());
    drop(connection);
    server.is_well();
    assert_eq!(server.hashcode(), "UP_1_");
}
