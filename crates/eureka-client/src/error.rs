//! What can go wrong, each where the caller can do something about it.

use std::time::Duration;

use http::StatusCode;

use crate::server::ServerUrlError;
use crate::transport::TransportError;

/// Why a client cannot be made. Nothing was sent yet.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No discovery server was named.
    #[error("no discovery server is named")]
    NoServer,
    /// A URL names none.
    #[error("discovery servers of zone {zone}")]
    Server {
        /// Zone of the URL.
        zone: String,
        /// What is wrong with it.
        #[source]
        source: ServerUrlError,
    },
    /// The mode registers, but the client was told no instance.
    #[error("there is no instance to register")]
    NoInstance,
    /// The instance lacks what every server asks for.
    #[error("the instance has no {0}")]
    Instance(&'static str),
    /// An interval is zero.
    #[error("{0} is zero")]
    Interval(&'static str),
    /// A certificate or key cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// A proxy or another setting that the HTTP library refuses.
    #[error("the HTTP client cannot be made")]
    Http(#[source] reqwest::Error),
}

/// Why [`Client::run`](crate::Client::run) ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The loops of this client run already.
    #[error("the client runs already")]
    AlreadyRunning,
    /// The registry could not be fetched, and was required.
    #[error("the registry could not be fetched")]
    NoRegistry(#[source] ServerError),
    /// The instance could not be registered, and had to be.
    #[error("the instance could not be registered")]
    NotRegistered(#[source] ServerError),
}

/// Why no discovery server did what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// None could be reached, or none gave an answer that counts. This is the last attempt.
    #[error("no discovery server answered; last {server}")]
    Unreachable {
        /// Who was asked last; without credentials.
        server: String,
        /// What happened there.
        #[source]
        source: TransportError,
    },
    /// There is none to ask.
    #[error("there is no discovery server to ask")]
    None,
    /// One answered, but not what the protocol wants.
    #[error("{server} answered {status}")]
    Unexpected {
        /// Who; without credentials.
        server: String,
        /// With what.
        status: StatusCode,
    },
    /// One answered with something that is no registry.
    #[error("{server} sent a registry that cannot be read")]
    Undecodable {
        /// Who; without credentials.
        server: String,
        /// What is wrong with it.
        #[source]
        source: eureka_wire::DecodeError,
    },
    /// It took longer than one interval.
    #[error("it took longer than {0:?}")]
    TooLong(Duration),
}

/// Why a call to a service has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The URL names no service.
    #[error("the URL names no service")]
    NoService,
    /// No instance of the service is known that takes such calls.
    #[error("no instance of {service} is available")]
    NoInstance {
        /// Host part of the URL.
        service: String,
    },
    /// The request could not be made.
    #[error("the request cannot be made")]
    Request(#[source] reqwest::Error),
    /// No try came through. This is the last one.
    #[error("{service} did not answer in {tries} tries")]
    Failed {
        /// Host part of the URL.
        service: String,
        /// How often it was tried.
        tries: u32,
        /// What happened last.
        #[source]
        source: reqwest::Error,
    },
    /// A try, or all of them together, took too long.
    #[error("{service} did not answer in time")]
    TimedOut {
        /// Host part of the URL.
        service: String,
        /// How often it was tried.
        tries: u32,
    },
}

impl CallError {
    /// Whether the service may have seen the request: repeating it may then do things twice.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::NoService | Self::NoInstance { .. } | Self::Request(_) => false,
            Self::Failed { source, .. } => !source.is_connect(),
            Self::TimedOut { .. } => true,
        }
    }
}
