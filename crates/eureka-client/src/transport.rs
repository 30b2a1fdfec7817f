//! One request to one discovery server.

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{Method, StatusCode};
use rustls::ClientConfig;
use url::Url;

use crate::{BuildError, Server, Settings};

/// Largest answer that is read, in bytes once decompressed: some 100,000 instances.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Largest answer whose content nobody looks at.
const IGNORED_BYTES_MAX: usize = 64 * 1024;

/// What a discovery server is asked.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// Register; the encoded instance.
    Register { app: String, body: Bytes },
    /// Renew the lease.
    Renew { app: String, id: String, status: &'static str, last_dirty: i64 },
    /// Leave.
    Cancel { app: String, id: String },
    /// The whole registry.
    Full,
    /// What changed lately.
    Delta,
    /// The instances behind a virtual address.
    Vip(String),
}

impl Ask {
    /// Whether an answer of `status` counts; any other means to ask another server (TR-4).
    pub(crate) fn accepts(&self, status: StatusCode) -> bool {
        if status.is_success() || status == StatusCode::FOUND {
            return true;
        }
        match self {
            Self::Register { .. } | Self::Renew { .. } => status == StatusCode::NOT_FOUND,
            Self::Cancel { .. } => true,
            Self::Delta => matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
            Self::Full | Self::Vip(_) => false,
        }
    }

    const fn is_query(&self) -> bool {
        matches!(self, Self::Full | Self::Delta | Self::Vip(_))
    }

    const fn method(&self) -> Method {
        match self {
            Self::Register { .. } => Method::POST,
            Self::Renew { .. } => Method::PUT,
            Self::Cancel { .. } => Method::DELETE,
            Self::Full | Self::Delta | Self::Vip(_) => Method::GET,
        }
    }

    /// Where on `server` it is asked.
    fn url(&self, server: &Server, regions: &str) -> Url {
        let mut url = server.url().clone();
        // Only a URL without authority has no segments; a server always has one.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            match self {
                Self::Register { app, .. } => path.extend(["apps", app]),
                Self::Renew { app, id, .. } | Self::Cancel { app, id } => {
                    path.extend(["apps", app, id])
                }
                Self::Full => path.extend(["apps", ""]),
                Self::Delta => path.extend(["apps", "delta"]),
                Self::Vip(name) => path.extend(["vips", name]),
            };
        }
        if let Self::Renew { status, last_dirty, .. } = self {
            url.set_query(Some(&format!("status={status}&lastDirtyTimestamp={last_dirty}")));
        } else if matches!(self, Self::Full | Self::Delta) && !regions.is_empty() {
            url.query_pairs_mut().append_pair("regions", regions);
        }
        url
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    /// Empty unless a list was asked for.
    pub(crate) body: Bytes,
}

/// Why nothing came back, or nothing that counts.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Connecting, sending or receiving failed.
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    /// It answered, but so that another server must be asked.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// Its answer is larger than any registry.
    #[error("its answer is too large")]
    TooLarge,
    /// It sent to another server, and that to yet another, and so on, or nowhere.
    #[error("it redirected too often or to no registry")]
    Redirect,
}

/// The HTTP client for discovery servers.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    regions: String,
    compact: bool,
    allows_redirects: bool,
}

impl Transport {
    pub(crate) fn new(settings: &Settings, tls: ClientConfig) -> Result<Self, BuildError> {
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .pool_max_idle_per_host(settings.idle_connections_max)
            .pool_idle_timeout(settings.idle_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .gzip(settings.gzip)
            .user_agent(concat!("eureka-client/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(proxy) = &settings.proxy {
            let mut through = reqwest::Proxy::all(&proxy.url).map_err(BuildError::Http)?;
            if let Some((user, password)) = &proxy.credentials {
                through = through.basic_auth(user, password);
            }
            http = http.proxy(through);
        }
        Ok(Self {
            http: http.build().map_err(BuildError::Http)?,
            regions: settings.regions.join(","),
            compact: settings.compact,
            allows_redirects: settings.allow_redirects,
        })
    }

    /// Asks `server`; any status is an answer here.
    pub(crate) async fn send(&self, server: &Server, ask: &Ask) -> Result<Answer, TransportError> {
        let mut request = self.http.request(ask.method(), ask.url(server, &self.regions));
        if let Some(credentials) = server.credentials() {
            request = request.basic_auth(&credentials.user, Some(&credentials.password));
        }
        if self.allows_redirects {
            request = request.header("X-Discovery-AllowRedirect", "true");
        }
        if ask.is_query() {
            request = request.header(ACCEPT, "application/json");
            if self.compact {
                request = request.header("X-Eureka-Accept", "compact");
            }
        }
        request = match ask {
            Ask::Register { body, .. } => {
                request.header(CONTENT_TYPE, "application/json").body(body.clone())
            }
            Ask::Renew { .. } => request.header(CONTENT_LENGTH, "0"),
            Ask::Cancel { .. } | Ask::Full | Ask::Delta | Ask::Vip(_) => request,
        };
        let mut response = request.send().await.map_err(told)?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let wanted = ask.is_query() && status == StatusCode::OK;
        let most = if wanted { ANSWER_BYTES_MAX } else { IGNORED_BYTES_MAX };
        let mut body = BytesMut::new();
        // What nobody looks at is read all the same, so that the connection can be used again.
        while let Some(piece) = response.chunk().await.map_err(told)? {
            if body.len() + piece.len() > most {
                if wanted {
                    return Err(TransportError::TooLarge);
                }
                break;
            }
            body.extend_from_slice(&piece);
        }
        let body = if wanted { body.freeze() } else { Bytes::new() };
        Ok(Answer { status, location, body })
    }
}

/// The error without its URL: who was asked is told elsewhere.
fn told(error: reqwest::Error) -> TransportError {
    TransportError::Failed(error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server::parse("http://u:p@h:8761/eureka/").unwrap()
    }

    fn url(ask: &Ask, regions: &str) -> String {
        ask.url(&server(), regions).to_string()
    }

    #[test]
    fn paths_are_the_protocols() {
        let (app, id) = ("FOO".to_owned(), "h:foo:80/1?x".to_owned());
        let renew = Ask::Renew { app: app.clone(), id, status: "UP", last_dirty: 5 };
        assert_eq!(
            url(&renew, "a"),
            "http://h:8761/eureka/apps/FOO/h:foo:80%2F1%3Fx?status=UP&lastDirtyTimestamp=5"
        );
        let register = Ask::Register { app: app.clone(), body: Bytes::new() };
        assert_eq!(url(&register, "a"), "http://h:8761/eureka/apps/FOO");
        let cancel = Ask::Cancel { app, id: "x".to_owned() };
        assert_eq!(url(&cancel, ""), "http://h:8761/eureka/apps/FOO/x");
        assert_eq!(url(&Ask::Full, ""), "http://h:8761/eureka/apps/");
        assert_eq!(url(&Ask::Delta, "a,b"), "http://h:8761/eureka/apps/delta?regions=a%2Cb");
        assert_eq!(url(&Ask::Vip("v".to_owned()), "a"), "http://h:8761/eureka/vips/v");
    }

    #[test]
    fn what_counts_as_an_answer_depends_on_the_question() {
        let app = "A".to_owned();
        let all = [
            Ask::Register { app: app.clone(), body: Bytes::new() },
            Ask::Renew { app: app.clone(), id: app.clone(), status: "UP", last_dirty: 0 },
            Ask::Cancel { app: app.clone(), id: app },
            Ask::Delta,
            Ask::Full,
        ];
        let accepting = |status: u16| -> Vec<bool> {
            let status = StatusCode::from_u16(status).unwrap();
            all.iter().map(|ask| ask.accepts(status)).collect()
        };
        assert_eq!(accepting(200), [true; 5]);
        assert_eq!(accepting(204), [true; 5]);
        assert_eq!(accepting(302), [true; 5]);
        assert_eq!(accepting(404), [true, true, true, true, false]);
        assert_eq!(accepting(403), [false, false, true, true, false]);
        for status in [301, 400, 401, 409, 429, 500, 503] {
            assert_eq!(accepting(status), [false, false, true, false, false], "{status}");
        }
    }
}
