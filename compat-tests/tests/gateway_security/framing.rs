//! Requests that two programs could read in two ways (section SE), through shared connections.

use anyhow::Result;

use crate::estate::{Estate, Verdict, among_bystanders};

/// Headers of a POST that is refused, and its body. The backend must see nothing of it.
const REFUSED: &[(&str, &str, &str)] = &[
    ("SE-1 CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"),
    (
        "SE-1 TE.CL",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n",
    ),
    ("SE-2 equal lengths", "Content-Length: 3\r\nContent-Length: 3", "abc"),
    ("SE-2 different lengths", "Content-Length: 3\r\nContent-Length: 4", "abcd"),
    ("SE-3 plus", "Content-Length: +5", "abcde"),
    ("SE-3 minus", "Content-Length: -1", ""),
    ("SE-3 two numbers", "Content-Length: 5 6", "abcdef"),
    ("SE-3 hexadecimal", "Content-Length: 0x5", "abcde"),
    ("SE-3 list", "Content-Length: 5, 5", "abcde"),
    ("SE-3 twenty digits", "Content-Length: 99999999999999999999", "abc"),
    ("SE-3 empty", "Content-Length: ", "abc"),
    ("SE-3 fraction", "Content-Length: 3.0", "abc"),
    ("SE-4 identity", "Transfer-Encoding: identity", "abc"),
    ("SE-4 unknown", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
    ("SE-4 chunked first", "Transfer-Encoding: chunked, gzip", "0\r\n\r\n"),
    ("SE-4 gzip first", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
    ("SE-4 two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    (
        "SE-4 two lines, second unknown",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
        "0\r\n\r\n",
    ),
    ("SE-4 vertical tab", "Transfer-Encoding: \x0bchunked", "0\r\n\r\n"),
    ("SE-4 quoted", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
    ("SE-6 folded", "X-A: a\r\n b\r\nContent-Length: 3", "abc"),
    ("SE-6 folded encoding", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
    ("SE-7 blank before the colon", "Content-Length : 3", "abc"),
    ("SE-7 blank before the first header", " X-A: a\r\nContent-Length: 3", "abc"),
    ("SE-7 tab before the colon", "Transfer-Encoding\t: chunked", "0\r\n\r\n"),
    ("SE-7 NUL in a value", "X-A: a\0b\r\nContent-Length: 3", "abc"),
    ("SE-7 CR in a value", "X-A: a\rContent-Length: 3\r\nContent-Length: 3", "abc"),
    ("SE-7 empty name", ": a\r\nContent-Length: 3", "abc"),
    ("SE-7 control character in a name", "X\x01A: a\r\nContent-Length: 3", "abc"),
    ("SE-8 bare line feed", "X-A: a\nContent-Length: 3", "abc"),
    ("SE-9 hexadecimal prefix", "Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"),
    ("SE-9 negative", "Transfer-Encoding: chunked", "-3\r\nabc\r\n0\r\n\r\n"),
    ("SE-9 too large", "Transfer-Encoding: chunked", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    ("SE-9 no size", "Transfer-Encoding: chunked", "\r\nabc\r\n0\r\n\r\n"),
    ("SE-9 line feed in an extension", "Transfer-Encoding: chunked", "3;a\nbc\r\nabc\r\n0\r\n\r\n"),
    ("SE-9 data without an end", "Transfer-Encoding: chunked", "3\r\nabcXX0\r\n\r\n"),
];

/// Whole requests that are refused.
const REFUSED_WHOLE: &[(&str, &str)] = &[
    (
        "SE-5 chunks in HTTP/1.0",
        "POST /plain/a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("SE-8 bare line feeds", "GET /plain/a HTTP/1.1\nHost: h\n\n"),
    ("HO-1 no Host", "GET /plain/a HTTP/1.1\r\n\r\n"),
    ("HO-1 two Hosts", "GET /plain/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("HO-1 two equal Hosts", "GET /plain/a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    ("HO-1 Host with a path", "GET /plain/a HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ("HO-1 Host with a user", "GET /plain/a HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    ("HO-1 Host with a blank", "GET /plain/a HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("HO-1 Host with a comma", "GET /plain/a HTTP/1.1\r\nHost: a,b\r\n\r\n"),
    ("PN-10 another authority", "GET http://other/plain/a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("PN-11 star", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("PN-12 fragment", "GET /plain/a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("PN-12 blank", "GET /plain/a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("PN-5 raw bytes", "GET /plain/\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no version", "GET /plain/a\r\n\r\n"),
    ("version 1.2", "GET /plain/a HTTP/1.2\r\nHost: a\r\n\r\n"),
    ("version 9.9", "GET /plain/a HTTP/9.9\r\nHost: a\r\n\r\n"),
    ("method with a blank before", " GET /plain/a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("method with a colon", "GE:T /plain/a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("garbage", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03\r\n\r\n"),
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    among_bystanders(estate.gateway.port, "/plain", || {
        for (name, headers, body) in REFUSED {
            let request =
                format!("POST /plain/attack HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{body}");
            // What an attacker wants the next one on a shared connection to be.
            let request = format!("{request}GET /plain/smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
            judge(&estate, name, &request, &mut verdict)?;
        }
        for (name, request) in REFUSED_WHOLE {
            judge_whole(&estate, name, request, &mut verdict)?;
        }
        Ok(())
    })?;
    verdict.end()
}

/// Refused with 400, 501 or 505, hung up, and nothing of it reached the backend. A body that turns out
/// wrong while it is passed on cannot be kept back, but neither can it end well.
fn judge(estate: &Estate, name: &str, request: &str, verdict: &mut Verdict) -> Result<()> {
    let outcome = estate.send(request.as_bytes())?;
    let statuses = outcome.statuses();
    let is_refused = statuses.iter().all(|status| matches!(status, 400 | 405 | 501 | 505));
    let told = || format!("{name}: {statuses:?}, closed: {}", outcome.is_closed);
    verdict.check(is_refused && outcome.is_closed && statuses.len() <= 1, told);
    let seen = estate.seen();
    verdict.check(seen.is_empty(), || format!("{name}: the backend saw {seen:?}"));
    Ok(())
}

/// Refused, and kept from the backend; where it ends is clear, so the connection may live.
fn judge_whole(estate: &Estate, name: &str, request: &str, verdict: &mut Verdict) -> Result<()> {
    let statuses = estate.send(request.as_bytes())?.statuses();
    let is_refused = statuses.iter().all(|status| matches!(status, 400 | 405 | 501 | 505));
    let seen = estate.seen();
    verdict.check(is_refused && statuses.len() <= 1 && seen.is_empty(), || {
        format!("{name}: {statuses:?}, the backend saw {seen:?}")
    });
    Ok(())
}

#[test]
fn what_is_right_passes_whole() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    let cases: &[(&str, &str, &[u16], &[&str])] = &[
        (
            "SE-11 a second request behind an empty body",
            "POST /plain/one HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /plain/two HTTP/1.1\r\nHost: h\r\n\r\n",
            &[200, 200],
            &["/plain/one", "/plain/two"],
        ),
        (
            "SE-11 three at once",
            "GET /plain/1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /plain/2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /plain/3 HTTP/1.1\r\nHost: h\r\n\r\n",
            &[200, 200, 200],
            &["/plain/1", "/plain/2", "/plain/3"],
        ),
        (
            "SE-4 any case",
            "POST /plain/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            &[200],
            &["/plain/c"],
        ),
        (
            "SE-9 a short extension",
            "POST /plain/e HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n",
            &[200],
            &["/plain/e"],
        ),
        (
            "SE-18 no length, no body",
            "POST /plain/n HTTP/1.1\r\nHost: h\r\n\r\nGET /plain/after HTTP/1.1\r\nHost: h\r\n\r\n",
            &[200, 200],
            &["/plain/n", "/plain/after"],
        ),
        (
            "PN-10 the same authority",
            "GET http://h/plain/s HTTP/1.1\r\nHost: h\r\n\r\n",
            &[200],
            &["/plain/s"],
        ),
        ("PT-14 HTTP/1.0", "GET /plain/o HTTP/1.0\r\nHost: h\r\n\r\n", &[200], &["/plain/o"]),
    ];
    for (name, request, statuses, targets) in cases {
        let outcome = estate.send(request.as_bytes())?;
        let seen = estate.seen();
        verdict.check(outcome.statuses() == *statuses && seen == *targets, || {
            format!("{name}: {:?}, the backend saw {seen:?}", outcome.statuses())
        });
    }
    let old = estate.send(b"GET /plain/chunks HTTP/1.0\r\nHost: h\r\n\r\n")?;
    verdict
        .check(!old.text().to_lowercase().contains("transfer-encoding") && old.is_closed, || {
            format!("PT-14 chunks to HTTP/1.0: {}", old.text())
        });
    verdict.end()
}

#[test]
fn tunnels_and_traces_are_refused_pt_15() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    for request in [
        "CONNECT plain:443 HTTP/1.1\r\nHost: plain:443\r\n\r\n",
        "TRACE /plain/a HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let outcome = estate.send(request.as_bytes())?;
        verdict.check(outcome.statuses() == [405], || format!("{request}: {}", outcome.text()));
    }
    let seen = estate.seen();
    verdict.check(seen.is_empty(), || format!("{seen:?}"));
    verdict.end()
}

/// Bytes behind the head of an upgrade belong to nobody before the backend has agreed (SE-14).
#[test]
fn bytes_behind_an_upgrade_wait_for_the_answer_se_14() -> Result<()> {
    let estate = Estate::start("")?;
    let request = "GET /plain/u HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\
        GET /plain/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let outcome = estate.send(request.as_bytes())?;
    let seen = estate.backend.seen();
    let mut verdict = Verdict::default();
    verdict.check(outcome.statuses().first() == Some(&200), || outcome.text());
    // The second is a request of its own, or refused; it is never the tail of the first.
    let first = seen.iter().filter(|one| one.target == "/plain/u");
    verdict.check(first.clone().count() == 1, || format!("{seen:?}"));
    verdict.check(first.clone().all(|one| one.body.is_empty()), || format!("{seen:?}"));
    let second = seen.iter().find(|one| one.target == "/plain/smuggled");
    let is_own = second
        .is_none_or(|one| one.header("x-forwarded-for").is_some() || outcome.statuses().len() == 2);
    verdict.check(is_own, || format!("{seen:?}"));
    verdict.end()
}
