//! Why an upstream gave no answer.

use http::Request;

use super::RequestBody;

/// What went wrong, as it decides about statuses, retries and ejections (ST-3 to ST-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Nobody listens there, or the way there does not exist.
    Refused,
    /// Its name is unknown.
    UnknownHost,
    /// It could not prove who it is, or does not speak TLS as we do.
    Untrusted,
    /// Every connection that may be made is in use (TO-6).
    PoolFull,
    /// Connecting took too long.
    ConnectTimeout,
    /// It took too long to answer.
    ResponseTimeout,
    /// The connection ended before the head of an answer was there.
    Closed,
    /// What it said is no HTTP.
    Garbage,
    /// The body of the request broke off, which the upstream is not to blame for.
    Body,
    /// The body of the request came too slowly, which the upstream is not to blame for either.
    SlowBody,
}

impl ErrorKind {
    /// One word, for metrics and logs.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused => "connect_refused",
            Self::UnknownHost => "unknown_host",
            Self::Untrusted => "tls",
            Self::PoolFull => "pool_full",
            Self::ConnectTimeout => "connect_timeout",
            Self::ResponseTimeout => "response_timeout",
            Self::Closed => "closed",
            Self::Garbage => "garbage",
            Self::Body => "request_body",
            Self::SlowBody => "slow_request_body",
        }
    }
}

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct SendError {
    /// What went wrong.
    pub(crate) kind: ErrorKind,
    /// Whether it went over a connection that had been used before: the other end may have closed
    /// it at the same moment, without looking at the request.
    pub(crate) is_reused: bool,
    /// The request, if nothing of its body was taken, or nobody can have read it.
    pub(crate) request: Option<Box<Request<RequestBody>>>,
    /// The request once more, if it may have been read and doing it twice does no harm.
    pub(crate) again: Option<Box<Request<RequestBody>>>,
}
