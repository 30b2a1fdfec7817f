//! A page of one origin that calls the gateway at another, in Chromium.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::wait;
use serde_json::{Value, json};

use crate::browser::{Browser, is_named};

/// What the page does, and what its script must find. A call that the browser refuses is `refused`.
const CALLS: &[(&str, &str, &str)] = &[
    ("a simple call", "fetch(GATEWAY + '/open/a')", "200"),
    (
        "a call with a preflight",
        "fetch(GATEWAY + '/open/a', { method: 'PUT', headers: { 'X-Token': 't', 'Content-Type': 'application/json' }, body: '{}' })",
        "200",
    ),
    ("credentials", "fetch(GATEWAY + '/open/a', { credentials: 'include' })", "200"),
    (
        "a header that is not allowed",
        "fetch(GATEWAY + '/open/a', { headers: { 'X-Other': 't' } })",
        "refused",
    ),
    ("a method that is not allowed", "fetch(GATEWAY + '/open/a', { method: 'DELETE' })", "refused"),
    ("an origin that is not allowed", "fetch(GATEWAY + '/closed/a')", "refused"),
    ("no rule", "fetch(GATEWAY + '/plain/a')", "refused"),
    ("a backend with rules of its own", "fetch(GATEWAY + '/open/dup')", "200"),
    ("an error of the backend", "fetch(GATEWAY + '/open/status/500')", "500"),
    ("no such service", "fetch(GATEWAY + '/open/gone/a')", "503"),
];

#[test]
fn a_page_of_another_origin_may_what_it_may() -> Result<()> {
    let backend = Backend::start("plain")?;
    // The page itself comes from a gateway of another port, which is another origin.
    let page = Backend::start("page")?;
    let origin = page.uri().replace("127.0.0.1", "localhost");
    let gateway = Gateway::start(Kind::Ours, &yaml(&backend.uri(), &origin), &[], &[])?;
    let mut browser = Browser::start()?;
    let target =
        browser.call(None, "Target.createTarget", &json!({"url": format!("{origin}/page")}))?;
    let target = target.get("targetId").context("no target")?;
    let params = json!({"targetId": target, "flatten": true});
    let session = browser.call(None, "Target.attachToTarget", &params)?;
    let session =
        session.get("sessionId").and_then(Value::as_str).context("no session")?.to_owned();
    browser.call(Some(&session), "Runtime.enable", &json!({}))?;
    let at_page = format!("location.origin === '{origin}'");
    wait::until("the page", Duration::from_secs(30), || {
        run(&mut browser, &session, &at_page).is_ok_and(|it| it == Value::Bool(true))
    })?;
    let mut wrong = Vec::new();
    for (name, call, wanted) in CALLS {
        let script = format!(
            "(async () => {{ const GATEWAY = 'http://127.0.0.1:{}'; \
             try {{ return String((await {call}).status); }} catch (error) {{ return 'refused'; }} }})()",
            gateway.port
        );
        let got = run(&mut browser, &session, &script)?;
        if got != *wanted {
            wrong.push(format!("{name}: wanted {wanted}, got {got}"));
        }
    }
    wrong.extend(cookies(&mut browser, &session, gateway.port)?);
    wrong.extend(preflights(&mut browser, &session, gateway.port)?);
    let exposed = format!(
        "(async () => {{ const a = await fetch('http://127.0.0.1:{}/open/a'); \
         return [a.headers.get('x-echo'), a.headers.get('x-hidden')].join(); }})()",
        gateway.port
    );
    let got = run(&mut browser, &session, &exposed)?;
    if got != "plain," {
        wrong.push(format!("exposed headers: {got}"));
    }
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// A cookie of the gateway's goes along where the page asks for it, and nowhere else.
fn cookies(browser: &mut Browser, session: &str, port: u16) -> Result<Option<String>> {
    let script = format!(
        "(async () => {{ const G = 'http://localhost:{port}'; \
         await (await fetch(G + '/open/cookie', {{ credentials: 'include' }})).text(); \
         const told = async (how) => JSON.stringify((await (await fetch(G + '/open/a', {{ credentials: how }})).json()).headers).includes('cookie'); \
         return [await told('include'), await told('omit')].join(); }})()"
    );
    let got = run(browser, session, &script)?;
    Ok((got != "true,false").then(|| format!("cookies with and without credentials: {got}")))
}

/// What a preflight allowed counts for as long as it says (`maxAge`): one for many calls.
fn preflights(browser: &mut Browser, session: &str, port: u16) -> Result<Option<String>> {
    browser.call(Some(session), "Network.enable", &json!({}))?;
    browser.forget_events();
    let script = format!(
        "(async () => {{ for (let turn = 0; turn < 4; turn += 1) await (await fetch('http://127.0.0.1:{port}/open/cached', \
         {{ method: 'PUT', headers: {{ 'X-Token': 't' }}, body: '{{}}' }})).text(); }})()"
    );
    run(browser, session, &script)?;
    let methods: Vec<&str> = browser
        .events()
        .iter()
        .filter(|event| is_named(event, "Network.requestWillBeSent"))
        .filter_map(|event| event.pointer("/params/request/method").and_then(Value::as_str))
        .collect();
    let count = |method: &str| methods.iter().filter(|one| **one == method).count();
    let is_so = count("OPTIONS") == 1 && count("PUT") == 4;
    Ok((!is_so).then(|| format!("one preflight for four calls: {methods:?}")))
}

fn run(browser: &mut Browser, session: &str, script: &str) -> Result<Value> {
    let params = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
    let result = browser.call(Some(session), "Runtime.evaluate", &params)?;
    ensure!(result.get("exceptionDetails").is_none(), "{result:#}");
    Ok(result.pointer("/result/value").cloned().unwrap_or_default())
}

fn yaml(backend: &str, origin: &str) -> String {
    let cors = |origin: &str| {
        format!(
            "{{ allowedOrigins: \"{origin}\", allowedMethods: [ GET, PUT ], allowedHeaders: [ x-token, content-type ], \
             exposedHeaders: [ x-echo ], allowCredentials: true, maxAge: 60 }}"
        )
    };
    format!(
        "spring.cloud.gateway.server.webflux:\n\
         \x20 globalcors:\n    cors-configurations:\n\
         \x20     '[/open/**]': {}\n      '[/closed/**]': {}\n\
         \x20 default-filters: [ \"AddResponseHeader=X-Hidden, secret\" ]\n\
         \x20 routes:\n\
         \x20   - {{ id: gone, uri: \"lb://gone\", predicates: [ \"Path=/open/gone/**\" ] }}\n\
         \x20   - {{ id: all, uri: \"{backend}\", predicates: [ \"Path=/**\" ] }}\n\
         eureka.client:\n  register-with-eureka: false\n  fetch-registry: false\n",
        cors(origin),
        cors("https://elsewhere.example")
    )
}
