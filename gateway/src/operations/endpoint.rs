//! The `gateway` endpoint: routes as they are, and changes of them where that is allowed.

use axum::body::{Body, to_bytes};
use gateway_routing::{RouteDefinition, RouteError, describe};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use service_kit::actuator::Access;

use super::explain::Question;
use super::rates::Rates;
use super::{Subjects, definition, empty, instances, names, page, query};
use crate::reload::ReloadError;

/// Bytes of a body with routes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Routes in one body.
const ROUTES_MAX: usize = 1_000;

/// Answers below `<base>/gateway`.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// Its path, base path included.
    pub(super) path: String,
    pub(super) access: Access,
    pub(super) subjects: Subjects,
    pub(super) rates: Rates,
}

impl Endpoint {
    pub(super) fn new(path: String, access: Access, subjects: Subjects) -> Self {
        Self { path, access, subjects, rates: Rates::default() }
    }

    /// Answers a request for `rest` of the path below its own.
    pub(super) async fn answer(&self, rest: &str, request: Request<Body>) -> Response<Body> {
        let segments: Vec<String> =
            rest.split('/').filter(|part| !part.is_empty()).map(query::decoded).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let method = request.method().clone();
        if matches!(method, Method::GET | Method::HEAD) {
            let mut answer = self.look(&segments, &query);
            if method == Method::HEAD {
                *answer.body_mut() = Body::empty();
            }
            return answer;
        }
        if !is_changeable(&segments) {
            let is_there = self.look(&segments, &query).status() != StatusCode::NOT_FOUND;
            return if is_there { not_allowed() } else { empty(StatusCode::NOT_FOUND) };
        }
        if self.access < Access::Unrestricted {
            return not_allowed();
        }
        match (method, segments.as_slice()) {
            (Method::POST, ["refresh"]) => self.refresh(&query),
            (Method::POST, ["routes"]) => self.save_all(request.into_body()).await,
            (Method::POST, ["routes", id]) => self.save(id, request.into_body()).await,
            (Method::DELETE, ["routes", id]) => {
                let is_gone = self.subjects.routes.forget(id);
                empty(if is_gone { StatusCode::OK } else { StatusCode::NOT_FOUND })
            }
            _ => not_allowed(),
        }
    }

    fn look(&self, segments: &[&str], query: &str) -> Response<Body> {
        let live = self.subjects.routes.now();
        let has_global_cache = live.definition.stateful.cache.is_global;
        let found = |json: Option<Value>| {
            json.map_or_else(|| empty(StatusCode::NOT_FOUND), |json| send(&json))
        };
        match segments {
            [] => send(&self.links()),
            ["routes"] => {
                let is_verbose = live.definition.gateway.tree.text_at("actuator.verbose.enabled");
                let is_verbose = is_verbose.is_none_or(|word| !word.eq_ignore_ascii_case("false"));
                let routes = live.table.routes().iter();
                let shown: Vec<Value> = routes
                    .map(|route| if is_verbose { describe::route(route) } else { compact(route) })
                    .collect();
                send(&Value::Array(shown))
            }
            ["routes", id] => found(live.table.route(id).map(|route| describe::route(route))),
            ["routes", id, "combinedfilters"] => found(
                live.table
                    .route(id)
                    .map(|route| describe::combined_filters(route, has_global_cache)),
            ),
            ["routedefinitions"] => {
                let all = self.subjects.routes.definitions();
                send(&Value::Array(all.iter().map(describe::definition).collect()))
            }
            ["globalfilters"] => send(&names::global_filters(has_global_cache)),
            ["routefilters"] => send(&names::filters()),
            ["routepredicates" | "predicates"] => send(&names::predicates()),
            ["instances"] => {
                let rows = instances::all(self.subjects.client.as_ref());
                found(serde_json::to_value(rows).ok())
            }
            ["config"] => send(&self.config()),
            ["explain"] => match Question::read(query) {
                Some(question) => {
                    let clock = &self.subjects.clock;
                    send(&question.ask(&live, clock.wall_ms(), clock.wall_us()).json())
                }
                None => refused("url is missing: explain?method=GET&url=/path&header=Name:value"),
            },
            ["admin"] => page::home(self, query),
            ["admin", file] => page::asset(file).unwrap_or_else(|| empty(StatusCode::NOT_FOUND)),
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    /// What there is (AC-1).
    fn links(&self) -> Value {
        let mut links: Vec<(String, Vec<&str>)> = Vec::new();
        let mut add = |path: &str, methods: &[&'static str]| {
            let writes = self.access == Access::Unrestricted;
            let methods: Vec<&str> =
                methods.iter().copied().filter(|method| writes || *method == "GET").collect();
            if !methods.is_empty() {
                links.push((format!("{}/{path}", self.path), methods));
            }
        };
        for name in [
            "",
            "admin",
            "config",
            "explain",
            "globalfilters",
            "instances",
            "routedefinitions",
            "routefilters",
            "routepredicates",
        ] {
            add(name, &["GET"]);
        }
        add("refresh", &["POST"]);
        add("routes", &["POST", "GET"]);
        let live = self.subjects.routes.now();
        for route in live.table.routes() {
            let id = percent_encoding::utf8_percent_encode(
                route.id(),
                percent_encoding::NON_ALPHANUMERIC,
            );
            let id = id.to_string().replace("%2D", "-").replace("%5F", "_").replace("%2E", ".");
            add(&format!("routes/{id}"), &["POST", "DELETE", "GET"]);
            add(&format!("routes/{id}/combinedfilters"), &["GET"]);
        }
        links
            .into_iter()
            .map(|(href, methods)| json!({ "href": href, "methods": methods }))
            .collect()
    }

    /// Every key in effect with its place; secrets are hidden.
    fn config(&self) -> Value {
        let config = self.subjects.reload.config();
        let outcome = self.subjects.reload.outcome();
        let properties = config.effective().map(|(name, value, origin)| {
            json!({ "name": name, "value": value, "origin": origin.to_string() })
        });
        let live = self.subjects.routes.now();
        json!({
            "generation": live.generation,
            "faults": outcome.faults,
            "waitForRestart": outcome.waiting,
            "profiles": config.profiles(),
            "properties": properties.collect::<Vec<_>>(),
        })
    }

    /// `POST refresh`: files and saved routes into use (AC-11).
    fn refresh(&self, query: &str) -> Response<Body> {
        let metadata = query::value(query, "metadata");
        let pair = metadata.as_deref().and_then(|text| text.split_once(':'));
        if metadata.is_some() && pair.is_none() {
            return refused("metadata is name:value");
        }
        let read = self.subjects.reload.read();
        let refreshed =
            read.and_then(|()| self.subjects.routes.refresh(pair).map_err(ReloadError::from));
        match refreshed {
            Ok(()) => empty(StatusCode::OK),
            Err(error) => refused(&error.to_string()),
        }
    }

    async fn save(&self, id: &str, body: Body) -> Response<Body> {
        let route = read(body)
            .await
            .and_then(|json| definition::read(&json, Some(id)).map_err(|errors| lines(&errors)));
        match route.and_then(|route| self.keep(vec![route])) {
            Ok(()) => {
                let mut created = empty(StatusCode::CREATED);
                let path =
                    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
                        .to_string()
                        .replace("%2D", "-");
                if let Ok(place) = HeaderValue::try_from(format!("/routes/{path}")) {
                    created.headers_mut().insert(header::LOCATION, place);
                }
                created
            }
            Err(said) => refused(&said),
        }
    }

    /// All or none (AC-9).
    async fn save_all(&self, body: Body) -> Response<Body> {
        let routes = read(body).await.and_then(|json| {
            let items =
                json.as_array().ok_or_else(|| "an array of routes is expected".to_owned())?;
            if items.len() > ROUTES_MAX {
                return Err(format!("more than {ROUTES_MAX} routes"));
            }
            let routes = items.iter().map(|item| definition::read(item, None));
            routes.collect::<Result<Vec<_>, _>>().map_err(|errors| lines(&errors))
        });
        match routes.and_then(|routes| self.keep(routes)) {
            Ok(()) => empty(StatusCode::OK),
            Err(said) => refused(&said),
        }
    }

    fn keep(&self, routes: Vec<RouteDefinition>) -> Result<(), String> {
        let mut ids: Vec<&str> = routes.iter().map(|route| route.id.as_str()).collect();
        ids.sort_unstable();
        let mut pairs = ids.iter().zip(ids.iter().skip(1));
        if let Some((twice, _)) = pairs.find(|(one, other)| one == other) {
            return Err(format!("two routes have the id {twice}"));
        }
        self.subjects.routes.save(routes).map_err(|errors| lines(&errors))
    }
}

/// The older shape (AC-13).
fn compact(route: &gateway_routing::Route) -> Value {
    json!({
        "route_id": route.id(),
        "order": route.definition().order,
        "route_definition": describe::definition(route.definition()),
    })
}

fn is_changeable(segments: &[&str]) -> bool {
    matches!(segments, ["refresh"] | ["routes"] | ["routes", _])
}

async fn read(body: Body) -> Result<Value, String> {
    let bytes = to_bytes(body, BODY_BYTES_MAX).await;
    let bytes =
        bytes.map_err(|_| format!("the body broke off or has more than {BODY_BYTES_MAX} bytes"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("the body is not JSON: {error}"))
}

fn lines(errors: &[RouteError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn send(json: &Value) -> Response<Body> {
    with_type("application/json", json.to_string())
}

fn with_type(media_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// 400 with what is wrong, a line each.
fn refused(said: &str) -> Response<Body> {
    let body = json!({ "status": 400, "title": "Bad Request", "detail": said });
    let mut response = with_type("application/problem+json", body.to_string());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

fn not_allowed() -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
    response
}
