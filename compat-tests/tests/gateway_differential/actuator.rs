//! The actuator's endpoint `gateway`, member by member.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use compat_tests::gateway::Gateway;
use compat_tests::gateway::request::differences;
use compat_tests::http::Request;
use serde_json::{Value, json};

use crate::estate::Estate;

/// What is read of both.
const READ: &[&str] = &[
    "/actuator/gateway/routes/p-rest",
    "/actuator/gateway/routes/p-expanded",
    "/actuator/gateway/routes/nothing",
    "/actuator/gateway/routedefinitions",
];

/// Compares what can be read, then makes a route on both, uses it and takes it away.
pub(crate) fn endpoints(estate: &Estate) -> Result<String> {
    let (reference, ours) = (&estate.reference.gateway, &estate.ours.gateway);
    let mut wrong = String::new();
    let mut compare = |what: &str, wanted: Value, got: Value| -> Result<()> {
        let mut found = differences(&wanted, &got);
        // Spring shows a list of a configuration file as a map of numbers, and as `.0` where ours has
        // `[0]`; both read either.
        let is_list =
            |line: &str| line.contains(".metadata.cors.") || line.contains(".statusCodes");
        found.retain(|line| !line.starts_with(".body.") || !is_list(line));
        if !found.is_empty() {
            writeln!(wrong, "  actuator {what}\n    {}", found.join("\n    "))?;
        }
        Ok(())
    };
    for path in READ {
        compare(path, read(reference, path)?, read(ours, path)?)?;
    }
    compare("routes", ids(reference, "routes")?, ids(ours, "routes")?)?;
    compare("globalfilters", filters(reference)?, filters(ours)?)?;
    for side in [reference, ours] {
        if let Err(error) = lives(side) {
            writeln!(wrong, "  actuator, a route made on {:?}: {error:#}", side.kind)?;
        }
    }
    Ok(wrong)
}

/// Status and body, without what is another address on each side.
fn read(gateway: &Gateway, path: &str) -> Result<Value> {
    let answer = gateway.get(path)?;
    let mut body = answer.json().unwrap_or_default();
    names(&mut body);
    if let Some(list) = body.as_array_mut() {
        list.sort_by_key(ToString::to_string);
    }
    Ok(json!({"status": answer.status, "body": body}))
}

/// Ports of backends, and object hashes of Java, are others each time.
fn names(value: &mut Value) {
    match value {
        Value::String(text) => {
            // A predicate that Spring puts before every other shows as the address of a piece of code.
            if let Some((before, rest)) = text.split_once("(RouteDefinitionRouteLocator$$")
                && let Some((_, after)) = rest.split_once(" && ")
            {
                let after = after.replacen(')', "", 1);
                *text = format!("{before}{after}");
            }
            if let Some(at) = text.find("127.0.0.1:").filter(|_| !text.ends_with(":1")) {
                text.truncate(at);
                text.push_str("127.0.0.1:<port>");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(names),
        Value::Object(members) => members.values_mut().for_each(names),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Ids and orders of routes, in the order in which they are tried.
fn ids(gateway: &Gateway, list: &str) -> Result<Value> {
    let routes = gateway.get(&format!("/actuator/gateway/{list}"))?.json().unwrap_or_default();
    let routes = routes.as_array().cloned().unwrap_or_default();
    // RD-8: routes of services come last, whatever was read first.
    let is_written = |one: &&Value| {
        let id = one.get("route_id").and_then(Value::as_str);
        id.is_some_and(|id| !id.starts_with("ReactiveCompositeDiscoveryClient_"))
    };
    Ok(routes.iter().filter(is_written).map(|one| json!([one["route_id"], one["order"]])).collect())
}

/// Global filters without the hash behind their names.
fn filters(gateway: &Gateway) -> Result<Value> {
    let filters = gateway.get("/actuator/gateway/globalfilters")?.json().unwrap_or_default();
    let short = |name: &str| {
        let name = name.split('@').next().unwrap_or_default();
        name.rsplit('.').next().unwrap_or_default().to_owned()
    };
    let members = filters.as_object().into_iter().flatten();
    Ok(Value::Object(members.map(|(name, order)| (short(name), order.clone())).collect()))
}

/// A route that is made, refreshed, used, deleted, refreshed, and gone.
fn lives(gateway: &Gateway) -> Result<()> {
    let send = |method: &str, path: &str, body: Option<Value>| -> Result<u16> {
        let mut request = Request::new(method, gateway.url(path));
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        Ok(request.send()?.status)
    };
    let route = |uri: &str| {
        json!({"predicates": [{"name": "Path", "args": {"_genkey_0": "/made/**"}}],
               "filters": [{"name": "SetStatus", "args": {"_genkey_0": "418"}}], "uri": uri, "order": 0})
    };
    let uri = gateway.get("/actuator/gateway/routes/plain")?.json().unwrap_or_default();
    let uri = uri.get("uri").and_then(Value::as_str).context("the route has no uri")?.to_owned();
    let mut seen = vec![send("GET", "/made/x", None)?];
    seen.push(send("POST", "/actuator/gateway/routes/made", Some(route("no-scheme")))?);
    seen.push(send("POST", "/actuator/gateway/routes/made", Some(route(&uri)))?);
    seen.push(send("GET", "/made/x", None)?);
    seen.push(send("POST", "/actuator/gateway/refresh", None)?);
    // Spring's refresh goes on behind the answer.
    let is_so = |wanted: u16| move || send("GET", "/made/x", None).is_ok_and(|it| it == wanted);
    compat_tests::wait::until("the new route", crate::estate::PATIENCE, is_so(418))?;
    seen.push(send("DELETE", "/actuator/gateway/routes/made", None)?);
    seen.push(send("DELETE", "/actuator/gateway/routes/made", None)?);
    seen.push(send("POST", "/actuator/gateway/refresh", None)?);
    compat_tests::wait::until("the end of the route", crate::estate::PATIENCE, is_so(404))?;
    anyhow::ensure!(seen == [404, 400, 201, 404, 200, 200, 404, 200], "{seen:?}");
    Ok(())
}
