//! Tokens that the gateway asks for itself (FI-20), from an authorization server that is scripted.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::*;

const SECRET: &str = "dont-tell";

/// Grants `t0`, `t1`, …, or answers 503.
fn issuer() -> (Upstream, Arc<AtomicBool>) {
    let is_away = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&is_away);
    let upstream = Upstream::start(move |number, request| {
        if shared.load(Relaxed) {
            return (503, String::new(), String::new());
        }
        let json = "Content-Type: application/json\r\n".to_owned();
        let port = request.to_lowercase();
        let port = port.split("host: 127.0.0.1:").nth(1).and_then(|rest| rest.split('\r').next());
        let origin = format!("http://127.0.0.1:{}", port.unwrap_or_default());
        if request.starts_with("GET /realm/.well-known/openid-configuration ") {
            let metadata =
                format!(r#"{{"issuer":"{origin}/realm","token_endpoint":"{origin}/realm/token"}}"#);
            return (200, json, metadata);
        }
        let token =
            format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":300}}"#);
        (200, json, token)
    });
    (upstream, is_away)
}

fn gateway(uri: &str, provider: &str) -> Gateway {
    let routes = routes(&[route("a", uri, "/**", "filters: ['TokenRelay=mine']")]);
    Gateway::start(&format!(
        "{routes}spring.security.oauth2.client:\n  \
         registration.mine: {{provider: idp, client-id: gw, client-secret: {SECRET}, scope: 'a,b', \
         authorization-grant-type: client_credentials}}\n  provider.idp: {{{provider}}}\n"
    ))
}

fn token_seen(upstream: &Upstream) -> String {
    let seen = upstream.seen.lock();
    let last = seen.last().unwrap().to_lowercase();
    last.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or("-").to_owned()
}

#[test]
fn services_get_the_gateways_token_in_place_of_the_callers_fi_20() {
    let (upstream, (issuer, _)) = (Upstream::saying(200, "", "ok"), issuer());
    let gateway = gateway(&upstream.uri(), &format!("token-uri: '{}/token'", issuer.uri()));
    for _ in 0..3 {
        assert_eq!(gateway.ask("GET", "/", &["Authorization: Bearer mine"], "").status, 200);
        assert_eq!(token_seen(&upstream), "bearer t0");
    }
    let asked = issuer.seen.lock();
    assert_eq!(asked.len(), 1, "one token for all");
    assert!(asked[0].starts_with("POST /token HTTP/1.1"), "{}", asked[0]);
    assert!(asked[0].ends_with("grant_type=client_credentials&scope=a+b"), "{}", asked[0]);
    assert!(
        asked[0].to_lowercase().contains("authorization: basic z3c6zg9udc10zwxs"),
        "{}",
        asked[0]
    );
}

#[test]
fn an_issuer_says_where_tokens_are() {
    let (upstream, (issuer, _)) = (Upstream::saying(200, "", "ok"), issuer());
    let gateway = gateway(&upstream.uri(), &format!("issuer-uri: '{}/realm'", issuer.uri()));
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(token_seen(&upstream), "bearer t1");
    assert!(issuer.seen.lock()[1].starts_with("POST /realm/token "));
}

#[test]
fn without_an_authorization_server_the_answer_is_503_and_the_service_sees_nothing() {
    let (upstream, (issuer, is_away)) = (Upstream::saying(200, "", "ok"), issuer());
    is_away.store(true, Relaxed);
    let away = gateway(&upstream.uri(), &format!("token-uri: '{}/token'", issuer.uri()));
    let answer = away.get("/");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(answer.body.contains("token-unavailable"), "{}", answer.body);
    assert!(!answer.body.contains(SECRET));
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = gateway(&upstream.uri(), &format!("token-uri: 'http://{nowhere}/token'"));
    let answer = gone.get("/");
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("cannot be reached"), "{}", answer.body);
    assert_eq!(upstream.count(), 0);
}
