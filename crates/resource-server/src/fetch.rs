//! Documents of providers over HTTP.

use std::fmt::{self, Debug};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest time for a document, from the first try to its last byte.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
/// Redirects that are followed, all of them on the host that was asked.
const REDIRECTS_MAX: usize = 3;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Connecting, sending or receiving failed, or took too long.
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    /// It answered with something else than 200; a redirect to another host is one such answer.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// The document is larger than one may be.
    #[error("its answer is too large")]
    TooLarge,
}

/// What a fetch comes to.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send + 'a>>;

/// Fetches documents. Programs use [`HttpFetch`].
pub trait Fetch: Debug + Send + Sync {
    /// The document at `url`, of `bytes_max` bytes at most.
    fn get<'a>(&'a self, url: &'a Url, bytes_max: usize) -> Fetching<'a>;
}

/// Why the HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HttpFetchError {
    /// There is no certificate in the PEM text, or a damaged one.
    #[error("there is no certificate in PEM format, or a damaged one")]
    Pem,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[from] reqwest::Error),
}

/// A form for [`HttpFetch::post`].
#[derive(Clone)]
pub struct Form {
    /// As `application/x-www-form-urlencoded`.
    pub body: String,
    /// Value of `Authorization`; marked as sensitive.
    pub authorization: Option<HeaderValue>,
}

/// Fetches over HTTP/1.1, with TLS that trusts what the operating system trusts. Bounded in time
/// and size; redirects are followed on the same scheme, host and port only (JW-20, HO-9).
#[derive(Clone, Debug)]
pub struct HttpFetch {
    gets: reqwest::Client,
    posts: reqwest::Client,
}

impl HttpFetch {
    /// A client that trusts the certificates in the PEM texts `roots` as well.
    ///
    /// # Errors
    /// A text holds no certificate, or TLS cannot be set up.
    pub fn new(roots: &[Vec<u8>]) -> Result<Self, HttpFetchError> {
        let tls = tls(roots)?;
        let client = |redirects: Policy| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(TOTAL_TIMEOUT)
                .redirect(redirects)
                .retry(reqwest::retry::never())
                .pool_max_idle_per_host(1)
                .no_gzip()
                .no_proxy()
                .user_agent(concat!("resource-server/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        let same_origin = Policy::custom(|attempt| {
            let first = attempt.previous().first().map(Url::origin);
            let is_same = first.is_some_and(|first| first == attempt.url().origin());
            let may = is_same && attempt.previous().len() <= REDIRECTS_MAX;
            if may { attempt.follow() } else { attempt.stop() }
        });
        Ok(Self { gets: client(same_origin)?, posts: client(Policy::none())? })
    }
}

impl HttpFetch {
    /// What `url` answers to a form, whatever its status; of `bytes_max` bytes at most. Redirects
    /// are not followed with a form that may hold a secret: they count as answers.
    ///
    /// # Errors
    /// There is no answer, or one that is too large.
    pub async fn post(
        &self,
        url: &Url,
        form: &Form,
        bytes_max: usize,
    ) -> Result<(StatusCode, Bytes), FetchError> {
        let mut request = self.posts.post(url.clone()).header(ACCEPT, "application/json");
        if let Some(authorization) = &form.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.body(form.body.clone()).send().await.map_err(failed)?;
        let status = response.status();
        Ok((status, read(response, bytes_max).await?))
    }
}

impl Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

impl Fetch for HttpFetch {
    fn get<'a>(&'a self, url: &'a Url, bytes_max: usize) -> Fetching<'a> {
        Box::pin(async move {
            let request = self.gets.get(url.clone()).header(ACCEPT, "application/json");
            let response = request.send().await.map_err(failed)?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status()));
            }
            read(response, bytes_max).await
        })
    }
}

fn failed(error: reqwest::Error) -> FetchError {
    FetchError::Failed(error.without_url())
}

async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<Bytes, FetchError> {
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        if body.len() + piece.len() > bytes_max {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

fn tls(roots: &[Vec<u8>]) -> Result<ClientConfig, HttpFetchError> {
    let mut store = RootCertStore::empty();
    // Systems ship certificates that rustls refuses; one without any only reaches private ones.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for pem in roots {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let found = read.map_err(|_| HttpFetchError::Pem)?;
        if found.is_empty() {
            return Err(HttpFetchError::Pem);
        }
        for root in found {
            store.add(root)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth())
}
