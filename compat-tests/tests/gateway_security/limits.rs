//! Everything from outside has a limit (section DS).

use anyhow::Result;

use crate::estate::{Estate, Verdict, among_bystanders};

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
