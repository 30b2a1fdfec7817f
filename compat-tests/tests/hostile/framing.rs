//! Requests that servers read in different ways, and heads that are too much.

use std::time::Duration;

use crate::support::{JSON, Server, Silence, busy, heartbeat, request};

/// What hides behind an unclear request: it ends a lease if it is taken for a request of its own.
const HIDDEN: &str = "DELETE /eureka/apps/FOO/i1 HTTP/1.1\r\nHost: x\r\n\r\n";

const LINE: &str = "PUT /eureka/apps/FOO/i1 HTTP/1.1\r\n";

/// W-32, W-33: header lines (with a body) that leave it unclear where a request ends. All are
/// answered once, with 400, and the connection is closed.
fn unclear() -> Vec<(&'static str, String)> {
    let with = |lines: &str, body: &str| format!("{LINE}Host: x\r\n{lines}\r\n\r\n{body}");
    let chunked = |lines: &str| with(lines, "0\r\n\r\n");
    vec![
        ("both", chunked("Content-Length: 5\r\nTransfer-Encoding: chunked")),
        ("both, turned", chunked("Transfer-Encoding: chunked\r\nContent-Length: 5")),
        ("both, spelled", chunked("transfer-encoding: chunked\r\nCONTENT-LENGTH: 0")),
        ("two lengths", with("Content-Length: 0\r\nContent-Length: 5", "")),
        ("equal lengths", with("Content-Length: 0\r\nContent-Length: 0", "")),
        ("a list of lengths", with("Content-Length: 0, 0", "")),
        ("a plus", with("Content-Length: +0", "")),
        ("a minus", with("Content-Length: -1", "")),
        ("hexadecimal", with("Content-Length: 0x0", "")),
        ("no length", with("Content-Length: ", "")),
        ("a length beyond 64 bits", with("Content-Length: 18446744073709551616", "")),
        ("a length with a blank", with("Content-Length: 1 0", "")),
        ("blank before the colon", with("Content-Length : 0", "")),
        ("tab before the colon", chunked("Transfer-Encoding\t: chunked")),
        ("unknown coding", chunked("Transfer-Encoding: sideways")),
        ("identity", chunked("Transfer-Encoding: identity")),
        ("chunked spelled wrong", chunked("Transfer-Encoding: xchunked")),
        ("vertical tab", chunked("Transfer-Encoding: \u{b}chunked")),
        ("hidden coding", chunked("Transfer-Encoding: gzip, chunked")),
        ("chunked not last", chunked("Transfer-Encoding: chunked, identity")),
        ("two codings", chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        (
            "HTTP/1.0 in chunks",
            chunked("Transfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0"),
        ),
        ("a chunk beyond 64 bits", with("Transfer-Encoding: chunked", "10000000000000000\r\n\r\n")),
        ("a negative chunk", with("Transfer-Encoding: chunked", "-1\r\nx\r\n0\r\n\r\n")),
        ("a chunk with a plus", with("Transfer-Encoding: chunked", "+0\r\n\r\n")),
        ("a chunk without its size", with("Transfer-Encoding: chunked", "\r\n\r\n")),
        ("a chunk longer than told", with("Transfer-Encoding: chunked", "1\r\nxyz\r\n0\r\n\r\n")),
        ("a bare line feed in a chunk", with("Transfer-Encoding: chunked", "1\nx\r\n0\r\n\r\n")),
        ("folded", with("X: a\r\n b", "")),
        ("folded with a tab", with("X: a\r\n\tb", "")),
        ("folded at once", format!("{LINE} X: a\r\nHost: x\r\n\r\n")),
        ("no host", format!("{LINE}X: y\r\n\r\n")),
        ("two hosts", with("Host: y", "")),
        ("two equal hosts", with("Host: x", "")),
        ("NUL", with("X: a\0b", "")),
        ("NUL in a name", with("X\0: a", "")),
        ("a bare carriage return", with("X: a\rb", "")),
        ("a name with a blank", with("X Y: a", "")),
        ("no name", with(": a", "")),
        ("no colon", with("nothing", "")),
        ("no version", "PUT /eureka/apps/FOO/i1\r\nHost: x\r\n\r\n".to_owned()),
        ("another version", with("X: y", "").replace("HTTP/1.1", "HTTP/1.9")),
        ("two blanks", with("X: y", "").replace("PUT /", "PUT  /")),
        ("a blank in the path", with("X: y", "").replace("/i1", "/i1 x")),
        ("NUL in the path", with("X: y", "").replace("/i1", "/i1\0")),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{7c}\u{3}\u{3}\r\n\r\n".to_owned()),
    ]
}

#[test]
fn an_unclear_request_is_refused_and_what_follows_is_not_read() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    server.has("FOO", "i1");
    for (what, bytes) in unclear() {
        let mut connection = server.open();
        connection.send(bytes.as_bytes());
        connection.send(HIDDEN.as_bytes());
        let status = connection.answer().map(|(status, _)| status);
        assert!(matches!(status, Ok(400 | 501)), "{what}: {status:?}");
        assert_eq!(connection.rest(Duration::from_secs(10)), Silence::Closed, "{what}");
        assert_eq!(server.put("/apps/FOO/i1"), 200, "{what}: the hidden request was done");
    }
    server.is_well();
}

// The preface of HTTP/2 is no HTTP/1.1 request; hyper says nothing and hangs up.
#[test]
fn http_2_is_not_spoken() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    let mut connection = server.open();
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    let answer = connection.answer().map(|(status, _)| status);
    assert!(matches!(answer, Err(Silence::Closed) | Ok(400 | 505)), "{answer:?}");
    let upgrade = "GET /eureka/apps HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    let mut connection = server.open();
    assert_eq!(connection.status(upgrade.as_bytes()), Ok(200), "answered, not switched");
    assert_eq!(connection.status(&heartbeat("FOO", "none")), Ok(404));
    server.is_well();
}

/// Odd but clear requests: each is answered once, and so is the one behind it.
#[test]
fn clear_requests_are_answered_one_by_one() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    server.has("FOO", "i1");
    let put = |lines: &str, body: &str| format!("{LINE}Host: x\r\n{lines}\r\n\r\n{body}");
    for (what, bytes, status) in [
        ("in chunks", put("Transfer-Encoding: chunked", "0\r\n\r\n"), 200),
        ("in chunks, spelled", put("TRANSFER-encoding:\tChunked", "0\r\n\r\n"), 200),
        ("an extension", put("Transfer-Encoding: chunked", "1;a=b\r\nx\r\n0\r\n\r\n"), 200),
        ("trailers", put("Transfer-Encoding: chunked", "0\r\nContent-Length: 9\r\n\r\n"), 200),
        ("leading zeros", put("Content-Length: 0002", "{}"), 200),
        ("a body of lines", put("Content-Length: 20", "Content-Length: 1\r\n\r"), 200),
        ("empty lines first", format!("\r\n\r\n{}", put("Content-Length: 0", "")), 200),
        ("bare line feeds", "PUT /eureka/apps/FOO/i1 HTTP/1.1\nHost: x\n\n".to_owned(), 200),
        ("absolute form", put("Content-Length: 0", "").replace("PUT /", "PUT http://other/"), 200),
        ("expecting", put("Content-Length: 2\r\nExpect: 100-continue", "{}"), 200),
        ("a body behind GET", put("Content-Length: 3", "abc").replace("PUT", "GET"), 200),
        ("asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 404),
        ("tunnel", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 400),
        ("trace", put("Content-Length: 0", "").replace("PUT", "TRACE"), 405),
    ] {
        let mut connection = server.open();
        connection.send(bytes.as_bytes());
        connection.send(&heartbeat("FOO", "none"));
        let first = connection.answer().map(|(status, _)| status);
        assert_eq!(first, Ok(status), "{what}");
        let second = connection.answer();
        // Whoever asked for a tunnel gets neither the tunnel nor anything else.
        let ended = what == "tunnel" && second == Err(Silence::Closed);
        assert!(ended || second == Ok((404, Vec::new())), "{what}: {second:?}");
    }
    server.is_well();
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let _machine = busy();
    let server = Server::start(&[]);
    server.has("FOO", "i1");
    let mut connection = server.open();
    let mut bytes = Vec::new();
    for n in 0..100 {
        let id = if n % 3 == 0 { "none" } else { "i1" };
        bytes.extend(request("PUT", &format!("/apps/FOO/{id}"), JSON, b"{}"));
    }
    connection.send(&bytes);
    for n in 0..100 {
        let expected = if n % 3 == 0 { 404 } else { 200 };
        assert_eq!(connection.answer(), Ok((expected, Vec::new())), "{n}");
    }
}

// W-29
#[test]
fn heads_that_are_too_long_are_refused() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    let get = |path: &str, lines: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n");
    let many: String = (0..500).map(|n| format!("X-{n}: y\r\n")).collect();
    for (what, bytes, expected) in [
        (
            "20 kB in a line",
            get("/eureka/apps", &format!("X: {}\r\n", "a".repeat(20_000))),
            &[431][..],
        ),
        ("500 lines", get("/eureka/apps", &many), &[431, 400]),
        (
            "a path of 9 kB",
            get(&format!("/eureka/apps/{}", "a".repeat(9000)), ""),
            &[414, 431, 400],
        ),
        (
            "a path of 70 kB",
            get(&format!("/eureka/apps/{}", "a".repeat(70_000)), ""),
            &[414, 431, 400],
        ),
        (
            "a query of 9 kB",
            get(&format!("/eureka/apps?{}", "a".repeat(9000)), ""),
            &[414, 431, 400],
        ),
        ("a method of 9 kB", format!("{} / HTTP/1.1\r\n\r\n", "A".repeat(9000)), &[400, 414, 431]),
        ("without end", format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(100_000)), &[431]),
    ] {
        let mut connection = server.open();
        connection.send(bytes.as_bytes());
        let status = connection.answer().map(|(status, _)| status);
        assert!(status.as_ref().is_ok_and(|code| expected.contains(code)), "{what}: {status:?}");
        assert_eq!(connection.rest(Duration::from_secs(10)), Silence::Closed, "{what}");
    }
    server.is_well();
}
