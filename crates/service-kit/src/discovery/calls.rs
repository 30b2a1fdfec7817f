//! Calls to other services, from which both sides and their traces can be told (H-17).

use eureka_client::{Call, HttpClient};
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, Method};

use crate::web::TraceContext;

/// Calls services by name, as [`HttpClient`] does, and says who calls: `X-Service-Name` is this
/// service, `traceparent` goes on from the request that the current task answers. A task that was
/// spawned from a handler answers none; see [`TraceContext::scope`].
///
/// ```no_run
/// use service_kit::discovery::{Calls, eureka_client::Client};
///
/// # async fn call(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let calls = Calls::new(client.http(), "order-service")?;
/// let product = calls.get("http://product-service/products/1").send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Calls {
    http: HttpClient,
    service: HeaderValue,
}

impl Calls {
    /// Calls made by the service of this name, which is its `spring.application.name`.
    ///
    /// # Errors
    /// The name cannot stand in a header.
    pub fn new(http: HttpClient, service: &str) -> Result<Self, InvalidHeaderValue> {
        Ok(Self { http, service: HeaderValue::from_str(service)? })
    }

    /// Begins a call; `url` names the service as its host.
    pub fn request(&self, method: Method, url: &str) -> Call {
        let mut headers = HeaderMap::with_capacity(2);
        headers.insert("x-service-name", self.service.clone());
        if let Some(context) = TraceContext::current() {
            headers.insert("traceparent", context.traceparent());
        }
        self.http.request(method, url).headers(headers)
    }

    /// Begins a `GET`.
    pub fn get(&self, url: &str) -> Call {
        self.request(Method::GET, url)
    }

    /// Begins a `HEAD`.
    pub fn head(&self, url: &str) -> Call {
        self.request(Method::HEAD, url)
    }

    /// Begins a `POST`.
    pub fn post(&self, url: &str) -> Call {
        self.request(Method::POST, url)
    }

    /// Begins a `PUT`.
    pub fn put(&self, url: &str) -> Call {
        self.request(Method::PUT, url)
    }

    /// Begins a `PATCH`.
    pub fn patch(&self, url: &str) -> Call {
        self.request(Method::PATCH, url)
    }

    /// Begins a `DELETE`.
    pub fn delete(&self, url: &str) -> Call {
        self.request(Method::DELETE, url)
    }
}

#[cfg(test)]
mod tests {
    use eureka_client::{Client, Mode};

    use super::*;

    fn calls() -> Calls {
        let client = Client::builder().server("http://localhost:1/eureka/").mode(Mode::FetchOnly);
        Calls::new(client.build().unwrap().http(), "order-service").unwrap()
    }

    /// The headers that a call is sent with.
    fn sent(call: Call) -> HeaderMap {
        let mut seen = HeaderMap::new();
        let _ = call.with(|request| {
            seen = request.try_clone().unwrap().build().unwrap().headers().clone();
            request
        });
        seen
    }

    #[tokio::test]
    async fn a_call_says_who_calls_and_on_whose_behalf() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let incoming = HeaderMap::from_iter([(
            http::HeaderName::from_static("traceparent"),
            HeaderValue::from_static(parent),
        )]);
        let context = TraceContext::of(&incoming);
        let calls = calls();

        let headers = context.scope(async { sent(calls.post("http://product-service/x")) }).await;

        assert_eq!(headers["x-service-name"], "order-service");
        assert_eq!(headers["traceparent"], context.traceparent());
        assert!(headers["traceparent"].to_str().unwrap().starts_with(&parent[..36]));
    }

    #[tokio::test]
    async fn outside_of_a_request_there_is_no_trace_to_go_on() {
        let headers = sent(calls().get("http://product-service/x"));
        assert_eq!((headers.get("traceparent"), headers.len()), (None, 1));
    }

    #[test]
    fn a_name_that_is_no_header_is_refused() {
        let client = Client::builder().server("http://localhost:1/eureka/").mode(Mode::FetchOnly);
        assert!(Calls::new(client.build().unwrap().http(), "a\nb").is_err());
    }
}
