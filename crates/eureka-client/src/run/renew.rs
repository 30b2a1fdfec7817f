//! Keeping the lease (CL-2).

use http::StatusCode;
use tokio::time::{sleep, timeout};

use super::{finishing, register_in_turn, unless_stopped};
use crate::ServerError;
use crate::backoff::Backoff;
use crate::client::Inner;
use crate::transport::Ask;

/// Renews once each interval, once a server may know the instance.
pub(super) async fn run(inner: &Inner) {
    if inner.own.is_none() {
        return;
    }
    let interval = inner.renewal_interval;
    let mut backoff = Backoff::new(interval, inner.settings.renewal_backoff_bound);
    loop {
        if unless_stopped(inner, sleep(backoff.delay())).await.is_none() {
            return;
        }
        let Some(outcome) = finishing(inner, timeout(interval, once(inner))).await else { return };
        match outcome {
            Ok(Ok(())) => backoff.reset(),
            Ok(Err(error)) => {
                backoff.reset();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the lease was not renewed"
                );
            }
            Err(_) => {
                backoff.grow();
                tracing::warn!(?interval, "renewing the lease takes longer than its interval");
            }
        }
    }
}

/// One renewal. A server that does not know the instance is told about it at once.
async fn once(inner: &Inner) -> Result<(), ServerError> {
    let Some(own) = &inner.own else { return Ok(()) };
    let _turn = inner.turn.lock().await;
    let ask = {
        let own = own.lock();
        if inner.stop.is_cancelled() || !own.was_sent() {
            return Ok(());
        }
        Ask::Renew {
            app: own.info().app.to_string(),
            id: own.info().id().to_owned(),
            status: own.info().status.as_str(),
            last_dirty: own.info().last_dirty,
        }
    };
    let (server, answer) = inner.registering.ask(&ask).await?;
    match answer.status {
        StatusCode::OK => {
            inner.note(|progress| progress.is_registered = true);
            Ok(())
        }
        StatusCode::NOT_FOUND => {
            tracing::info!(%server, "the server does not know this instance: registering again");
            own.lock().unknown_to_server(inner.wall_ms());
            inner.note(|progress| progress.is_registered = false);
            register_in_turn(inner).await
        }
        status => Err(ServerError::Unexpected { server: server.to_string(), status }),
    }
}
