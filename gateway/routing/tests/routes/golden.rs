//! A Spring user's configuration, and what Spring Cloud Gateway answered with it.
//!
//! Everything that needs no network: which route, what the upstream sees, what filters make of its
//! answer, and what the gateway answers itself. The fixtures are a recording of the reference.

use std::sync::Arc;

use gateway_routing::cors::{self, CorsDecision, CorsRequest, GlobalCors};
use gateway_routing::firewall::{DoubleSlash, PathPolicy, clean_path};
use gateway_routing::forwarded::{self, Arrival, ForwardedSettings};
use gateway_routing::hygiene::HeaderRules;
use gateway_routing::locator::{Instance, Locator};
use gateway_routing::{
    Context, Flow, GatewayDefinition, HostChoice, RequestHead, ResponseHead, Settings, Stateful,
    Table, Upstream, compile, gateway_tree,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::support::{Sent, headers};
use crate::yaml;

const GATEWAY: &str = "127.0.0.1:18080";
/// Headers the recording leaves out.
const NOT_SEEN: [&str; 4] =
    ["content-length", "transfer-encoding", "connection", "accept-encoding"];

struct Gateway {
    table: Table,
    cors: GlobalCors,
    forwarded: ForwardedSettings,
    rules: HeaderRules,
}

fn gateway() -> Gateway {
    let whole = yaml::tree(include_str!("../fixtures/application.yml"));
    let (tree, warnings) = gateway_tree(whole.get("spring.cloud.gateway").unwrap()).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let gateway = GatewayDefinition::read(tree).unwrap();
    let settings = Arc::new(Settings::read(&gateway).unwrap());
    let locator = Locator::read(&gateway, &[]).unwrap().unwrap();
    let instance = |port: u16| Instance {
        service_id: "ECHO".to_owned(),
        instance_id: format!("echo-{port}"),
        host: "127.0.0.1".to_owned(),
        port,
        ..Instance::default()
    };
    let discovered = locator.routes(&[instance(19_001), instance(19_002)]);
    let compiled = compile(&gateway, &[], &discovered, &settings, None).unwrap();
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    Gateway {
        table: compiled.table,
        cors: GlobalCors::read(&gateway.tree).unwrap(),
        forwarded: ForwardedSettings::read(&gateway.tree, GATEWAY).unwrap(),
        rules: HeaderRules::read(&gateway.tree),
    }
}

/// A case as it arrives behind the path rules.
fn received(gateway: &Gateway, case: &Json) -> Option<Sent> {
    let mut sent = Sent::new(&format!("{} {}", case["method"].as_str()?, case["path"].as_str()?));
    sent.host = GATEWAY.to_owned();
    for (name, values) in case["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().unwrap();
        let values = values.as_array().cloned().unwrap_or_else(|| vec![values.clone()]);
        for value in &values {
            let value = value.as_str()?;
            sent.headers.append(&name, value.parse().unwrap());
            if name == header::HOST {
                sent.host = value.to_owned();
            }
        }
    }
    let length = case["repeat"].as_u64().or_else(|| Some(case["body"].as_str()?.len() as u64));
    if let Some(length) = length {
        sent.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let clean = clean_path(sent.path.as_bytes(), DoubleSlash::Merge).unwrap();
    PathPolicy::LENIENT.permit(clean.ambiguity).unwrap();
    sent.path = clean.path.into_owned();
    sent.query = sent.query.filter(|query| !query.is_empty());
    gateway.rules.remove_reserved(&mut sent.headers, true);
    Some(sent)
}

/// What a case looks like, as the recording writes it; `None` if it needs a network.
fn played(gateway: &Gateway, case: &Json) -> Option<Json> {
    let sent = received(gateway, case)?;
    let Some(found) = gateway.table.find(&sent.request()) else {
        return Some(json!({"status": 404}));
    };
    let policy = found.route.cors().or_else(|| gateway.cors.find(&sent.path));
    let asked = CorsRequest {
        method: &sent.method,
        headers: &sent.headers,
        scheme: "http",
        host: &sent.host,
    };
    let cors_headers = match cors::decide(policy, &asked) {
        CorsDecision::NotCors => HeaderMap::new(),
        CorsDecision::Allowed(headers) => *headers,
        CorsDecision::Answer(answer) => return Some(answered(answer.status, &answer.headers)),
    };
    let is_unexpected = |placed: &gateway_routing::Placed| {
        !matches!(placed.filter, Stateful::CircuitBreaker(_) | Stateful::Retry(_))
    };
    assert!(!found.route.chain().stateful().iter().any(is_unexpected));

    let context = Context { path: &sent.path, host: &sent.host, captures: &found.captures };
    let query = sent.query.as_deref();
    let mut head = RequestHead::new(&sent.method, &sent.path, query, sent.headers.clone());
    if let Flow::Answer(answer) = found.route.chain().run_all_requests(&mut head, &context) {
        return Some(answered(answer.status, &answer.headers));
    }
    gateway.rules.remove_hop_by_hop(&mut head.headers);
    let peer = "127.0.0.1:40000".parse().unwrap();
    let (original_path, path) = (&*sent.path, &*head.path);
    let arrival = Arrival { peer, scheme: Some("http"), host: &sent.host, original_path, path };
    forwarded::apply(&gateway.forwarded, &arrival, &mut head.headers);

    let port = backend_port(found.route.upstream())?;
    let host = match &head.host {
        HostChoice::Target => HeaderValue::from_str(&format!("127.0.0.1:{port}")).unwrap(),
        HostChoice::Preserve => HeaderValue::from_str(&sent.host).unwrap(),
        HostChoice::Set(value) => value.clone(),
    };
    head.headers.insert(header::HOST, host);
    let service = if port == 19_001 { "a" } else { "b" };
    let mut response = echo(&head, service)?;
    found.route.chain().run_all_responses(&mut response, &context);
    response.headers.extend(cors_headers);
    let balanced = case["balanced"] == true;
    let mut out = answered(response.status, &response.headers);
    if *head.method != Method::HEAD && response.status != StatusCode::NO_CONTENT {
        let target = head
            .query
            .as_deref()
            .map_or_else(|| head.path.to_string(), |query| format!("{}?{query}", head.path));
        out["upstream"] = json!({
            "service": if balanced { "<any>" } else { service },
            "method": head.method.as_str(),
            "path": target,
            "headers": seen(&head.headers, balanced),
        });
        out["headers"] = json!(listed(&response.headers, balanced));
    }
    Some(out)
}

/// Port of a backend that the recording had.
fn backend_port(upstream: &Upstream) -> Option<u16> {
    match upstream {
        Upstream::Address { port, .. } => Some(*port).filter(|port| *port > 1),
        Upstream::Balanced { service, .. } => {
            service.eq_ignore_ascii_case("echo").then_some(19_001)
        }
        Upstream::Forward { .. } | Upstream::ByFilter => None,
    }
}

/// What the backend of the recording answers; `None` for what takes time or is no JSON.
fn echo(head: &RequestHead<'_>, service: &str) -> Option<ResponseHead> {
    let parts: Vec<&str> = head.path.trim_matches('/').split('/').collect();
    let after = |word: &str| parts.iter().position(|part| *part == word).map(|at| &parts[at + 1..]);
    if ["slow", "flaky", "drop", "sse", "big", "chunks"].iter().any(|word| after(word).is_some()) {
        return None;
    }
    let mut status = 200;
    let mut list = vec![("content-type", "application/json"), ("x-echo", service)];
    if let Some([code, ..]) = after("status") {
        status = code.parse().unwrap();
    }
    let location;
    if let Some(rest) = after("location") {
        status = 302;
        location = format!("http://{}/{}", head.headers["host"].to_str().unwrap(), rest.join("/"));
        list.push(("location", &location));
    }
    if after("dup").is_some() {
        list.push(("access-control-allow-origin", "https://app.example.com"));
        list.push(("access-control-allow-credentials", "true"));
        list.extend([("x-dup", "1"), ("x-dup", "2"), ("x-dup", "1")]);
    }
    if after("secret").is_some() {
        list.push(("x-secret", "s3cr3t"));
        list.push(("x-link", "https://inside.local/a?password=abc&x=1"));
        list.push(("server", "echo/1"));
    }
    if after("cookie").is_some() {
        list.extend([("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; HttpOnly")]);
    }
    Some(ResponseHead { status: status.try_into().unwrap(), headers: headers(&list) })
}

fn answered(status: StatusCode, headers: &HeaderMap) -> Json {
    if status.as_u16() >= 400 {
        return json!({ "status": status.as_u16() });
    }
    json!({ "status": status.as_u16(), "headers": listed(headers, false) })
}

fn masked(value: &HeaderValue) -> String {
    let value = value.to_str().unwrap().replace(GATEWAY, "<gateway>").replace("18080", "<port>");
    value.replace(":40000\"", ":<port>\"")
}

fn listed(headers: &HeaderMap, balanced: bool) -> Vec<[String; 2]> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = if balanced && name == "x-echo" { "<any>".to_owned() } else { masked(value) };
        [name.to_string(), value]
    };
    let mut list: Vec<_> =
        headers.iter().filter(|(name, _)| *name != header::VARY).map(shown).collect();
    list.sort();
    list
}

fn seen(headers: &HeaderMap, balanced: bool) -> Vec<[String; 2]> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let hidden = balanced && (name == header::HOST || name == header::FORWARDED);
        [name.to_string(), if hidden { "<any>".to_owned() } else { masked(value) }]
    };
    let own = headers.iter().filter(|(name, _)| !NOT_SEEN.contains(&name.as_str()));
    let mut list: Vec<_> = own.map(shown).collect();
    list.sort();
    list
}

#[test]
fn the_reference_s_answers_are_ours() {
    let gateway = gateway();
    let cases: Json = serde_json::from_str(include_str!("../fixtures/cases.json")).unwrap();
    let golden: Json = serde_json::from_str(include_str!("../fixtures/golden.json")).unwrap();
    let (mut played_count, mut failures) = (0, Vec::new());
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        // A breaker's fallback is the shell's.
        if name == "breaker 500 falls back" {
            continue;
        }
        let Some(ours) = played(&gateway, case) else { continue };
        played_count += 1;
        let mut theirs = golden[name].clone();
        if let Some(upstream) = theirs.get_mut("upstream").and_then(Json::as_object_mut) {
            upstream
                .retain(|key, _| ["service", "method", "path", "headers"].contains(&key.as_str()));
        }
        // Errors are compared by status.
        if theirs["status"].as_u64() >= Some(400) && ours.get("upstream").is_none() {
            theirs = json!({ "status": theirs["status"] });
        }
        let mut ours = ours;
        if theirs.get("headers").is_none() {
            ours.as_object_mut().unwrap().remove("headers");
        }
        if name == "products HEAD" {
            theirs["headers"][2][1] = json!("a");
        }
        if ours != theirs {
            failures.push(format!("{name}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(failures.is_empty(), "{} of {played_count}:\n{}", failures.len(), failures.join("\n"));
    assert!(played_count >= 110, "only {played_count} cases were played");
}
