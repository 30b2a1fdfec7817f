//! Heads of messages as filters change them, and answers that end a request early.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::Upstream;
use crate::template::Unfit;

/// Head of a request on its way to the upstream. What nobody changes stays borrowed.
#[derive(Clone, Debug)]
pub struct RequestHead<'r> {
    /// Method; no filter changes it.
    pub method: &'r Method,
    /// Raw path.
    pub path: Cow<'r, str>,
    /// Raw query without its question mark.
    pub query: Option<Cow<'r, str>>,
    /// Headers; `Host` among them is the client's.
    pub headers: HeaderMap,
    /// What to send as `Host` (HD-4).
    pub host: HostChoice,
    /// Where to send it instead of the route's target; its path and query are set already.
    pub target: Option<Upstream>,
    /// Whether a prefix was put in front: it happens once per request (FI-11).
    pub(crate) is_prefixed: bool,
}

impl<'r> RequestHead<'r> {
    /// The head of a request as it came.
    #[must_use]
    pub fn new(
        method: &'r Method,
        path: &'r str,
        query: Option<&'r str>,
        headers: HeaderMap,
    ) -> Self {
        let query = query.map(Cow::Borrowed);
        let path = Cow::Borrowed(path);
        Self {
            method,
            path,
            query,
            headers,
            host: HostChoice::Target,
            target: None,
            is_prefixed: false,
        }
    }

    /// Whether path and query are still the ones that came, so that the target line can be reused.
    #[must_use]
    pub fn is_target_unchanged(&self, path: &str, query: Option<&str>) -> bool {
        *self.path == *path && self.query.as_deref() == query
    }
}

/// What an upstream gets as `Host`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HostChoice {
    /// Its own authority.
    #[default]
    Target,
    /// What the client sent.
    Preserve,
    /// A name of the route.
    Set(HeaderValue),
}

/// Head of an upstream's answer on its way to the client.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
}

/// What running filters led to.
#[derive(Debug)]
pub enum Flow {
    /// The request goes on.
    Continue,
    /// The gateway answers itself.
    Answer(Box<Answer>),
}

/// An answer of the gateway itself. No response filter touches it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers besides those of its body.
    pub headers: HeaderMap,
    /// What happened, one word with underscores, for metrics and `X-Gateway-Error`.
    pub kind: &'static str,
    /// For the body of an error; empty for an answer without a body. Holds nothing private.
    pub detail: String,
}

impl Answer {
    /// An answer with this status and these words.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, headers: HeaderMap::new(), kind, detail: detail.into() }
    }

    /// The same with a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

impl From<Answer> for Flow {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl From<Unfit> for Answer {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Missing(name) => {
                let detail = format!("the route's variable {name} has no value for this request");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "missing_variable", detail)
            }
            Unfit::Control => {
                let detail = "the request holds a control character where a header takes its text";
                Self::new(StatusCode::BAD_REQUEST, "control_character", detail)
            }
        }
    }
}
