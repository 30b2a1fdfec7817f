//! The configuration read again while requests come (BY-6).
//!
//! Files are looked at in intervals rather than watched: a look sees every way in which a file can
//! change, links of Kubernetes and network disks included, and costs a few system calls a second.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use gateway_routing::Node;
use parking_lot::Mutex;
use service_kit::config::{Config, ConfigErrors, Reader, Stamps};
use service_kit::health::{Component, Report, Status};
use tokio_util::sync::CancellationToken;

use crate::config::{Definition, SettingsError};
use crate::routes::Routes;

/// A file that changes is read once it stays the same for this long.
const SETTLED: Duration = Duration::from_millis(50);
/// Looks until a file that never stays the same is read all the same.
const LOOKS_MAX: u32 = 40;

/// Beginnings of keys that have effect without a restart; everything else is read once.
const LIVE: [&str; 17] = [
    "gateway.allow",
    "gateway.compat.",
    "gateway.edit.",
    "gateway.errors.",
    "gateway.firewall",
    "gateway.in-flight.",
    "gateway.lb.",
    "gateway.merge-slashes",
    "gateway.request-body.",
    "gateway.request-timeout",
    "gateway.retry.b",
    "gateway.retry.transparent",
    "gateway.security.forward-claims",
    "gateway.security.rules.",
    "gateway.stream-idle-timeout",
    "gateway.trusted-proxies",
    "spring.webflux.base-path",
];
/// Exceptions among them: what all requests share is made at the start.
const NOT_LIVE: [&str; 1] = ["gateway.retry.bodies-max"];
/// Parts of the gateway's tree that are read once.
const READ_ONCE: [&str; 4] =
    ["metrics", "observability", "redis-rate-limiter", "filter.local-response-cache"];
/// Trees of other programs that are read once.
const TREES_READ_ONCE: [&str; 2] = ["spring.data.redis", "spring.redis"];

/// Why a configuration is not taken over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReloadError {
    /// It cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// Its routes cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Reads the configuration again, and puts it into use.
#[derive(Debug)]
pub(crate) struct Reload {
    reader: Reader,
    /// What the process began with: what is read once is compared with it.
    first: (Config, Node),
    latest: ArcSwap<Config>,
    routes: Arc<Routes>,
    outcome: Mutex<Outcome>,
    component: Component,
}

/// What came of the last reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Lines of faults; the configuration before is in use.
    pub(crate) faults: Vec<String>,
    /// Keys that were changed and wait for a restart.
    pub(crate) waiting: Vec<String>,
}

impl Reload {
    /// Reads again with `reader`, which made `config`, for `routes`; tells `component` how it is.
    pub(crate) fn new(
        reader: Reader,
        config: &Config,
        routes: Arc<Routes>,
        component: Component,
    ) -> Self {
        let tree = routes.now().definition.gateway.tree.clone();
        let first = (config.clone(), tree);
        let latest = ArcSwap::from_pointee(config.clone());
        Self { reader, first, latest, routes, outcome: Mutex::default(), component }
    }

    /// The configuration that was read last without a fault.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.latest.load_full()
    }

    /// What came of the last reading.
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.lock().clone()
    }

    /// Reads everything now. Faults leave all as it was; they are logged and part of health.
    ///
    /// # Errors
    /// The same faults.
    pub(crate) fn read(&self) -> Result<(), ReloadError> {
        let mut outcome = self.outcome.lock();
        match self.take_over() {
            Ok(waiting) => {
                let generation = self.routes.now().generation;
                tracing::info!(generation, "the configuration was read again");
                if !waiting.is_empty() && outcome.waiting != waiting {
                    let keys = waiting.join(", ");
                    tracing::warn!("changed, and without effect until a restart: {keys}");
                }
                let mut report = Report::up().with("generation", generation);
                if !waiting.is_empty() {
                    report = report.with("waitForRestart", waiting.clone());
                }
                self.component.report(report);
                *outcome = Outcome { faults: Vec::new(), waiting };
                Ok(())
            }
            Err(error) => {
                let faults: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
                for fault in &faults {
                    tracing::error!("the configuration before stays in use: {fault}");
                }
                // It serves as well as before: no reason to be taken out.
                let mut report = Report::up().with("faults", faults.clone());
                report.status = Status::Unknown;
                self.component.report(report);
                outcome.faults = faults;
                Err(error)
            }
        }
    }

    fn take_over(&self) -> Result<Vec<String>, ReloadError> {
        let config = self.reader.load()?;
        let (definition, warnings) = Definition::read(&config)?;
        let waiting = self.waiting(&config, &definition.gateway.tree);
        let more = self.routes.replace(definition)?;
        for warning in config.warnings().iter().chain(&warnings).chain(&more) {
            tracing::warn!("{warning}");
        }
        self.latest.store(Arc::new(config));
        Ok(waiting)
    }

    fn waiting(&self, config: &Config, tree: &Node) -> Vec<String> {
        let (first, first_tree) = &self.first;
        let is_live = |key: &String| {
            LIVE.iter().any(|live| key.starts_with(live)) && !NOT_LIVE.contains(&key.as_str())
        };
        let mut keys = first.differences(config);
        keys.retain(|key| !is_live(key));
        let differs = |path: &&&str| match (first_tree.get(path), tree.get(path)) {
            (Some(one), Some(other)) => !one.says_the_same(other),
            (one, other) => one.is_some() != other.is_some(),
        };
        let parts = READ_ONCE.iter().filter(differs);
        keys.extend(parts.map(|path| format!("spring.cloud.gateway.{path}")));
        let values = |config: &Config, tree: &str| -> Vec<(String, String)> {
            let found = config.tree(&format!("{tree}.*")).into_iter();
            found.map(|one| (one.path, one.value)).collect()
        };
        let trees = TREES_READ_ONCE.into_iter();
        let trees = trees.filter(|tree| values(first, tree) != values(config, tree));
        keys.extend(trees.map(str::to_owned));
        keys
    }

    /// Looks at the files every `interval` until `stop`, and reads them when they are others.
    pub(crate) async fn follow(self: Arc<Self>, interval: Duration, stop: CancellationToken) {
        if interval.is_zero() {
            return stop.cancelled().await;
        }
        let mut known = self.look().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(interval) => {}
            }
            let mut now = self.look().await;
            if now == known {
                continue;
            }
            for _ in 0..LOOKS_MAX {
                tokio::time::sleep(SETTLED).await;
                let later = self.look().await;
                if later == now {
                    break;
                }
                now = later;
            }
            let own = Arc::clone(&self);
            // Large files take a while to compile; what is served by this thread goes on.
            let _ = tokio::task::spawn_blocking(move || own.read()).await;
            // A reading may look at files that no earlier one knew. One that changed meanwhile is
            // read again next time.
            known = match (self.look().await, now) {
                (Some(after), Some(now)) if after.extends(&now) => Some(after),
                (_, now) => now,
            };
        }
    }

    /// `None` if the look itself failed, which no file is to blame for.
    async fn look(self: &Arc<Self>) -> Option<Stamps> {
        let own = Arc::clone(self);
        tokio::task::spawn_blocking(move || own.reader.stamps()).await.ok()
    }
}
