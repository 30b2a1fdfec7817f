//! Paths with several spellings (section PN): guarded, ambiguous ones are refused; what passes is seen
//! alike by routes, rules and backends.

use std::fs;

use anyhow::Result;
use compat_tests::paths;
use compat_tests::process::Launch;

use crate::estate::{Estate, Verdict};

/// Refused wherever rules depend on paths.
const REFUSED: &[&str] = &[
    "/plain/a/../admin",
    "/plain/./a",
    "/plain/..",
    "/plain/%2e%2e/a",
    "/plain/.%2e/a",
    "/plain/%2E./a",
    "/plain/a/%2E/b",
    "//plain/a",
    "/plain//a",
    "/plain/a;x=1/b",
    "/;/plain/a",
    "/plain/%3ba",
    "/plain/a\\b",
    "/plain/a%5cb",
    "/plain/a%00b",
    "/plain/a%0ab",
    "/plain/a%0db",
    "/plain/a%0d%0aX-Injected:%201",
    "/plain/a%7fb",
    "/plain/a%2fb",
    "/plain/a%2Fb",
    "/plain/a%25b",
    "/plain/a%252e%252e/b",
    "/plain/%c0%ae%c0%ae/b",
    "/plain/%c0%af",
    "/plain/%u002e",
    "/plain/%zz",
    "/plain/%",
    "/plain/%4",
    "/plain/%e2%80%a8",
    "/plain/%ff",
];

/// What passes, and what the backend sees of it.
const PASSED: &[(&str, &str)] = &[
    ("/plain/a", "/plain/a"),
    ("/plain/%61", "/plain/a"),
    ("/pl%61in/x", "/plain/x"),
    ("/plain/a%20b", "/plain/a%20b"),
    ("/plain/%ED%95%9C", "/plain/%ED%95%9C"),
    ("/plain/a.b", "/plain/a.b"),
    ("/plain/...", "/plain/..."),
    ("/plain/..a", "/plain/..a"),
    ("/plain/a+b,c:d@e!$&'()*=~", "/plain/a+b,c:d@e!$&'()*=~"),
    ("/plain/x?a=../b;c//d%2f%00%zz", "/plain/x?a=../b;c//d%2f%00%zz"),
    ("/plain/x?a=%0d%0ab", "/plain/x?a=%0d%0ab"),
];

#[test]
fn a_path_has_one_reading_pn_1_to_pn_9() -> Result<()> {
    let key = paths::work("gateway")?.join(format!("key-{}.pem", std::process::id()));
    public_key(&key)?;
    let estate = Estate::start(&format!(
        "spring.security.oauth2.resourceserver.jwt.public-key-location: file:{}\n\
         gateway.security.rules: [ {{ path: /**, access: permit }} ]\n",
        key.display()
    ))?;
    let mut verdict = Verdict::default();
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    for path in REFUSED {
        let outcome = estate.send(request(path).as_bytes())?;
        let seen = estate.seen();
        verdict.check(outcome.statuses() == [400] && seen.is_empty(), || {
            format!("{path}: {:?}, the backend saw {seen:?}", outcome.statuses())
        });
    }
    for (path, wanted) in PASSED {
        let outcome = estate.send(request(path).as_bytes())?;
        let seen = estate.seen();
        verdict.check(outcome.statuses() == [200] && seen == [*wanted], || {
            format!("{path}: {:?}, the backend saw {seen:?}", outcome.statuses())
        });
    }
    fs::remove_file(key)?;
    verdict.end()
}

/// A key that signs nothing: it makes the gateway check tokens where there are any.
fn public_key(file: &std::path::Path) -> Result<()> {
    let mut openssl = Launch::new("openssl", "sh")?
        .arg("-c")
        .arg("openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out \"$0\" 2>/dev/null")
        .arg(file)
        .start()?;
    let status = openssl.wait_exit(compat_tests::process::PATIENCE_TO_STOP)?;
    anyhow::ensure!(status.success(), "openssl: {status}");
    Ok(())
}
