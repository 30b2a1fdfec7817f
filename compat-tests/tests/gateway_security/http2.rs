//! HTTP/2 that is malformed (SE-15), and floods of it (DS-8, DS-9), while others go on.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::estate::{Estate, Verdict, among_bystanders};
use crate::h2_wire::{
    CONTINUATION, Connection, DATA, END_HEADERS, END_STREAM, Fate, HEADERS, PING, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, block, frame,
};

/// Frames of a flood.
const FLOOD: u32 = 20_000;
/// Memory that a flood may cost the gateway.
const FLOOD_BYTES_MAX: u64 = 30_000_000;
const LONG: Duration = Duration::from_secs(20);

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", "/plain/a")];

type Fields = Vec<(&'static str, &'static str)>;

/// Heads that no connection to a backend may carry on.
fn malformed() -> Vec<(&'static str, Fields)> {
    let with = |more: &[(&'static str, &'static str)]| [&GET[..], more].concat();
    let without = |name: &str| GET.into_iter().filter(|(key, _)| *key != name).collect::<Vec<_>>();
    let path = |path: &'static str| [&without(":path")[..], &[(":path", path)]].concat();
    vec![
        ("transfer-encoding", with(&[("transfer-encoding", "chunked")])),
        ("connection", with(&[("connection", "close")])),
        ("keep-alive", with(&[("keep-alive", "1")])),
        ("proxy-connection", with(&[("proxy-connection", "close")])),
        ("upgrade", with(&[("upgrade", "websocket")])),
        ("te of something", with(&[("te", "gzip")])),
        ("CRLF in a value", with(&[("x-a", "a\r\nx-b: b")])),
        ("LF in a value", with(&[("x-a", "a\nx-b: b")])),
        ("NUL in a value", with(&[("x-a", "a\0b")])),
        ("CRLF in a name", with(&[("x-a\r\nx-b", "b")])),
        ("colon in a name", with(&[("x-a:b", "b")])),
        ("blank in a name", with(&[("x a", "b")])),
        ("capitals in a name", with(&[("X-A", "b")])),
        ("empty name", with(&[("", "b")])),
        ("CRLF in the path", path("/plain/a HTTP/1.1\r\nHost: x\r\n\r\nGET /plain/b")),
        ("blank in the path", path("/plain/a b")),
        ("path without a slash", path("plain/a")),
        ("empty path", path("")),
        ("two paths", with(&[(":path", "/plain/b")])),
        ("two methods", with(&[(":method", "POST")])),
        ("no path", without(":path")),
        ("no method", without(":method")),
        ("method with a blank", {
            [&without(":method")[..], &[(":method", "GET /plain/b HTTP/1.1\r\n")]].concat()
        }),
        ("authority and another host", with(&[("host", "other")])),
        ("unknown pseudo-header", with(&[(":x", "y")])),
        ("pseudo-header of an answer", with(&[(":status", "200")])),
        ("pseudo-header behind others", [&[("x-a", "b")][..], &GET].concat()),
        ("length beside no body", with(&[("content-length", "5")])),
        ("lengths that differ", with(&[("content-length", "0"), ("content-length", "5")])),
        ("length of letters", with(&[("content-length", "five")])),
        ("authority with a user", {
            [&without(":authority")[..], &[(":authority", "u@h")]].concat()
        }),
    ]
}

#[test]
fn malformed_requests_go_no_further_se_15() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    among_bystanders(estate.gateway.port, "/plain", || {
        for (name, fields) in malformed() {
            let mut connection = Connection::open(estate.gateway.port)?;
            connection.send(HEADERS, END_HEADERS | END_STREAM, 1, &block(&fields))?;
            let fate = connection.fate(1);
            let is_refused = matches!(fate, Fate::Answered(400) | Fate::Reset | Fate::Closed);
            let seen = estate.seen();
            verdict.check(is_refused && seen.is_empty(), || format!("{name}: {fate:?}, {seen:?}"));
        }
        // A body longer and one shorter than was said.
        for (name, bytes) in [("longer", &b"abcdef"[..]), ("shorter", b"abc")] {
            let mut connection = Connection::open(estate.gateway.port)?;
            let post = [(":method", "POST"), GET[1], GET[2], GET[3], ("content-length", "5")];
            connection.send(HEADERS, END_HEADERS, 1, &block(&post))?;
            connection.send(DATA, END_STREAM, 1, bytes)?;
            let fate = connection.fate(1);
            let is_refused = !matches!(fate, Fate::Answered(200));
            verdict.check(is_refused, || format!("a body {name}: {fate:?}"));
            // A backend may have seen the beginning, but never a whole request.
            let seen = estate.backend.seen();
            let own = seen.iter().any(|one| one.target == "/plain/a");
            verdict.check(!own, || format!("a body {name}: the backend saw {seen:?}"));
        }
        let mut connection = Connection::open(estate.gateway.port)?;
        connection.send(HEADERS, END_HEADERS | END_STREAM, 1, &block(&GET))?;
        let fate = connection.fate(1);
        verdict.check(fate == Fate::Answered(200), || format!("a good one: {fate:?}"));
        Ok(())
    })?;
    verdict.end()
}

/// The bytes of one turn of a flood.
type Turn = fn(u32) -> Vec<u8>;

/// What one client sends without an end.
fn floods() -> Vec<(&'static str, Turn)> {
    vec![
        ("DS-8 requests that are reset at once", |turn| {
            let stream = turn * 2 + 1;
            let mut bytes = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&GET));
            bytes.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
            bytes
        }),
        ("DS-8 requests that the gateway has to reset", |turn| {
            let stream = turn * 2 + 1;
            let mut bytes = frame(HEADERS, END_HEADERS, stream, &block(&GET));
            // A window of nothing more is an error of the stream.
            bytes.extend(frame(WINDOW_UPDATE, 0, stream, &0_u32.to_be_bytes()));
            bytes
        }),
        ("DS-9 a head without an end", |turn| match turn {
            0 => frame(HEADERS, END_STREAM, 1, &block(&GET)),
            _ => frame(CONTINUATION, 0, 1, &block(&[("x-a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")])),
        }),
        ("DS-9 a head of nothing without an end", |turn| match turn {
            0 => frame(HEADERS, END_STREAM, 1, &block(&GET)),
            _ => frame(CONTINUATION, 0, 1, &[]),
        }),
        ("DS-9 settings", |_| frame(SETTINGS, 0, 0, &[])),
        ("DS-9 pings", |_| frame(PING, 0, 0, &[0; 8])),
        ("DS-9 data of nothing", |turn| match turn {
            0 => {
                let post = [(":method", "POST"), GET[1], GET[2], GET[3]];
                frame(HEADERS, END_HEADERS, 1, &block(&post))
            }
            _ => frame(DATA, 0, 1, &[]),
        }),
    ]
}

#[test]
fn floods_disturb_nobody_ds_8_ds_9() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    let pid = estate.gateway.program.pid();
    let resident = || compat_tests::bench::process::memory(pid).map(|memory| memory.resident);
    for (name, turn) in floods() {
        let before = resident()?;
        let mut sent = 0;
        among_bystanders(estate.gateway.port, "/plain", || {
            let mut connection = Connection::open(estate.gateway.port)?;
            // Until the gateway hangs up; it need not, where a flood costs it nothing.
            while sent < FLOOD && connection.send_all(&turn(sent)).is_ok() {
                sent += 1;
            }
            Ok(())
        })?;
        let grown = resident()?.saturating_sub(before);
        verdict.check(grown < FLOOD_BYTES_MAX, || format!("{name}: {grown} bytes more"));
        let seen = estate.seen().len();
        verdict.check(seen < 3_000, || format!("{name}: {seen} requests came through"));
        // Resets and heads without an end must end the connection, not only be borne.
        let must_end = name.starts_with("DS-8") || name.contains("without an end");
        verdict.check(!must_end || sent < FLOOD, || format!("{name}: all of it was taken"));
    }
    verdict.end()
}

/// A small head that unpacks to a large one: one field of 4,000 bytes is put into the table and named
/// again and again (DS-9).
#[test]
fn a_head_that_unpacks_to_megabytes_is_refused_ds_9() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    among_bystanders(estate.gateway.port, "/plain", || {
        let mut connection = Connection::open(estate.gateway.port)?;
        let mut head = block(&GET);
        let value = "a".repeat(3_900);
        let mut field = block(&[("x-bomb", &value)]);
        // With incremental indexing it stays in the table, as its newest entry.
        if let Some(first) = field.first_mut() {
            *first = 0x40;
        }
        head.extend(field);
        head.extend([0x80 | 62; 4_000]);
        connection.send(HEADERS, END_HEADERS | END_STREAM, 1, &head)?;
        let fate = connection.fate(1);
        verdict.check(fate != Fate::Answered(200) && fate != Fate::Nothing, || format!("{fate:?}"));
        let seen = estate.seen();
        verdict.check(seen.is_empty(), || format!("the backend saw {seen:?}"));
        Ok(())
    })?;
    verdict.end()
}

/// Readers that open no window: their answers wait, within bounds, and others go on (DS-9).
#[test]
fn readers_without_a_window_cost_little_ds_9() -> Result<()> {
    let estate = Estate::start("")?;
    let pid = estate.gateway.program.pid();
    let resident = || compat_tests::bench::process::memory(pid).map(|memory| memory.resident);
    let before = resident()?;
    let mut held = Vec::new();
    among_bystanders(estate.gateway.port, "/plain", || {
        for _ in 0..10 {
            let mut connection = Connection::open(estate.gateway.port)?;
            // SETTINGS_INITIAL_WINDOW_SIZE of nothing.
            connection.send(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])?;
            let get = [GET[0], GET[1], GET[2], (":path", "/plain/big/1000000")];
            for stream in (0..50).map(|number| number * 2 + 1) {
                connection.send(HEADERS, END_HEADERS | END_STREAM, stream, &block(&get))?;
            }
            held.push(connection);
        }
        Ok(())
    })?;
    for connection in &mut held {
        while connection.next(LONG)?.is_some_and(|frame| frame.kind != HEADERS) {}
    }
    let grown = resident()?.saturating_sub(before);
    // 500 answers of 1 MB wait for their readers; only a piece of each may wait here.
    ensure!(grown < 40_000_000, "{grown} bytes for answers that nobody reads");
    Ok(())
}
