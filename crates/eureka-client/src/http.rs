//! Calls to services by name: resolve, balance, time out, try again elsewhere (H-18).

mod answer;
mod budget;
mod call;
mod outcome;
mod service;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use reqwest::{Request, Response};
use rustls::ClientConfig;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

pub use call::Call;

use crate::directory::Directory;
use crate::instance::in_url;
use crate::random::between;
use crate::{BuildError, CallError, Endpoint, HttpSettings};
use budget::RetryBudget;
use outcome::{Failure, Outcome, is_repeatable};

/// Calls services by the names they register under. Made by [`Client::http`](crate::Client::http);
/// clones share connections and budget.
///
/// A URL such as `http://product-service/products/1` is resolved to an instance behind the virtual
/// address, else of the application, `product-service`; a port in it means nothing. `https` asks
/// for the secure port. Everything else of the request is passed on as it is.
///
/// What never reached an instance is tried again on another. What may have reached one is tried
/// again only if that is safe, which is a `GET`, a `HEAD`, or a request with an `Idempotency-Key`,
/// and only within a budget. A body that is a stream is sent once. Small answers and JSON documents
/// to requests that may be repeated are read before they are handed out, so that an instance that
/// dies in the middle of one goes unnoticed. Redirects are not followed.
///
/// It is a [`tower_service::Service`] of [`http::Request`]s as well.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    directory: Arc<Directory>,
    http: reqwest::Client,
    settings: HttpSettings,
    budget: RetryBudget,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl HttpClient {
    pub(crate) fn new(
        directory: Arc<Directory>,
        settings: &HttpSettings,
        tls: ClientConfig,
    ) -> Result<Self, BuildError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.total_timeout)
            .pool_max_idle_per_host(settings.idle_connections_max)
            .pool_idle_timeout(settings.idle_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_gzip()
            .no_proxy()
            .build()
            .map_err(BuildError::Http)?;
        let settings = settings.clone();
        let budget = RetryBudget::new(settings.retry_percent, settings.retry_reserve);
        Ok(Self { inner: Arc::new(Inner { directory, http, settings, budget }) })
    }

    /// Begins a call; `url` as described at [`HttpClient`].
    pub fn request(&self, method: Method, url: &str) -> Call {
        Call::new(self.clone(), self.inner.http.request(method, url))
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

    /// Makes a call. A time-out of `request` itself replaces the total one of the settings.
    ///
    /// Any status is an answer; 502, 503 and 504 are the answer once no retry is left.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn execute(&self, request: Request) -> Result<Response, CallError> {
        let total = request.timeout().copied().unwrap_or(self.inner.settings.total_timeout);
        let service = request.url().host_str().ok_or(CallError::NoService)?.to_owned();
        self.inner.budget.deposit();
        let campaign = Campaign {
            inner: &self.inner,
            is_repeatable: is_repeatable(&request),
            service,
            deadline: Instant::now() + total,
            tried: Vec::new(),
            tries: 0,
        };
        campaign.run(request).await
    }
}

/// All tries of one call.
struct Campaign<'a> {
    inner: &'a Inner,
    service: String,
    is_repeatable: bool,
    deadline: Instant,
    /// Instances that need not be tried again.
    tried: Vec<Arc<Endpoint>>,
    tries: u32,
}

impl Campaign<'_> {
    async fn run(mut self, mut request: Request) -> Result<Response, CallError> {
        let secure = request.url().scheme() == "https";
        let Some((mut endpoint, mut url)) = self.choose(secure, request.url()) else {
            return Err(CallError::NoInstance { service: self.service });
        };
        loop {
            // A stream cannot be copied: it is sent once.
            let copy = request.try_clone();
            *request.url_mut() = url;
            let outcome = self.attempt(&endpoint, request).await;
            self.tried.push(endpoint);
            let Some(failure) = outcome.failure() else { return self.end(outcome) };
            tracing::debug!(service = self.service, tries = self.tries, ?failure, "a try failed");
            let Some(next) = copy.filter(|_| self.may_retry(failure)) else {
                return self.end(outcome);
            };
            if !self.has_another(secure) {
                if failure != Failure::Connect {
                    return self.end(outcome);
                }
                // Nobody else to ask; perhaps it only restarts.
                self.tried.clear();
            }
            let pause = self.pause();
            let is_paid = failure == Failure::Connect || self.inner.budget.withdraw();
            if !is_paid || self.left() <= pause {
                return self.end(outcome);
            }
            sleep(pause).await;
            let Some(chosen) = self.choose(secure, next.url()) else { return self.end(outcome) };
            (endpoint, url) = chosen;
            request = next;
        }
    }

    fn may_retry(&self, failure: Failure) -> bool {
        self.tries <= self.inner.settings.retries_max && failure.may_repeat(self.is_repeatable)
    }

    fn has_another(&self, secure: bool) -> bool {
        let Inner { directory, settings, .. } = self.inner;
        directory.pick(&self.service, secure, &*settings.balance, &self.tried).is_some()
    }

    /// The instance for the next try, and where on it.
    fn choose(&mut self, secure: bool, url: &Url) -> Option<(Arc<Endpoint>, Url)> {
        let Inner { directory, settings, .. } = self.inner;
        loop {
            let endpoint =
                directory.pick(&self.service, secure, &*settings.balance, &self.tried)?;
            if let Some(url) = aimed(url, &endpoint, settings.prefer_ip) {
                return Some((endpoint, url));
            }
            // It takes no such calls.
            self.tried.push(endpoint);
        }
    }

    fn pause(&self) -> Duration {
        let Inner { directory, settings, .. } = self.inner;
        between(&*directory.random, settings.pause_min, settings.pause_max)
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn attempt(&mut self, endpoint: &Arc<Endpoint>, mut request: Request) -> Outcome {
        self.tries += 1;
        let Inner { directory, http, settings, .. } = self.inner;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let most = if is_read { settings.read_try_timeout } else { settings.write_try_timeout };
        // The tries are timed here; the request's own time-out would cut long bodies off.
        *request.timeout_mut() = None;
        let call = endpoint.call();
        let is_repeatable = self.is_repeatable;
        let sending = async {
            let response = http.execute(request).await?;
            if is_repeatable { answer::read_if_small(response).await } else { Ok(response) }
        };
        let outcome = match timeout(most.min(self.left()), sending).await {
            Ok(Ok(response)) => Outcome::Answer(response),
            Ok(Err(error)) => Outcome::Error(error.without_url()),
            Err(_) => Outcome::Silence,
        };
        match outcome.failure() {
            None => call.succeeded(),
            Some(Failure::Request) => {}
            Some(_) => {
                if call.failed(settings.ejection, &*directory.clock) {
                    tracing::warn!(?endpoint, "an instance keeps failing and is left out");
                }
            }
        }
        outcome
    }

    fn end(self, outcome: Outcome) -> Result<Response, CallError> {
        let Self { service, tries, .. } = self;
        match outcome {
            Outcome::Answer(response) => Ok(response),
            Outcome::Error(source) if source.is_builder() => Err(CallError::Request(source)),
            Outcome::Error(source) => Err(CallError::Failed { service, tries, source }),
            Outcome::Silence => Err(CallError::TimedOut { service, tries }),
        }
    }
}

/// `url` on an instance: its host and port for the name of the service. `http` becomes `https`
/// where the instance has nothing else.
fn aimed(url: &Url, endpoint: &Endpoint, prefer_ip: bool) -> Option<Url> {
    let secure = url.scheme() == "https" || endpoint.port(false).is_none();
    let port = endpoint.port(secure)?;
    let info = endpoint.info();
    let host = if prefer_ip { &info.ip_addr } else { &info.host_name };
    let mut aimed = url.clone();
    aimed.set_scheme(if secure { "https" } else { "http" }).ok()?;
    aimed.set_host(Some(&in_url(host))).ok()?;
    aimed.set_port(Some(port)).ok()?;
    Some(aimed)
}

#[cfg(test)]
mod tests {
    use eureka_wire::{InstanceInfo, Port};

    use super::*;

    fn at(info: InstanceInfo, url: &str) -> Option<String> {
        let endpoint = Endpoint::new(info, None, "weight");
        aimed(&Url::parse(url).unwrap(), &endpoint, false).map(|url| url.to_string())
    }

    #[test]
    fn only_the_place_of_the_url_changes() {
        let info = || InstanceInfo {
            host_name: "h1".into(),
            port: Port { number: 8081, enabled: true },
            secure_port: Port { number: 8443, enabled: false },
            ..InstanceInfo::empty(0)
        };
        let url = "http://product-service:99/a%20b?x=%2F#f";
        assert_eq!(at(info(), url).unwrap(), "http://h1:8081/a%20b?x=%2F#f");
        assert_eq!(at(info(), "https://product-service/"), None);

        let mut secure = info();
        secure.secure_port.enabled = true;
        assert_eq!(at(secure.clone(), "https://s/").unwrap(), "https://h1:8443/");
        assert_eq!(at(secure.clone(), "http://s/").unwrap(), "http://h1:8081/");
        secure.port.enabled = false;
        assert_eq!(at(secure, "http://s/").unwrap(), "https://h1:8443/");
    }

    #[test]
    fn addresses_of_version_6_stand_in_brackets_and_names_that_are_none_are_left_out() {
        let info = InstanceInfo { host_name: "fe80::1".into(), ..InstanceInfo::empty(0) };
        assert_eq!(at(info, "http://s/").unwrap(), "http://[fe80::1]:7001/");
        let info = InstanceInfo { host_name: "a b".into(), ..InstanceInfo::empty(0) };
        assert_eq!(at(info, "http://s/"), None);
    }
}
