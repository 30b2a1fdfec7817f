//! `DELETE /eureka/apps/{app}/{id}`: ends a lease.

use http::StatusCode;

use super::reply::{Reply, empty};
use crate::app::App;

impl App {
    /// Answers 200 when a lease was ended, 404 when there was none (section 1.8).
    ///
    /// Source: `InstanceResource#cancelLease`.
    pub(super) fn cancel(&self, app: &str, id: &str) -> Reply {
        let cancelled = self.registry.cancel(app, id, self.now());
        tracing::debug!(app, id, cancelled, "cancel");
        empty(if cancelled { StatusCode::OK } else { StatusCode::NOT_FOUND })
    }
}
