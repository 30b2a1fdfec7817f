//! Requests that may take long.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// A handler that takes this is not ended by the time limit of requests: it works through a file,
/// and is bounded by that.
#[derive(Clone, Debug, Default)]
pub struct Unhurried(Arc<AtomicBool>);

/// The limit came first.
pub(super) struct Expired;

impl<S: Sync> FromRequestParts<S> for Unhurried {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let own = parts.extensions.get::<Self>().cloned().unwrap_or_default();
        own.0.store(true, Ordering::Relaxed);
        Ok(own)
    }
}

impl Unhurried {
    /// What `answer` gives within `limit`, or later if the handler took this.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        answer: impl Future<Output = T>,
    ) -> Result<T, Expired> {
        let mut answer = pin!(answer);
        if let Ok(answer) = tokio::time::timeout(limit, &mut answer).await {
            return Ok(answer);
        }
        if self.0.load(Ordering::Relaxed) { Ok(answer.await) } else { Err(Expired) }
    }
}
