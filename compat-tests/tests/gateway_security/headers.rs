//! Headers by which a client claims to be somebody else (section SP, JH-4).

use anyhow::Result;
use compat_tests::gateway::backend::Seen;

use crate::estate::{Estate, Verdict};

/// What an untrusted client may not tell a service.
const STRIPPED: &[&str] = &[
    "X-User-Id",
    "X-User-Roles",
    "X-User-Anything",
    "X-Auth-User",
    "X-Remote-User",
    "Remote-User",
    "X-Authenticated-User",
    "X-Client-Cert",
    "X-SSL-Client-Verify",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-SC-LB-Hint",
    "Proxy",
    "X_User_Id",
    "x_user_roles",
    "X_Forwarded_For",
    "X_Original_URL",
    "Content_Length",
    "Transfer_Encoding",
];

#[test]
fn nobody_is_whom_he_claims_to_be_sp_4_sp_6_sp_7_se_13() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    for name in STRIPPED {
        for more in ["", "Connection: close, X-User-Id, X-Forwarded-For, Host\r\n"] {
            let seen = ask(&estate, &format!("{name}: forged\r\n{more}"))?;
            let forged = seen.headers.iter().find(|(_, value)| value.contains("forged"));
            verdict.check(forged.is_none(), || format!("{name}: {forged:?}"));
        }
    }
    verdict.end()
}

#[test]
fn only_the_connection_says_where_a_request_is_from_sp_1_sp_2() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    let forged = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n\
        X-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 666\r\nX-Forwarded-Prefix: /evil\r\n\
        Forwarded: for=6.6.6.6;host=evil.example\r\n";
    for connection in ["", "Connection: X-Forwarded-For, X-Forwarded-Proto, close\r\n"] {
        let seen = ask(&estate, &format!("{forged}{connection}"))?;
        let told = format!("{:?}", seen.headers);
        let lies = ["6.6.6.6", "7.7.7.7", "evil", "666"].iter().any(|lie| told.contains(lie));
        verdict.check(!lies, || told.clone());
        verdict.check(seen.header("x-forwarded-for") == Some("127.0.0.1"), || told.clone());
        verdict.check(seen.header("x-forwarded-proto") == Some("http"), || told.clone());
    }
    verdict.end()
}

/// Names in `Connection` end here, but not those that others depend on (HD-2).
#[test]
fn connection_takes_nothing_that_matters_sp_3() -> Result<()> {
    let estate = Estate::start("")?;
    let mut verdict = Verdict::default();
    let seen = ask(
        &estate,
        "Connection: X-Hop, Authorization, Cookie, Host, X-Forwarded-For\r\nX-Hop: 1\r\nAuthorization: Basic eDp5\r\nCookie: a=1\r\n",
    )?;
    let has = |name: &str| seen.header(name).is_some();
    verdict.check(!has("x-hop"), || format!("X-Hop: {seen:?}"));
    for name in ["authorization", "cookie", "host", "x-forwarded-for"] {
        verdict.check(has(name), || format!("{name}: {seen:?}"));
    }
    verdict.end()
}

/// Values from the path that would split a header are refused (SP-5).
#[test]
fn templates_split_no_header_sp_5() -> Result<()> {
    let backend = compat_tests::gateway::backend::Backend::start("plain")?;
    let filters = "\"AddRequestHeader=X-Made, v-{x}\", \"AddResponseHeader=X-Made, v-{x}\"";
    let text = crate::estate::yaml(&[("made", &backend.uri(), filters)], "");
    let text = text.replace("/made/**", "/made/{x}");
    let gateway =
        compat_tests::gateway::Gateway::start(compat_tests::gateway::Kind::Ours, &text, &[], &[])?;
    let mut verdict = Verdict::default();
    for value in ["a%0d%0aX-Injected:%20yes", "a%0aX-Injected:yes", "a%00b", "a%0db"] {
        let request = format!("GET /made/{value} HTTP/1.1\r\nHost: h\r\n\r\n");
        let outcome = crate::estate::send(gateway.port, request.as_bytes())?;
        let seen = backend.seen();
        let is_split = outcome.text().to_lowercase().contains("\nx-injected")
            || seen.iter().any(|one| one.header("x-injected").is_some());
        verdict.check(outcome.statuses() == [400] && !is_split, || {
            format!("{value}: {}, {seen:?}", outcome.text())
        });
    }
    verdict.end()
}

fn ask(estate: &Estate, headers: &str) -> Result<Seen> {
    let request = format!("GET /plain/a HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
    let outcome = estate.send(request.as_bytes())?;
    let seen = estate.backend.seen();
    anyhow::ensure!(outcome.statuses() == [200] && seen.len() == 1, "{}", outcome.text());
    Ok(seen.into_iter().next().unwrap_or_default())
}
