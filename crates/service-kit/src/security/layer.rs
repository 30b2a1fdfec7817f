//! Tokens of the requests that a service gets.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use resource_server::{Rejection, ResourceServer};
use tokio_util::sync::CancellationToken;

use super::settings::{SecurityError, resource_server};
use crate::clock::Clock;
use crate::config::Config;
use crate::web::{Caller, Problem};

/// Checks the token of every request to a service, if it is told how, and that somebody is named
/// if it is told so.
#[derive(Clone, Debug)]
pub struct Security {
    server: Option<ResourceServer>,
    require_caller: bool,
}

impl Security {
    /// What the settings say. Without keys for tokens, what the gateway says is believed.
    ///
    /// # Errors
    /// A setting cannot be used.
    pub fn read(config: &Config, clock: &Clock) -> Result<Self, SecurityError> {
        let require_caller = config.get("myerp.security.require-caller")?;
        Ok(Self { server: resource_server(config, clock)?, require_caller })
    }

    /// Keeps keys fresh until `stop`, as a task of the process.
    pub async fn run(self, stop: CancellationToken) {
        match self.server {
            Some(server) => server.run(stop).await,
            None => stop.cancelled().await,
        }
    }

    /// `router`, whose handlers get no request with a bad token. What is added to it later, such as
    /// the actuator, stays open.
    pub fn around(&self, router: Router) -> Router {
        if self.server.is_none() && !self.require_caller {
            return router;
        }
        router.layer(from_fn_with_state(self.clone(), checked))
    }

    /// Who calls by token; `None` without one.
    async fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Rejection> {
        let Some(server) = &self.server else { return Ok(None) };
        let principal = server.authenticate(headers, None).await?;
        Ok(principal.map(|principal| Caller::of_token(&principal, headers)))
    }
}

async fn checked(State(security): State<Security>, mut request: Request, next: Next) -> Response {
    match security.caller(request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Ok(None) if security.require_caller && !Caller::is_named(request.headers()) => {
            return refused(&Rejection::NoToken);
        }
        Ok(None) => {}
        Err(rejection) => return refused(&rejection),
    }
    next.run(request).await
}

fn refused(rejection: &Rejection) -> Response {
    let (status, said) = (rejection.status(), rejection.description());
    let problem = match rejection {
        Rejection::NoToken => Problem::new(status, "UNAUTHENTICATED", "a bearer token is needed"),
        Rejection::MalformedHeader | Rejection::Invalid(_) => {
            Problem::new(status, "UNAUTHENTICATED", said)
        }
        Rejection::SeveralTokens => Problem::new(status, "SEVERAL_TOKENS", said),
        Rejection::InsufficientScope => Problem::new(status, "FORBIDDEN", said),
        Rejection::KeysUnavailable => {
            Problem::unavailable("AUTH_UNAVAILABLE", "tokens cannot be checked now")
        }
    };
    let mut response = problem.into_response();
    if let Some(challenge) = rejection.www_authenticate() {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

#[cfg(test)]
mod tests;
