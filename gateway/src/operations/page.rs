//! The page for people: routes, instances, live rates, and which route takes a request (BY-17).
//!
//! Complete without script; with it, what is shown stays fresh. Nothing comes from elsewhere.

use askama::Template;
use axum::body::Body;
use gateway_routing::explain::Verdict;
use http::{HeaderValue, Response, StatusCode, header};

use super::empty;
use super::endpoint::Endpoint;
use super::explain::{Explanation, Question};
use super::instances::{self, InstanceRow};
use super::rates::Rate;

const CSS: &str = include_str!("page/admin.css");
const JS: &str = include_str!("page/admin.js");
const ICON: &str = include_str!("page/icon.svg");
/// How often the script asks again, in milliseconds.
const REFRESH_MS: u32 = 3_000;
/// Routes on one page; the endpoint has all.
const SHOWN_MAX: usize = 500;
/// Everything from this server, in files of its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

#[derive(Template)]
#[template(path = "admin.html", whitespace = "minimize")]
struct Page<'p> {
    refresh_ms: u32,
    generation: u64,
    routes: &'p [RouteRow],
    more: usize,
    instances: &'p [InstanceRow],
    faults: &'p [String],
    waiting: &'p [String],
    requests: String,
    failures: String,
    ejected: usize,
    question: Question,
    headers: String,
    answer: Option<Answer>,
    methods: [&'static str; 7],
}

struct RouteRow {
    id: String,
    order: i32,
    predicate: String,
    filters: Vec<String>,
    uri: String,
    origin: String,
    rate: String,
    time: String,
    failures: String,
    is_failing: bool,
    total: u64,
}

/// What the page says about a request that somebody thinks of.
struct Answer {
    taker: Option<String>,
    refused: Option<String>,
    routes: Vec<AnswerRow>,
}

struct AnswerRow {
    id: String,
    class: &'static str,
    verdict: &'static str,
    reasons: Vec<String>,
}

/// The page; with `url` in the query it also answers what becomes of a request.
pub(super) fn home(endpoint: &Endpoint, query: &str) -> Response<Body> {
    let subjects = &endpoint.subjects;
    let live = subjects.routes.now();
    let rates = endpoint.rates.look(&subjects.registry, subjects.clock.monotonic());
    let routes: Vec<RouteRow> = live
        .table
        .routes()
        .iter()
        .take(SHOWN_MAX)
        .map(|route| RouteRow::new(route, rates.get(route.id()).copied().unwrap_or_default()))
        .collect();
    let instances = instances::all(subjects.client.as_ref());
    let outcome = subjects.reload.outcome();
    let question = Question::read(query);
    let clock = &subjects.clock;
    let explained =
        question.as_ref().map(|asked| asked.ask(&live, clock.wall_ms(), clock.wall_us()));
    let question = question.unwrap_or_default();
    let sum: f64 = rates.values().map(|rate| rate.requests).sum();
    let failing: f64 = rates.values().map(|rate| rate.requests * rate.failures).sum();
    let page = Page {
        refresh_ms: REFRESH_MS,
        generation: live.generation,
        more: live.table.routes().len().saturating_sub(routes.len()),
        routes: &routes,
        instances: &instances,
        faults: &outcome.faults,
        waiting: &outcome.waiting,
        requests: per_second(sum),
        failures: per_second(failing),
        ejected: instances.iter().filter(|row| row.ejected).count(),
        headers: question.headers.join("\n"),
        question,
        answer: explained.map(|explained| Answer::new(&explained)),
        methods: METHODS,
    };
    match page.render() {
        Ok(html) => with_headers("text/html; charset=utf-8", html),
        Err(error) => {
            tracing::error!(%error, "the page cannot be made");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Style, script and icon.
pub(super) fn asset(name: &str) -> Option<Response<Body>> {
    match name {
        "admin.css" => Some(with_headers("text/css; charset=utf-8", CSS.to_owned())),
        "admin.js" => Some(with_headers("text/javascript; charset=utf-8", JS.to_owned())),
        "icon.svg" => Some(with_headers("image/svg+xml", ICON.to_owned())),
        _ => None,
    }
}

fn with_headers(media_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl RouteRow {
    fn new(route: &gateway_routing::Route, rate: Rate) -> Self {
        let definition = route.definition();
        Self {
            id: route.id().to_owned(),
            order: definition.order,
            predicate: route.predicate_text(),
            filters: route.chain().texts().iter().map(|filter| filter.text.clone()).collect(),
            uri: route.upstream().to_string(),
            origin: definition.origin.to_string(),
            rate: per_second(rate.requests),
            time: if rate.requests > 0.0 {
                format!("{:.1} ms", rate.time_ms)
            } else {
                "–".to_owned()
            },
            failures: format!("{:.1} %", rate.failures * 100.0),
            is_failing: rate.failures > 0.0,
            total: rate.total,
        }
    }
}

impl Answer {
    fn new(explained: &Explanation) -> Self {
        let row = |route: &gateway_routing::explain::Explained| {
            let (class, verdict, reasons) = match &route.verdict {
                Verdict::Takes(variables) => {
                    let shown = variables.iter().map(|(name, value)| format!("{name} = {value}"));
                    ("up", "takes it", shown.collect())
                }
                Verdict::Shadowed => {
                    ("starting", "would take it", vec!["an earlier route does".to_owned()])
                }
                Verdict::Refuses(reasons) => ("", "does not", reasons.clone()),
            };
            AnswerRow { id: route.id.clone(), class, verdict, reasons }
        };
        Self {
            taker: explained.taker().map(str::to_owned),
            refused: explained.refused.clone(),
            routes: explained.routes.iter().take(SHOWN_MAX).map(row).collect(),
        }
    }
}

fn per_second(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}
