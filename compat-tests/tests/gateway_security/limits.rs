//! Everything from outside has a limit (section DS).

use std::net::TcpStream;

use anyhow::{Result, ensure};
use compat_tests::http;

use crate::estate::{self, Estate, Verdict, among_bystanders};

#[test]
fn large_heads_are_refused_ds_5() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    let long = |bytes: usize| "a".repeat(bytes);
    let many: String = (0..500).map(|number| format!("X-{number}: a\r\n")).collect();
    let cases = [
        (
            "a header of 20 KB",
            format!("GET /plain/a HTTP/1.1\r\nHost: h\r\nX-A: {}\r\n\r\n", long(20_000)),
            vec![431],
        ),
        (
            "a header of 1 MB",
            format!("GET /plain/a HTTP/1.1\r\nHost: h\r\nX-A: {}\r\n\r\n", long(1_000_000)),
            vec![431],
        ),
        (
            "a name of 20 KB",
            format!("GET /plain/a HTTP/1.1\r\nHost: h\r\n{}: a\r\n\r\n", long(20_000)),
            vec![431, 400],
        ),
        ("500 headers", format!("GET /plain/a HTTP/1.1\r\nHost: h\r\n{many}\r\n"), vec![431]),
        (
            "a path of 20 KB",
            format!("GET /plain/{} HTTP/1.1\r\nHost: h\r\n\r\n", long(20_000)),
            vec![414, 431],
        ),
        (
            "a query of 20 KB",
            format!("GET /plain/a?{} HTTP/1.1\r\nHost: h\r\n\r\n", long(20_000)),
            vec![414, 431],
        ),
        (
            "a method of 20 KB",
            format!("{} /plain/a HTTP/1.1\r\nHost: h\r\n\r\n", long(20_000)),
            vec![400, 414, 431, 501],
        ),
        (
            "SE-9 an extension of 100 KB",
            format!(
                "POST /plain/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;{}\r\nabc\r\n0\r\n\r\n",
                long(100_000)
            ),
            vec![400],
        ),
        (
            "SE-10 1,000 trailers",
            format!(
                "POST /plain/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n{}\r\n",
                "X-T: a\r\n".repeat(1_000)
            ),
            vec![400],
        ),
    ];
    among_bystanders(estate.gateway.port, "/plain", || {
        for (name, request, wanted) in &cases {
            let outcome = estate.send(request.as_bytes())?;
            let statuses = outcome.statuses();
            let holds = statuses.len() <= 1
                && statuses.iter().all(|status| wanted.contains(status))
                && outcome.is_closed;
            verdict.check(holds, || format!("{name}: {statuses:?}, closed: {}", outcome.is_closed));
            let seen = estate.seen();
            verdict.check(seen.is_empty(), || format!("{name}: the backend saw {}", seen.len()));
        }
        Ok(())
    })?;
    verdict.end()
}

/// Trailers cannot say what only heads may (SE-10).
#[test]
fn trailers_bring_no_framing_and_no_identity_se_10() -> Result<()> {
    let estate = Estate::start("")?;
    let request = "POST /plain/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n\r\n\
        3\r\nabc\r\n0\r\nContent-Length: 5\r\nX-User-Id: admin\r\nAuthorization: x\r\n\r\n\
        GET /plain/b HTTP/1.1\r\nHost: h\r\n\r\n";
    let outcome = estate.send(request.as_bytes())?;
    let seen = estate.backend.seen();
    let mut verdict = Verdict::default();
    let is_clean = seen.iter().all(|one| one.header("x-user-id").is_none());
    verdict.check(is_clean, || format!("{seen:?}"));
    let statuses = outcome.statuses();
    verdict.check(statuses == [200, 200] || statuses == [400], || format!("{statuses:?}"));
    verdict.end()
}

/// One address gets so many connections and no more; what it gives back it may have again (DS-7).
#[test]
fn one_address_gets_so_many_connections_ds_7() -> Result<()> {
    let estate = Estate::start("myerp.server.max-connections-per-address: 20\n")?;
    let request = b"GET /plain/a HTTP/1.1\r\nHost: h\r\n\r\n";
    let open = || http::connect(estate.gateway.port, http::TIMEOUT);
    let held: Vec<TcpStream> = (0..20).map(|_| open()).collect::<Result<_>>()?;
    let is_served = || estate.send(request).is_ok_and(|outcome| outcome.statuses() == [200]);
    ensure!(!is_served(), "one more was served");
    drop(held);
    compat_tests::wait::until("room", http::TIMEOUT, is_served)
}

/// A body over the limit of its route is refused by its length, or cut where it has none (DS-6).
#[test]
fn bodies_over_the_limit_are_refused_ds_6() -> Result<()> {
    let backend = compat_tests::gateway::backend::Backend::start("plain")?;
    let gateway = estate::start(&[("plain", &backend.uri(), "\"RequestSize=1000\"")], "")?;
    let head = "POST /plain/a HTTP/1.1\r\nHost: h\r\n";
    let long = "a".repeat(2_000);
    let mut verdict = Verdict::default();
    for (name, request) in [
        ("with a length", format!("{head}Content-Length: 2000\r\n\r\n{long}")),
        (
            "in chunks",
            format!("{head}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{long}\r\n0\r\n\r\n"),
        ),
    ] {
        let outcome = estate::send(gateway.port, request.as_bytes())?;
        verdict.check(outcome.statuses() == [413], || format!("{name}: {:?}", outcome.statuses()));
        let whole = backend.seen().iter().any(|one| one.body.len() >= 2_000);
        verdict.check(!whole, || format!("{name}: the backend got it all"));
    }
    verdict.end()
}

/// Whatever a request says, a line of the log is one line, and a metric has no label of its making (DS-12).
#[test]
fn nothing_of_a_request_writes_logs_or_labels_ds_12() -> Result<()> {
    let estate = Estate::start(
        "myerp.gateway.access-log:\n  mode: \"on\"\n  format: common\n\
         management.endpoints.web.exposure.include: health,prometheus\n",
    )?;
    let evil = [
        "GET /plain/%0aFORGED HTTP/1.1\r\nHost: h\r\n",
        "GET /plain/a?x=%0d%0aFORGED HTTP/1.1\r\nHost: h\r\n",
        "GET /plain/a HTTP/1.1\r\nHost: h\r\nUser-Agent: a\" \u{1b}[31mFORGED\r\n",
        "GET /plain/a HTTP/1.1\r\nHost: h\r\nReferer: \tFORGED \\n\r\n",
        "FORGED /plain/a HTTP/1.1\r\nHost: h\r\n",
        "GET /plain/\"}FORGED{a=\" HTTP/1.1\r\nHost: h\r\n",
    ];
    for head in evil {
        estate.send(format!("{head}\r\n").as_bytes())?;
    }
    for number in 0..50 {
        estate.send(format!("GET /made-up-{number} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes())?;
    }
    let metrics = estate.gateway.get("/actuator/prometheus")?.text()?;
    ensure!(!metrics.contains("made-up") && !metrics.contains("FORGED"), "{metrics}");
    let log = estate.gateway.program.log();
    let forged = log.lines().find(|line| line.trim_start().starts_with("FORGED"));
    ensure!(forged.is_none() && !log.contains('\u{1b}'), "{forged:?}");
    Ok(())
}
