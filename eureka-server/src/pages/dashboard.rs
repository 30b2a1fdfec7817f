//! `GET /` and `GET /lastn` below `eureka.dashboard.path`, and what they are made of.

use std::borrow::Cow;
use std::sync::Weak;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use eureka_registry::{LeaseView, eviction};
use http::{HeaderMap, StatusCode, Uri, header};

use crate::app::App;
use crate::config::Settings;
use crate::dashboard::{
    CONTENT_SECURITY_POLICY, Event, EvictionSchedule, Fact, InstanceRow, LastN, LeaseRow, Links,
    Page, Query, SelfPreservation, System, Tab, asset, select,
};
use crate::system::SystemStats;

/// How long a browser may keep an asset; its address changes with it.
const ASSET_CACHE: &str = "max-age=31536000, immutable";

pub(super) fn routes(settings: &Settings) -> Router<Weak<App>> {
    let Some(path) = &settings.dashboard_path else { return Router::new() };
    let base = path.trim_end_matches('/');
    let mut router = Router::new()
        .route(&format!("{base}/"), get(home))
        .route(&format!("{base}/lastn"), get(last_n))
        .route("/eureka/{kind}/{name}", get(asset_file));
    if !base.is_empty() {
        router = router.route(base, get(home));
    }
    router
}

/// Answers 200 with a style, script or image, 404 for any other.
async fn asset_file(uri: Uri) -> Response {
    match asset(uri.path()) {
        Some((content_type, bytes)) => {
            let headers =
                [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, ASSET_CACHE)];
            (headers, bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Answers 200 with the first page (SPR-1, SPR-3).
async fn home(
    State(app): State<Weak<App>>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(app) = app.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let now = app.now();
    let leases = app.registry().leases(now);
    let rows = leases.iter().map(row);
    let (general, instance) = (general(&app), own(&app));
    let service_url = service_url(&app, &headers);
    let page = Page {
        now_ms: u64::try_from(now.wall_ms).unwrap_or_default(),
        links: links(&app, &uri),
        system: system(&app, &service_url),
        preservation: preservation(&app, leases.len()),
        eviction: schedule(&app, leases.len()),
        replicas: &[],
        selection: select(rows, &query),
        query: &query,
        general: &general,
        instance: &instance,
    };
    html(page.render())
}

/// Answers 200 with the page of recent events (SPR-5).
async fn last_n(
    State(app): State<Weak<App>>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(app) = app.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let tab = Tab::parse(query.as_deref().unwrap_or_default());
    let (registered, cancelled) = app.registry().recent();
    let events = if tab == Tab::Registered { registered } else { cancelled };
    let events: Vec<Event<'_>> = events
        .iter()
        .map(|event| Event {
            at_ms: u64::try_from(event.wall_ms).unwrap_or_default(),
            what: Cow::Borrowed(&*event.what),
        })
        .collect();
    let service_url = service_url(&app, &headers);
    let page = LastN {
        now_ms: app.clock.wall_ms(),
        links: links(&app, &uri),
        system: system(&app, &service_url),
        tab,
        events: &events,
    };
    html(page.render())
}

fn html(page: askama::Result<String>) -> Response {
    match page {
        Ok(page) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html;charset=UTF-8"),
                (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, page).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the dashboard could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn links(app: &App, uri: &Uri) -> Links {
    Links::new(app.settings.dashboard_path.as_deref().unwrap_or("/"), uri.path())
}

fn system<'a>(app: &'a App, service_url: &'a str) -> System<'a> {
    System {
        environment: &app.settings.environment,
        data_center: &app.settings.data_center,
        version: env!("CARGO_PKG_VERSION"),
        uptime: app.clock.monotonic(),
        service_url,
    }
}

/// What a client puts into its `defaultZone`: the reader reached the server by this host, so will
/// others.
fn service_url(app: &App, headers: &HeaderMap) -> String {
    let settings = &app.settings;
    let told = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = || format!("{}:{}", settings.own.host, settings.serve.address.port());
    let host = told.map_or_else(own, ToOwned::to_owned);
    format!("http://{host}{}/eureka/", settings.context_path)
}

fn row(lease: &LeaseView) -> InstanceRow<'_> {
    let told = LeaseRow {
        age: Duration::from_millis(lease.age_ms),
        silence: lease.silence_ms.map(Duration::from_millis),
        remaining_ms: lease.remaining_ms,
        term: Duration::from_millis(lease.term_ms),
    };
    InstanceRow::new(&lease.app, &lease.info, told)
}

fn preservation(app: &App, instances: usize) -> SelfPreservation {
    let now = app.now();
    let open_for = Duration::from_millis(now.steady_ms.saturating_sub(app.opened.steady_ms));
    let verdict = app.registry().verdict(now);
    let config = app.registry().config();
    SelfPreservation {
        is_enabled: verdict.enabled,
        has_full_minute: open_for >= Duration::from_secs(60),
        is_settled: open_for > app.settings.empty_wait,
        instances: u64::try_from(instances).unwrap_or(u64::MAX),
        expected_clients: verdict.expected_clients.into(),
        threshold: verdict.threshold,
        renewals_last_minute: verdict.renewals_last_minute,
        percent_threshold: config.renewal_percent_threshold,
        expected_interval: Duration::from_secs(config.expected_client_renewal_interval_secs.into()),
    }
}

fn schedule(app: &App, instances: usize) -> EvictionSchedule {
    let interval = app.settings.eviction_interval;
    let last = app.metrics.last_eviction().unwrap_or(app.opened);
    let passed = Duration::from_millis(app.now().steady_ms.saturating_sub(last.steady_ms));
    EvictionSchedule {
        next_pass_in: Some(interval.saturating_sub(passed)),
        interval,
        limit: eviction::limit(instances, app.registry().config().renewal_percent_threshold),
    }
}

fn general(app: &App) -> Vec<Fact<'static>> {
    let stats = SystemStats::read(app.clock.monotonic());
    let mut facts: Vec<Fact<'_>> = stats
        .entries()
        .into_iter()
        .map(|(name, value)| Fact { name, value: value.into() })
        .collect();
    for name in ["registered-replicas", "available-replicas", "unavailable-replicas"] {
        facts.push(Fact { name, value: "".into() });
    }
    facts
}

fn own(app: &App) -> Vec<Fact<'static>> {
    vec![
        Fact { name: "ipAddr", value: app.settings.own.ip.clone().into() },
        Fact { name: "status", value: "UP".into() },
    ]
}
