//! What a gateway may be told to do from outside (HO-4 to HO-6).

use anyhow::Result;
use compat_tests::gateway::Gateway;
use compat_tests::gateway::backend::Backend;
use compat_tests::http::Request;
use serde_json::{Value, json};

use crate::estate::{self, Verdict};

/// What the actuator's users may do.
const WRITABLE: &str = "management.endpoint.gateway.access: unrestricted\n\
    management.endpoints.web.exposure.include: health,gateway\n";

fn save(gateway: &Gateway, route: &Value) -> Result<u16> {
    let request = Request::new("POST", gateway.url("/actuator/gateway/routes/made"));
    let request = request.header("Content-Type", "application/json").body(route.to_string());
    Ok(request.send()?.status)
}

fn route(uri: &str, value: &str) -> Value {
    json!({
        "predicates": [{"name": "Path", "args": {"_genkey_0": "/made/**"}}],
        "filters": [{"name": "AddResponseHeader", "args": {"name": "X-Made", "value": value}}],
        "uri": uri,
    })
}

/// Routes cannot be made unless that was asked for, and no text in one is ever run.
#[test]
fn texts_of_routes_are_never_run_ho_4_ho_5() -> Result<()> {
    let backend = Backend::start("plain")?;
    let mut verdict = Verdict::default();
    let closed = estate::start(&[("plain", &backend.uri(), "")], "")?;
    let status = save(&closed, &route(&backend.uri(), "a"))?;
    verdict.check([403, 404, 405].contains(&status), || format!("by default: {status}"));
    let readable = WRITABLE.replace("unrestricted", "read-only");
    let readable = estate::start(&[("plain", &backend.uri(), "")], &readable)?;
    let status = save(&readable, &route(&backend.uri(), "a"))?;
    verdict.check([403, 404, 405].contains(&status), || format!("read-only: {status}"));

    let open = estate::start(&[("plain", &backend.uri(), "")], WRITABLE)?;
    for value in [
        "#{T(java.lang.Runtime).getRuntime().exec('id')}",
        "#{new java.lang.ProcessBuilder({'id'}).start()}",
        "#{systemProperties['user.home']}",
        "#{@environment.getProperty('PATH')}",
    ] {
        let status = save(&open, &route(&backend.uri(), value))?;
        verdict.check(status == 400, || format!("{value}: {status}"));
    }
    // Placeholders would read the gateway's environment.
    for value in ["${PATH}", "${HOME:none}", "a${user.home}b"] {
        let status = save(&open, &route(&backend.uri(), value))?;
        open.get("/actuator/gateway/routes")?;
        Request::new("POST", open.url("/actuator/gateway/refresh")).send()?;
        let told = open.get("/made/a")?.header("x-made").unwrap_or_default().to_owned();
        let is_run = !told.is_empty() && told != value;
        verdict.check(!is_run, || format!("{value}: {status}, {told}"));
        Request::new("DELETE", open.url("/actuator/gateway/routes/made")).send()?;
    }
    verdict.end()
}

#[test]
fn routes_lead_to_no_other_schemes_ho_6() -> Result<()> {
    let backend = Backend::start("plain")?;
    let gateway = estate::start(&[("plain", &backend.uri(), "")], WRITABLE)?;
    let mut verdict = Verdict::default();
    for uri in [
        "file:///etc/passwd",
        "gopher://127.0.0.1:1/",
        "ftp://127.0.0.1/",
        "jar:http://127.0.0.1/x!/",
        "javascript:alert(1)",
        "no-scheme",
        "http://",
        "http:///x",
        "http://a b/",
        "http://127.0.0.1:99999/",
    ] {
        let status = save(&gateway, &route(uri, "a"))?;
        verdict.check(status == 400, || format!("{uri}: {status}"));
    }
    verdict.end()
}
