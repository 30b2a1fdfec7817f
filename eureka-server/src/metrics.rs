//! What the server counts.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use eureka_registry::{Moment, Registry};
use eureka_wire::InstanceStatus;
use http::{Method, StatusCode};
use parking_lot::Mutex;
use service_kit::clock::Clock;
use service_kit::metrics::{self, Collector, Counter, Summary, Timer};

use crate::config::Settings;
use crate::http::route::Route;

/// What a request does, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Full list.
    Apps,
    /// Delta.
    Delta,
    /// One application.
    Application,
    /// Registration.
    Register,
    /// One instance.
    Instance,
    /// Heartbeat.
    Renew,
    /// Cancellation.
    Cancel,
    /// Status override.
    Status,
    /// Metadata.
    Metadata,
    /// One instance of any application.
    AnyInstance,
    /// Virtual addresses.
    Vip,
    /// Batch of a peer.
    Batch,
    /// Anything else.
    Other,
}

impl Operation {
    const ALL: [(Self, &'static str, &'static str); 13] = [
        (Self::Apps, "GET", "/eureka/apps"),
        (Self::Delta, "GET", "/eureka/apps/delta"),
        (Self::Application, "GET", "/eureka/apps/{app}"),
        (Self::Register, "POST", "/eureka/apps/{app}"),
        (Self::Instance, "GET", "/eureka/apps/{app}/{id}"),
        (Self::Renew, "PUT", "/eureka/apps/{app}/{id}"),
        (Self::Cancel, "DELETE", "/eureka/apps/{app}/{id}"),
        (Self::Status, "PUT", "/eureka/apps/{app}/{id}/status"),
        (Self::Metadata, "PUT", "/eureka/apps/{app}/{id}/metadata"),
        (Self::AnyInstance, "GET", "/eureka/instances/{id}"),
        (Self::Vip, "GET", "/eureka/vips/{vip}"),
        (Self::Batch, "POST", "/eureka/peerreplication/batch"),
        (Self::Other, "OTHER", "/eureka/**"),
    ];

    /// What `method` on `route` does.
    #[must_use]
    pub fn of(route: &Route<'_>, method: &Method) -> Self {
        match (route, method.as_str()) {
            (Route::Apps, "GET" | "HEAD") => Self::Apps,
            (Route::Delta, "GET" | "HEAD") => Self::Delta,
            (Route::Application(_), "GET" | "HEAD") => Self::Application,
            (Route::Application(_), "POST") => Self::Register,
            (Route::Instance(..), "GET" | "HEAD") => Self::Instance,
            (Route::Instance(..), "PUT") => Self::Renew,
            (Route::Instance(..), "DELETE") => Self::Cancel,
            (Route::Status(..), "PUT" | "DELETE") => Self::Status,
            (Route::Metadata(..), "PUT") => Self::Metadata,
            (Route::AnyInstance(_), "GET" | "HEAD") => Self::AnyInstance,
            (Route::Vip(_) | Route::SecureVip(_), "GET" | "HEAD") => Self::Vip,
            (Route::Batch, "POST") => Self::Batch,
            _ => Self::Other,
        }
    }
}

/// Statuses that answers have; anything else is counted under the last.
const STATUSES: [u16; 12] = [200, 204, 400, 403, 404, 405, 406, 408, 409, 413, 415, 500];

/// Timers of one operation by status, made when first needed.
type ByStatus = [OnceLock<Timer>; STATUSES.len()];

/// Handles of everything that is counted while requests are answered. What the registry knows
/// anyway is read when somebody asks.
pub struct Metrics {
    registry: metrics::Registry,
    requests: [ByStatus; Operation::ALL.len()],
    full_bytes: Summary,
    delta_bytes: Summary,
    /// Requests without the right credentials.
    pub(crate) refused: Counter,
    last_eviction: Mutex<Option<Moment>>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Registers everything with `all`.
    #[must_use]
    pub fn new(
        all: &metrics::Registry,
        registry: &Arc<Registry>,
        clock: &Clock,
        settings: &Settings,
    ) -> Self {
        let (watched, clock) = (Arc::clone(registry), clock.clone());
        let by_instance = settings.instance_metrics;
        all.collect(move |out| {
            let now = Moment {
                wall_ms: 0,
                steady_ms: u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX),
            };
            collect(out, &watched, now, by_instance);
        });
        let bytes = |kind: &str| {
            let what = "Size of list answers as sent";
            all.summary("eureka.server.answer.size", what, "bytes", &[("list", kind)])
        };
        Self {
            requests: std::array::from_fn(|_| std::array::from_fn(|_| OnceLock::new())),
            full_bytes: bytes("full"),
            delta_bytes: bytes("delta"),
            refused: all.counter(
                "eureka.server.unauthorized",
                "Requests without the right credentials",
                &[],
            ),
            registry: all.clone(),
            last_eviction: Mutex::new(None),
        }
    }

    /// Counts an answer.
    pub(crate) fn observe(
        &self,
        operation: Operation,
        status: StatusCode,
        bytes: usize,
        took: Duration,
    ) {
        let code = status.as_u16();
        let at = STATUSES.iter().position(|known| *known == code).unwrap_or(STATUSES.len() - 1);
        let timers = self.requests.get(operation as usize);
        if let Some(timer) = timers.and_then(|by_status| by_status.get(at)) {
            timer.get_or_init(|| self.timer(operation, code)).record(took);
        }
        let size = u64::try_from(bytes).unwrap_or(u64::MAX);
        if operation == Operation::Apps {
            self.full_bytes.record(size);
        } else if operation == Operation::Delta {
            self.delta_bytes.record(size);
        }
    }

    /// Notes that an eviction runs at `now`.
    pub(crate) fn evicting(&self, now: Moment) {
        *self.last_eviction.lock() = Some(now);
    }

    /// When the latest eviction ran.
    pub(crate) fn last_eviction(&self) -> Option<Moment> {
        *self.last_eviction.lock()
    }

    fn timer(&self, operation: Operation, code: u16) -> Timer {
        let (_, method, uri) = Operation::ALL
            .into_iter()
            .find(|(known, ..)| *known == operation)
            .unwrap_or((Operation::Other, "OTHER", "/eureka/**"));
        let outcome = match code {
            200..300 => "SUCCESS",
            300..400 => "REDIRECTION",
            400..500 => "CLIENT_ERROR",
            _ => "SERVER_ERROR",
        };
        let code = code.to_string();
        let tags = [("method", method), ("uri", uri), ("status", &code), ("outcome", outcome)];
        self.registry.timer("http.server.requests", "Requests answered", &tags)
    }
}

/// Reads what the registry knows.
fn collect(out: &mut Collector, registry: &Registry, now: Moment, by_instance: bool) {
    let totals = registry.totals();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let float = |count: u64| count as f64;
    for (name, what, count) in [
        ("eureka.server.renewals", "Renewals accepted", totals.renewals),
        ("eureka.server.registrations", "Registrations", totals.registrations),
        ("eureka.server.cancellations", "Leases cancelled", totals.cancellations),
        ("eureka.server.evictions", "Leases evicted", totals.evictions),
    ] {
        out.counter(name, what, "", &[], float(count));
    }
    let verdict = registry.verdict(now);
    let on = verdict.enabled && !verdict.expiration_enabled;
    for (name, what, value) in [
        (
            "eureka.server.renewals.last.minute",
            "Renewals in the last full minute",
            verdict.renewals_last_minute,
        ),
        (
            "eureka.server.renewals.threshold",
            "Renewals per minute that must be exceeded for leases to expire",
            verdict.threshold,
        ),
        (
            "eureka.server.clients.expected",
            "Clients expected to renew",
            u64::from(verdict.expected_clients),
        ),
        (
            "eureka.server.self.preservation",
            "1 while self-preservation keeps expired leases",
            u64::from(on),
        ),
    ] {
        out.gauge(name, what, "", &[], float(value));
    }
    let counts = registry.counts();
    for status in InstanceStatus::ALL {
        let tags = [("status", status.as_str())];
        let what = "Instances by status";
        out.gauge("eureka.server.registered", what, "", &tags, counts.of(status).into());
    }
    if by_instance {
        for (app, counts) in registry.counts_by_application() {
            for status in InstanceStatus::ALL.into_iter().filter(|s| counts.of(*s) > 0) {
                let tags = [("application", &*app), ("status", status.as_str())];
                let what = "Instances by application and status";
                out.gauge("eureka.server.instances", what, "", &tags, counts.of(status).into());
            }
        }
    }
}
