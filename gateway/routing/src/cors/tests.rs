use http::{Method, StatusCode};

use super::*;
use crate::Node;
use crate::Origin;
use crate::tree::Property;

fn policy(pairs: &[(&str, &str)]) -> Result<CorsPolicy, RouteError> {
    CorsPolicy::read(&Node::from_properties(pairs.iter().map(|(path, value)| Property {
        path: (*path).to_owned(),
        value: (*value).to_owned(),
        origin: Origin::new("a.yml:1"),
    })))
}

const RULES: [(&str, &str); 6] = [
    ("allowed-origins", "https://app.example.com/"),
    ("allowed-methods", "GET, POST"),
    ("allowed-headers[0]", "content-type"),
    ("exposed-headers", "x-total"),
    ("allow-credentials", "true"),
    ("max-age", "1800"),
];

/// Status of an answer or 0, and the headers.
fn decided(policy: Option<&CorsPolicy>, method: &Method, pairs: &[(&str, &str)]) -> (u16, String) {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let request = CorsRequest { method, headers: &headers, scheme: "http", host: "gw:8080" };
    let (status, headers) = match decide(policy, &request) {
        CorsDecision::NotCors => return (0, "not cors".to_owned()),
        CorsDecision::Answer(answer) => (answer.status.as_u16(), answer.headers),
        CorsDecision::Allowed(headers) => (0, *headers),
    };
    let shown = headers.iter().filter(|(name, _)| *name != header::VARY);
    let shown = shown.map(|(name, value)| {
        format!(
            "{}={}",
            name.as_str().trim_start_matches("access-control-"),
            value.to_str().unwrap()
        )
    });
    (status, shown.collect::<Vec<_>>().join(" "))
}

#[test]
fn an_actual_request_gets_origin_exposed_and_credentials() {
    let rules = policy(&RULES).unwrap();
    let (status, headers) =
        decided(Some(&rules), &Method::GET, &[("origin", "https://app.example.com")]);
    assert_eq!(status, 0);
    assert_eq!(
        headers,
        "allow-origin=https://app.example.com expose-headers=x-total allow-credentials=true"
    );
    let refused = StatusCode::FORBIDDEN.as_u16();
    assert_eq!(
        decided(Some(&rules), &Method::GET, &[("origin", "https://evil.example")]).0,
        refused
    );
    let put = decided(Some(&rules), &Method::PUT, &[("origin", "https://app.example.com")]);
    assert_eq!(put.0, refused, "CO-5: a method that is not allowed");
    assert_eq!(decided(Some(&rules), &Method::GET, &[]).1, "not cors");
}

#[test]
fn a_preflight_is_answered_co_3_co_10() {
    let rules = policy(&RULES).unwrap();
    let ask = |method: &str, names: &str| {
        let mut headers =
            vec![("origin", "https://app.example.com"), ("access-control-request-method", method)];
        if !names.is_empty() {
            headers.push(("access-control-request-headers", names));
        }
        decided(Some(&rules), &Method::OPTIONS, &headers)
    };
    let (status, headers) = ask("POST", "Content-Type, x-other");
    assert_eq!(status, 200);
    assert!(
        headers.contains("allow-methods=GET,POST allow-headers=Content-Type max-age=1800"),
        "{headers}"
    );
    assert_eq!(ask("DELETE", "").0, 403);
    assert_eq!(ask("GET", "x-other").0, 403);
    assert_eq!(ask("GET", "").0, 200);
    let preflight = [("origin", "https://a.b"), ("access-control-request-method", "GET")];
    assert_eq!(decided(None, &Method::OPTIONS, &preflight).0, 403);
    assert_eq!(decided(None, &Method::GET, &preflight).1, "not cors");
}

#[test]
fn the_own_origin_is_not_cors_co_7() {
    let rules = policy(&RULES).unwrap();
    assert_eq!(decided(Some(&rules), &Method::GET, &[("origin", "http://GW:8080")]).1, "not cors");
    assert_eq!(decided(Some(&rules), &Method::GET, &[("origin", "https://gw:8080")]).0, 403);
}

#[test]
fn patterns_have_stars_and_ports_co_11() {
    let ok = |pattern: &str, origin: &str| {
        let rules = policy(&[("allowedOriginPatterns", pattern)]).unwrap();
        decided(Some(&rules), &Method::GET, &[("origin", origin)]).0 == 0
    };
    assert!(ok("https://*.example.com", "https://x.example.com"));
    assert!(!ok("https://*.example.com", "https://x.example.com:81"));
    assert!(!ok("https://*.example.com", "https://xexample.com"));
    assert!(!ok("https://*.example.com", "https://evil.com/.example.com"));
    assert!(ok("http://a:[8080,9090]", "http://a:9090") && !ok("http://a:[8080,9090]", "http://a"));
    assert!(ok("http://a:[*]", "http://a:1") && ok("http://a:[*]", "http://a"));
    assert!(ok("*", "null") && !ok("*", "no origin"));
}

#[test]
fn any_origin_and_any_method_co_8_co_9() {
    let rules =
        policy(&[("allowedOrigins", "*"), ("allowedMethods", "*"), ("allowedHeaders", "*")])
            .unwrap();
    let asked = [
        ("origin", "https://x"),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "x-any, x-other"),
    ];
    let (status, headers) = decided(Some(&rules), &Method::OPTIONS, &asked);
    assert_eq!(
        (status, headers.as_str()),
        (200, "allow-origin=* allow-methods=DELETE allow-headers=x-any, x-other")
    );
    let error = policy(&[("allowedOrigins", "*"), ("allowCredentials", "true")]).unwrap_err();
    assert!(error.to_string().contains("allowedOriginPatterns"));
    assert_eq!(
        policy(&[("allowOrigins", "*")]).unwrap_err().suggestion.as_deref(),
        Some("allowedOrigins")
    );
    assert!(policy(&[("maxAge", "x")]).is_err());
}
