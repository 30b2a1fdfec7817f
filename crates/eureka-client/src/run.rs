//! The loops: thin shells that wait, ask the servers, and hand the answers to the pure parts.

mod fetch;
mod renew;
mod replicate;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::StatusCode;
use tokio::time::{sleep, timeout};

use crate::client::Inner;
use crate::transport::Ask;
use crate::{RunError, ServerError};

/// Runs all loops until the client is told to stop.
pub(crate) async fn run(inner: &Inner) -> Result<(), RunError> {
    let _running = Running::begin(&inner.is_running).ok_or(RunError::AlreadyRunning)?;
    if inner.settings.require_registry && inner.settings.mode.fetches() {
        match unless_stopped(inner, fetch::once(inner)).await {
            None => return Ok(()),
            Some(outcome) => outcome.map(|_| ()).map_err(RunError::NoRegistry)?,
        }
    }
    if inner.settings.require_registration && inner.own.is_some() {
        match unless_stopped(inner, register(inner)).await {
            None => return Ok(()),
            Some(outcome) => outcome.map_err(RunError::NotRegistered)?,
        }
    }
    tokio::join!(fetch::run(inner), renew::run(inner), replicate::run(inner));
    Ok(())
}

/// Says that the loops run, until dropped.
struct Running<'a>(&'a AtomicBool);

impl<'a> Running<'a> {
    fn begin(flag: &'a AtomicBool) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then_some(Self(flag))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The outcome of `work`; `None`, and `work` dropped, once the client is told to stop.
async fn unless_stopped<T>(inner: &Inner, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = inner.stop.cancelled() => None,
        outcome = work => Some(outcome),
    }
}

/// The outcome of `work`, which tells the servers about the own instance: a request that is on its
/// way gets some time to end after the stop, so that it does not overtake the one that leaves.
async fn finishing<T>(inner: &Inner, work: impl Future<Output = T>) -> Option<T> {
    let too_late = async {
        inner.stop.cancelled().await;
        sleep(grace(inner)).await;
    };
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = too_late => None,
    }
}

/// How long leaving waits for a request on its way: half of the time it has.
fn grace(inner: &Inner) -> Duration {
    inner.settings.shutdown_timeout / 2
}

/// Registers the own instance, unless the client is stopping. Only 204 is success (CL-1).
async fn register(inner: &Inner) -> Result<(), ServerError> {
    let _turn = inner.turn.lock().await;
    register_in_turn(inner).await
}

/// As [`register`], for who has the turn already.
async fn register_in_turn(inner: &Inner) -> Result<(), ServerError> {
    let Some(own) = &inner.own else { return Ok(()) };
    if inner.stop.is_cancelled() {
        return Ok(());
    }
    let outgoing = own.lock().outgoing();
    let ask = Ask::Register { app: outgoing.app, body: outgoing.body };
    let (server, answer) = inner.registering.ask(&ask).await?;
    let accepted = answer.status == StatusCode::NO_CONTENT;
    own.lock().sent(outgoing.last_dirty);
    inner.note(|progress| progress.is_registered = accepted);
    if accepted {
        tracing::info!(%server, "registered");
        return Ok(());
    }
    Err(ServerError::Unexpected { server: server.to_string(), status: answer.status })
}

/// Leaves: see [`Client::shutdown`](crate::Client::shutdown).
pub(crate) async fn shutdown(inner: &Inner) -> Result<(), ServerError> {
    inner.stop.cancel();
    let Some(own) = &inner.own else { return Ok(()) };
    // Nobody may be driving the loops any more: do not wait for long.
    let _turn = timeout(grace(inner), inner.turn.lock()).await;
    let Some((app, id)) = own.lock().leave(inner.wall_ms()) else { return Ok(()) };
    inner.note(|progress| progress.is_registered = false);
    if !inner.settings.unregister_on_shutdown {
        return Ok(());
    }
    let ask = Ask::Cancel { app, id };
    match timeout(grace(inner), inner.registering.ask(&ask)).await {
        Ok(Ok((server, _))) => {
            tracing::info!(%server, "unregistered");
            Ok(())
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(ServerError::TooLong(grace(inner))),
    }
}
