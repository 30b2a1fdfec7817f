//! A router as what the server hands requests to.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use crate::serve::{Connection, Handler};

/// Answers with a router.
#[derive(Clone, Debug)]
pub struct RouterHandler(Router);

impl RouterHandler {
    /// A handler that answers with `router`.
    #[must_use]
    pub fn new(router: Router) -> Arc<Self> {
        Arc::new(Self(router))
    }
}

impl Handler for RouterHandler {
    type Body = Body;

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Response<Body> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(connection.peer));
        match self.0.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
