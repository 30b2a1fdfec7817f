//! Telling the servers when the own instance changed (CL-3, CL-4).

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::{finishing, register_in_turn};
use crate::backoff::Backoff;
use crate::client::Inner;
use crate::token_bucket::TokenBucket;
use crate::{Clock, ServerError};

/// Changes of status that are told at once before the limit begins.
const BURST: u32 = 2;
/// Pause after the first failed registration; it doubles up to the interval.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Looks once each interval, and at once when the own status changed.
pub(super) async fn run(inner: &Inner) {
    if inner.own.is_none() {
        return;
    }
    let interval = inner.settings.replication_interval;
    let clock: &dyn Clock = &*inner.directory.clock;
    // Twice as often as the regular look (CL-4).
    let mut bucket = TokenBucket::new(BURST, interval / 2, clock.monotonic_ms());
    let mut retry = Backoff::up_to(FIRST_RETRY, interval);
    let mut due = Instant::now() + inner.settings.initial_replication_delay;
    while wait(inner, &mut bucket, due).await {
        let Some(outcome) = finishing(inner, timeout(interval, once(inner))).await else { return };
        let delay = match outcome {
            Ok(Ok(())) => {
                retry.reset();
                interval
            }
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the instance was not registered");
                grown(&mut retry)
            }
            Err(_) => {
                tracing::warn!(?interval, "registering takes longer than its interval");
                grown(&mut retry)
            }
        };
        due = Instant::now() + delay;
    }
}

fn grown(retry: &mut Backoff) -> Duration {
    let delay = retry.delay();
    retry.grow();
    delay
}

/// Waits until a look is due or wanted; false once the client is told to stop.
async fn wait(inner: &Inner, bucket: &mut TokenBucket, due: Instant) -> bool {
    loop {
        tokio::select! {
            biased;
            () = inner.stop.cancelled() => return false,
            () = sleep_until(due) => return true,
            () = inner.wake.notified() => {
                let now = inner.directory.clock.monotonic_ms();
                if inner.settings.on_demand_updates && bucket.take(now) {
                    return true;
                }
            }
        }
    }
}

/// One look: asks for the own health, then tells what changed.
async fn once(inner: &Inner) -> Result<(), ServerError> {
    let Some(own) = &inner.own else { return Ok(()) };
    if let Some(health) = &inner.health {
        let status = own.lock().info().status;
        // Who is not ready yet is not asked: its parts may be fine and its door still closed.
        if !own.lock().is_starting() {
            let asked = health.ask(status);
            // What was set meanwhile is newer than what was asked for.
            let mut own = own.lock();
            if own.info().status == status {
                own.set_status(asked, inner.wall_ms());
            }
        }
    }
    // Whoever has the turn may be telling it right now.
    let _turn = inner.turn.lock().await;
    let is_dirty = own.lock().is_dirty();
    if is_dirty { register_in_turn(inner).await } else { Ok(()) }
}
