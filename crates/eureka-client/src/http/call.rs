//! A call in the making.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, RequestBuilder, Response};
use serde::Serialize;

use super::HttpClient;
use crate::CallError;

/// A call in the making; sent by [`Call::send`].
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct Call {
    http: HttpClient,
    request: RequestBuilder,
}

impl Call {
    pub(super) const fn new(http: HttpClient, request: RequestBuilder) -> Self {
        Self { http, request }
    }

    /// Changes the request by any method of [`reqwest::RequestBuilder`].
    pub fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { request: change(self.request), ..self }
    }

    /// Adds a header.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.with(|request| request.header(name, value))
    }

    /// Adds headers, replacing those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|request| request.headers(headers))
    }

    /// Makes the request safe to repeat: the service does it once for this key.
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Adds pairs to the query.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.with(|request| request.query(query))
    }

    /// Sends a body. A stream is sent once, whatever happens.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|request| request.body(body))
    }

    /// Sends `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.with(|request| request.json(value))
    }

    /// Longest time until the answer begins, with all tries.
    pub fn timeout(self, total: Duration) -> Self {
        self.with(|request| request.timeout(total))
    }

    /// Makes the call; see [`HttpClient::execute`].
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(self) -> Result<Response, CallError> {
        let request = self.request.build().map_err(CallError::Request)?;
        self.http.execute(request).await
    }
}
