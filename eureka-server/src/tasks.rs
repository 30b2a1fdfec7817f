//! What happens by itself: eviction, housekeeping of the delta, the expected clients and the lists.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use eureka_registry::Compensation;
use service_kit::tasks::TaskSet;
use tokio::time::{self, MissedTickBehavior};

use crate::app::App;

/// Starts them all.
pub fn start(app: &Arc<App>, tasks: &TaskSet) {
    let settings = &app.settings;
    let interval = settings.eviction_interval;
    let mut compensation = Compensation::from_start(app.now());
    let interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
    every(app, tasks, "eviction", interval, move |app| {
        let now = app.now();
        // Renewals may have queued up while this process slept past its interval. Every lease is
        // forgiven that long, or a pause here would read as silence there.
        let lateness_ms = compensation.lateness_ms(now, interval_ms);
        app.metrics.evicting(now);
        let evicted = app.registry.evict(now, lateness_ms, seed(now.wall_ms, now.steady_ms));
        if evicted > 0 {
            tracing::info!(evicted, lateness_ms, "evicted expired leases");
        }
        async {}
    });
    every(app, tasks, "delta retention", settings.delta_interval, |app| {
        app.registry.expire_changes(app.now());
        async {}
    });
    every(app, tasks, "expected clients", settings.threshold_interval, |app| {
        app.registry.correct_expected_clients();
        async {}
    });
    every(app, tasks, "lists", settings.list_lifetime, |app| async move {
        app.lists.tidy(true).await;
    });
}

/// Calls `work` every `interval`, the first time one interval from now, until the tasks stop.
fn every<F, W>(app: &Arc<App>, tasks: &TaskSet, name: &'static str, interval: Duration, mut work: F)
where
    F: FnMut(Arc<App>) -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let (app, stop) = (Arc::clone(app), tasks.stop_token());
    tasks.run(name, async move {
        let mut ticks = time::interval_at(time::Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            work(Arc::clone(&app)).await;
        }
    });
}

/// The choice among expired leases need not be secret, only different each time.
const fn seed(wall_ms: i64, steady_ms: u64) -> u64 {
    wall_ms.cast_unsigned().rotate_left(32) ^ steady_ms
}
