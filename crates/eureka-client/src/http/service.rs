//! The client as a service of requests, for `tower` stacks.

use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::Body;
use tower_service::Service;

use super::HttpClient;
use crate::CallError;

type Answering =
    Pin<Box<dyn Future<Output = Result<http::Response<Body>, CallError>> + Send + 'static>>;

impl<B: Into<Body>> Service<http::Request<B>> for HttpClient {
    type Response = http::Response<Body>;
    type Error = CallError;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answering {
        let http = self.clone();
        let request = reqwest::Request::try_from(request);
        Box::pin(async move {
            let request = request.map_err(CallError::Request)?;
            http.execute(request).await.map(Into::into)
        })
    }
}
