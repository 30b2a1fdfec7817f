//! Tokens made by `PyJWT` and cryptography: good ones, every attack, and keys that change under load.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use compat_tests::gateway::Gateway;
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::provider::Provider;
use compat_tests::http::{self, Request, Response};
use compat_tests::{install, paths, wait};
use serde::Deserialize;
use serde_json::Value;

use crate::estate::{self, MACHINE, Verdict};

/// Tokens with a key that nobody knows, each another one.
const FLOOD: usize = 10_000;
/// Shortest time between two fetches for the sake of keys that are not known (JW-17).
const FETCH_GAP: Duration = Duration::from_secs(30);
/// Longest wait for a changed key.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Made {
    keys: BTreeMap<String, Value>,
    accepted: BTreeMap<String, String>,
    refused: BTreeMap<String, String>,
    flood: Flood,
}

/// Tokens that differ in their heads alone.
#[derive(Deserialize)]
struct Flood {
    heads: Vec<String>,
    rest: String,
}

impl Made {
    fn keys(&self, names: &[&str]) -> Vec<&Value> {
        names.iter().filter_map(|name| self.keys.get(*name)).collect()
    }
}

/// A gateway that believes an identity provider, the provider, and a backend.
struct Estate {
    made: Made,
    provider: Provider,
    backend: Backend,
    gateway: Gateway,
}

impl Estate {
    fn start() -> Result<Self> {
        let source = paths::package().join("clients/tokens");
        let python = install::python("tokens", &source)?.join("python");
        let output = Command::new(python)
            .arg(source.join("make.py"))
            .arg(FLOOD.to_string())
            .output()
            .context("starting Python")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made: Made = serde_json::from_slice(&output.stdout).context("reading the tokens")?;
        let provider = Provider::start()?;
        provider.publish(&made.keys(&["first", "curve"]));
        let backend = Backend::start("plain")?;
        let more = format!(
            "spring.security.oauth2.resourceserver.jwt:\n\
             \x20 issuer-uri: https://idp.example\n\
             \x20 jwk-set-uri: {}\n\
             \x20 audiences: [ orders ]\n\
             \x20 jws-algorithms: [ RS256, ES256 ]\n\
             gateway.security:\n\
             \x20 forward-claims: {{ sub: X-User-Id, scope: X-User-Scopes }}\n\
             \x20 rules:\n\
             \x20   - {{ path: /plain/public/**, access: permit }}\n\
             \x20   - {{ path: /plain/admin/**, access: \"scope:admin\" }}\n\
             \x20   - {{ path: /**, access: authenticated }}\n",
            provider.keys_uri()
        );
        let gateway = estate::start(&[("plain", &backend.uri(), "")], &more)?;
        Ok(Self { made, provider, backend, gateway })
    }

    fn get(&self, path: &str, token: Option<&str>) -> Result<Response> {
        let mut request = Request::get(self.gateway.url(path));
        if let Some(token) = token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        request.send()
    }

    fn good(&self, name: &str) -> &str {
        self.made.accepted.get(name).map_or("", String::as_str)
    }
}

#[test]
fn tokens_are_believed_or_not() -> Result<()> {
    let estate = Estate::start()?;
    let mut verdict = Verdict::default();
    for (name, token) in estate.made.accepted.iter().filter(|(name, _)| *name != "second key") {
        let answer = estate.get("/plain/a", Some(token))?;
        verdict.check(answer.status == 200, || format!("{name}: {}", told(&answer)));
    }
    let _before = estate.backend.seen();
    for (name, token) in &estate.made.refused {
        for path in ["/plain/a", "/plain/public/a"] {
            let answer = estate.get(path, Some(token))?;
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            let is_told =
                answer.status == 401 && challenge.starts_with("Bearer error=\"invalid_token\"");
            verdict.check(is_told, || format!("{name} at {path}: {}", told(&answer)));
        }
    }
    let seen = estate.backend.seen();
    verdict.check(seen.is_empty(), || format!("the backend saw {seen:?}"));
    answers_by_rule(&estate, &mut verdict)?;
    identity(&estate, &mut verdict)?;
    verdict.end()
}

/// Rules of section 2.2, by their numbers.
fn answers_by_rule(estate: &Estate, verdict: &mut Verdict) -> Result<()> {
    let mut expect = |rule: &str, answer: Response, status: u16, challenge: &str| {
        let said = answer.header("www-authenticate").unwrap_or_default();
        let holds = answer.status == status && said.starts_with(challenge);
        verdict.check(holds, || format!("{rule}: {}", told(&answer)));
    };
    let plain = estate.good("plain");
    expect("JA-1", estate.get("/plain/a", None)?, 401, "Bearer");
    expect("JA-1 public", estate.get("/plain/public/a", None)?, 200, "");
    expect(
        "JA-9",
        estate.get("/plain/admin/a", Some(plain))?,
        403,
        "Bearer error=\"insufficient_scope\"",
    );
    expect("JA-9 admin", estate.get("/plain/admin/a", Some(estate.good("admin")))?, 200, "");
    expect("JA-12 unknown route", estate.get("/nothing", None)?, 401, "Bearer");
    expect("JA-12 unknown route, known caller", estate.get("/nothing", Some(plain))?, 404, "");
    let raw = |headers: &[&str]| {
        let mut request = Request::get(estate.gateway.url("/plain/a"));
        for value in headers {
            request = request.header("Authorization", value);
        }
        request.send()
    };
    let bearer = format!("Bearer {plain}");
    expect("JA-2 blank inside", raw(&["Bearer a b"])?, 401, "Bearer error=\"invalid_token\"");
    expect("JA-2 umlaut", raw(&["Bearer \u{e4}"])?, 401, "Bearer");
    expect("JA-2 nothing", raw(&["Bearer "])?, 401, "Bearer");
    expect("JA-8 two lines", raw(&[&bearer, &bearer])?, 400, "Bearer error=\"invalid_request\"");
    expect("JW-7 any case", raw(&[&format!("bEARER {plain}")])?, 200, "");
    expect("JW-7 other scheme", raw(&["Basic eDp5"])?, 401, "Bearer");
    // Another path to the same place must not be another rule.
    for path in [
        "/plain/public/../admin/a",
        "/plain/public/..;/admin/a",
        "/plain/public/%2e%2e/admin/a",
        "//plain/admin/a",
        "/plain//admin/a",
        "/plain/public%2f..%2fadmin/a",
        "/plain/public\\..\\admin",
    ] {
        expect(path, estate.get(path, Some(plain))?, 400, "");
    }
    expect("PN-8", estate.get("/plain/%61dmin/a", Some(plain))?, 403, "Bearer");
    Ok(())
}

/// What services are told of the caller comes from the token alone (JH-2, JH-3).
fn identity(estate: &Estate, verdict: &mut Verdict) -> Result<()> {
    let _before = estate.backend.seen();
    for (path, token) in [("/plain/a", Some(estate.good("plain"))), ("/plain/public/a", None)] {
        let mut request = Request::get(estate.gateway.url(path))
            .header("X-User-Id", "admin")
            .header("X_User_Id", "admin")
            .header("x-user-scopes", "everything")
            .header("Connection", "X-User-Id");
        if let Some(token) = token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        request.send()?;
        let seen = estate.backend.seen();
        let all = seen.first().map(|one| one.headers.clone()).unwrap_or_default();
        let is_clean = !all.iter().any(|(_, value)| value == "admin" || value == "everything");
        verdict.check(is_clean, || format!("JH-3 {path}: {all:?}"));
        let user = seen.first().and_then(|one| one.header("x-user-id"));
        verdict.check(user == token.map(|_| "kim"), || format!("JH-2 {path}: {all:?}"));
    }
    Ok(())
}

#[test]
fn keys_change_under_load_and_strangers_cause_no_fetches() -> Result<()> {
    let _busy = MACHINE.read();
    let estate = Estate::start()?;
    let over = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|number| {
                let (estate, over, answered) = (&estate, &over, &answered);
                let token = estate
                    .good(["plain", "curve", "admin"].get(number).copied().unwrap_or_default());
                scope.spawn(move || -> Result<()> {
                    while !over.load(Relaxed) {
                        let answer = estate.get("/plain/load", Some(token))?;
                        ensure!(answer.status == 200, "{}", told(&answer));
                        answered.fetch_add(1, Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        let outcome = rotate(&estate, &answered);
        over.store(true, Relaxed);
        let callers = callers.into_iter().map(|one| one.join().expect("a caller panicked"));
        let callers: Result<()> = callers.collect();
        outcome.and(callers)
    })
}

fn rotate(estate: &Estate, answered: &AtomicUsize) -> Result<()> {
    let more = |count: usize| {
        let before = answered.load(Relaxed);
        wait::until("calls", PATIENCE, || answered.load(Relaxed) >= before + count)
    };
    more(50)?;
    estate.provider.publish(&estate.made.keys(&["first", "second", "curve"]));
    // JW-18: at its first use, or once half a minute has passed since the last fetch.
    let is_known =
        || estate.get("/plain/a", Some(estate.good("second key"))).is_ok_and(|it| it.status == 200);
    wait::until("the new key", PATIENCE, is_known)?;
    ensure!(estate.provider.fetches() <= 2, "fetched {} times", estate.provider.fetches());
    more(50)?;
    // JW-17: whoever makes up names of keys does not make the gateway ask for them.
    flood(estate)?;
    // The provider is away: what is known goes on.
    estate.provider.goes_away();
    more(50)?;
    let answer = estate.get("/plain/a", Some(estate.good("second key")))?;
    ensure!(answer.status == 200, "without the provider: {}", told(&answer));
    Ok(())
}

/// Ten thousand tokens with keys that nobody knows: each is refused, and the provider hears of them at
/// most once in every [`FETCH_GAP`].
fn flood(estate: &Estate) -> Result<()> {
    let (fetches, begin) = (estate.provider.fetches(), Instant::now());
    let mut stream = http::connect(estate.gateway.port, http::TIMEOUT)?;
    for head in &estate.made.flood.heads {
        let token = format!("{head}.{}", estate.made.flood.rest);
        let request = format!(
            "GET /plain/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let answer = http::read_answer(&mut stream, "GET")?;
        ensure!(answer.status == 401, "{}", told(&answer));
        if answer.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            stream = http::connect(estate.gateway.port, http::TIMEOUT)?;
        }
    }
    let gaps = begin.elapsed().as_secs() / FETCH_GAP.as_secs();
    // One may be due already, and the keys are fetched anew by themselves every five minutes.
    let most = fetches + 2 + usize::try_from(gaps)?;
    ensure!(estate.provider.fetches() <= most, "{} fetches", estate.provider.fetches() - fetches);
    Ok(())
}

fn told(answer: &Response) -> String {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    format!("{} {challenge} {}", answer.status, answer.text().unwrap_or_default())
}
