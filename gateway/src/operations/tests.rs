//! The endpoint over requests as they come.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use http::header;
use serde_json::{Value, json};
use service_kit::actuator::Actuator;
use service_kit::config::{Reader, Sources};
use service_kit::health::Health;

use super::*;
use crate::config::{Definition, PROGRAM};

const YAML: &str = "
spring.cloud.gateway.routes:
- id: a
  uri: http://localhost:1/
  predicates: ['Path=/a/{id}', 'Method=GET']
  filters: [StripPrefix=1]
  metadata: {group: g1}
- id: b
  uri: lb://b
  predicates: ['Path=/**']
management:
  endpoints.web.exposure.include: '*'
";

fn operations(access: &str) -> Operations {
    let yaml = format!("{YAML}  endpoint.gateway.access: {access}\n");
    let files = BTreeMap::from([("application.yml".to_owned(), yaml)]);
    let config = Config::load(&PROGRAM, &Sources::files(files)).unwrap();
    let clock = Clock::manual(1_767_225_600_000);
    let registry = Registry::new(clock.clone());
    let health = Health::new();
    let (routes, _) = Routes::new(Definition::read(&config).unwrap().0, &clock).unwrap();
    let routes = Arc::new(routes);
    let component = health.component("gatewayConfiguration", false);
    let reader = Reader::with_args(&PROGRAM, &["--spring.config.location=optional:/nowhere/"]);
    let reload = Arc::new(Reload::new(reader, &config, Arc::clone(&routes), component));
    let actuator = Actuator::new(&config, health, registry.clone(), None, None).unwrap();
    let subjects = Subjects { routes, client: None, registry, reload, clock };
    let management = Management::new(actuator.linking(ID), "");
    let access = super::access(&config).unwrap();
    Operations::new(management, "/actuator", access, None, subjects)
}

async fn ask(own: &Operations, method: &str, path: &str, body: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(format!("/actuator{path}"));
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = own.respond(request).await;
    let status = response.status().as_u16();
    let place = response.headers().get(header::LOCATION).map(|at| at.to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, place.unwrap_or_else(|| String::from_utf8(bytes.to_vec()).unwrap()))
}

async fn get(own: &Operations, path: &str) -> Value {
    let (status, body) = ask(own, "GET", path, "").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn routes_are_shown_as_spring_does_ac_2_ac_3_ac_4() {
    let own = operations("read-only");
    let routes = get(&own, "/gateway/routes").await;
    assert_eq!(
        routes[0],
        json!({
            "predicate": "(Paths: [/a/{id}], match trailing slash: true && Methods: [GET])",
            "route_id": "a", "filters": ["[[StripPrefix parts = 1], order = 1]"],
            "uri": "http://localhost:1", "order": 0, "metadata": {"group": "g1"},
        })
    );
    assert_eq!(get(&own, "/gateway/routes/a").await, routes[0]);
    assert_eq!(ask(&own, "GET", "/gateway/routes/x", "").await, (404, String::new()));
    let definitions = get(&own, "/gateway/routedefinitions").await;
    assert_eq!(
        definitions[0]["filters"][0],
        json!({"name": "StripPrefix", "args": {"_genkey_0": "1"}})
    );
    let combined = get(&own, "/gateway/routes/a/combinedfilters").await;
    assert_eq!(combined.as_object().unwrap().len(), 12);
    assert_eq!(get(&own, "").await["_links"]["gateway"]["templated"], false);
}

#[tokio::test]
async fn access_decides_what_is_there_ac_1() {
    let none = operations("none");
    assert_eq!(ask(&none, "GET", "/gateway/routes", "").await.0, 404);
    let looking = operations("read-only");
    for (method, path) in [
        ("POST", "/gateway/refresh"),
        ("POST", "/gateway/routes/c"),
        ("DELETE", "/gateway/routes/a"),
    ] {
        assert_eq!(ask(&looking, method, path, "{}").await.0, 405, "{method} {path}");
    }
    assert_eq!(ask(&looking, "POST", "/gateway/globalfilters", "").await.0, 405);
    assert_eq!(ask(&looking, "POST", "/gateway/nothing", "").await.0, 404);
    let links = get(&operations("unrestricted"), "/gateway").await;
    let methods =
        json!({"href": "/actuator/gateway/routes/a", "methods": ["POST", "DELETE", "GET"]});
    assert!(links.as_array().unwrap().contains(&methods), "{links}");
}

#[tokio::test]
async fn routes_are_made_and_taken_away_ac_8_to_ac_12() {
    let own = operations("unrestricted");
    let route = json!({
        "predicates": [{"name": "Path", "args": {"_genkey_0": "/c/**"}}], "filters": ["StripPrefix=1"],
        "uri": "http://localhost:3", "order": -1,
    });
    let body = route.to_string();
    let made = ask(&own, "POST", "/gateway/routes/c", &body).await;
    assert_eq!(made, (201, "/routes/c".to_owned()));
    assert_eq!(ask(&own, "GET", "/gateway/routes/c", "").await.0, 404, "not before a refresh");
    own.routes.refresh(None).unwrap();
    assert_eq!(get(&own, "/gateway/routes").await[0]["route_id"], "c");

    for bad in [
        "",
        "[]",
        r#"{"uri":"localhost:1","predicates":["Path=/a"]}"#,
        r#"{"uri":"http://a","predicates":["Paht=/a"]}"#,
    ] {
        assert_eq!(ask(&own, "POST", "/gateway/routes/d", bad).await.0, 400, "{bad}");
    }
    let several = json!([{"id": "e", "uri": "http://a", "predicates": ["Path=/e"]}, {"id": "f"}]);
    assert_eq!(ask(&own, "POST", "/gateway/routes", &several.to_string()).await.0, 400);
    let one = json!([{"id": "e", "uri": "http://a", "predicates": ["Path=/e"]}]).to_string();
    assert_eq!(ask(&own, "POST", "/gateway/routes", &one).await, (200, String::new()));

    assert_eq!(ask(&own, "DELETE", "/gateway/routes/a", "").await.0, 404, "of the file");
    assert_eq!(ask(&own, "DELETE", "/gateway/routes/c", "").await.0, 200);
    own.routes.refresh(None).unwrap();
    let ids: Vec<Value> = get(&own, "/gateway/routes")
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|route| route["route_id"].clone())
        .collect();
    assert_eq!(ids, ["a", "b", "e"]);
}

#[tokio::test]
async fn a_request_is_explained_ac_15() {
    let own = operations("read-only");
    let said = get(&own, "/gateway/explain?method=POST&url=/a/7?x=1").await;
    assert_eq!((&said["route"], &said["routes"][0]["verdict"]), (&json!("b"), &json!("refuses")));
    let reasons = said["routes"][0]["reasons"].to_string();
    assert!(reasons.contains("Methods") && reasons.contains("POST"), "{reasons}");
    let said = get(&own, "/gateway/explain?url=http://h/a/7&header=X-A:%201").await;
    assert_eq!(said["routes"][0]["variables"], json!({"id": "7"}));
    assert_eq!(said["routes"][1]["verdict"], "shadowed");
    assert_eq!(ask(&own, "GET", "/gateway/explain", "").await.0, 400);
    let refused = get(&own, "/gateway/explain?url=/a&header=nonsense").await;
    assert!(refused["refused"].is_string());
}

#[tokio::test]
async fn the_page_is_complete_without_script_by_17() {
    let own = operations("read-only");
    let asked = "/gateway/admin?method=GET&url=%2Fa%2F7&header=X-A%3A+%3Cb%3E";
    let (status, html) = ask(&own, "GET", asked, "").await;
    assert_eq!(status, 200);
    assert!(html.contains("Paths: [/a/{id}]") && html.contains("takes it"), "{html}");
    assert!(!html.contains("X-A: <b>") && html.contains("X-A: &#60;b&#62;"), "{html}");
    for asset in ["/gateway/admin/admin.css", "/gateway/admin/admin.js"] {
        let (status, text) = ask(&own, "GET", asset, "").await;
        assert!(status == 200 && !text.contains("://") && !text.contains("innerHTML"), "{asset}");
    }
    assert_eq!(ask(&own, "GET", "/gateway/admin/other", "").await.0, 404);
    assert_eq!(ask(&own, "GET", "/health", "").await.0, 503, "the rest of the actuator");
}
