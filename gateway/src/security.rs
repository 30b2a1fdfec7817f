//! Who a request is from, and whether it may: Spring's resource server at the door (JW-1 to JW-25,
//! JA-1 to JA-12).
//!
//! What is asked of whom is part of the configuration that can change while requests come, see
//! [`Rules`]; keys and remembered tokens live as long as the process, see [`Gate`].

mod identity;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use gateway_routing::{Answer, PathRule};
use http::{HeaderMap, Method, header};
use service_kit::clock::Clock;
use service_kit::config::{Config, ConfigError};
use service_kit::security::tokens::{Principal, Rejection, Rules as AccessRules};
use service_kit::security::{self, ResourceServer, SecurityError};
use tokio_util::sync::CancellationToken;

pub(crate) use identity::Identity;

/// Who may do what, and what services are told of it.
#[derive(Debug)]
pub(crate) struct Rules {
    access: AccessRules<PathRule>,
    /// Headers made of claims, if any are.
    pub(crate) identity: Option<Identity>,
}

impl Rules {
    /// Reads `gateway.security.*`.
    ///
    /// # Errors
    /// A rule or a header that is none.
    pub(crate) fn read(config: &Config) -> Result<Self, ConfigError> {
        let access = security::rules(config, PathRule::parse)?;
        Ok(Self { access, identity: Identity::read(config)? })
    }
}

/// Checks tokens. Without one of the keys that say whose tokens are believed there is none, and
/// every request passes as it is.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    server: ResourceServer,
}

impl Gate {
    /// The one that the settings describe.
    ///
    /// # Errors
    /// A setting cannot be used; rules without anybody whose tokens are believed.
    pub(crate) fn read(config: &Config, clock: &Clock) -> Result<Option<Self>, SecurityError> {
        if let Some(server) = security::resource_server(config, clock)? {
            return Ok(Some(Self { server }));
        }
        for prefix in ["gateway.security.rules", "gateway.security.forward-claims"] {
            if let Some((entry, _)) = config.map(prefix).into_iter().next() {
                let key = format!("{prefix}.{entry}");
                return Err(SecurityError::Config(ConfigError {
                    origin: config.origin(&key).cloned(),
                    problem: format!(
                        "{prefix} says what a token must allow, and nothing says whose tokens are \
                         believed; set spring.security.oauth2.resourceserver.jwt.issuer-uri, \
                         .jwk-set-uri or .public-key-location"
                    ),
                    suggestion: None,
                }));
            }
        }
        Ok(None)
    }

    /// Keeps keys fresh until `stop`, as a task of the process.
    pub(crate) async fn run(self, stop: CancellationToken) {
        self.server.run(stop).await;
    }

    /// Who the request is from, if that may do it. A token that is there must be valid, whatever
    /// the request is for (JA-10). `path` is the one that routes see.
    ///
    /// # Errors
    /// The answer to one that may not.
    pub(crate) async fn admit(
        &self,
        rules: &Rules,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Principal>>, Box<Answer>> {
        let principal = self.server.authenticate(headers, None).await.map_err(refused)?;
        let access = rules.access.access(method, |pattern| pattern.fits(path));
        access.check(principal.as_deref()).map_err(refused)?;
        Ok(principal)
    }
}

/// The answer to a request that is not let in (JA-1 to JA-9). It says nothing of the token but its
/// times.
#[expect(clippy::needless_pass_by_value, reason = "the end of a failure")]
fn refused(rejection: Rejection) -> Box<Answer> {
    let (kind, detail) = match &rejection {
        Rejection::NoToken => ("unauthenticated", "a bearer token is needed".to_owned()),
        Rejection::MalformedHeader | Rejection::Invalid(_) => {
            ("unauthenticated", rejection.description())
        }
        Rejection::SeveralTokens => ("several_tokens", rejection.description()),
        Rejection::InsufficientScope => ("forbidden", rejection.description()),
        Rejection::KeysUnavailable => {
            ("auth_unavailable", "tokens cannot be checked now".to_owned())
        }
    };
    let mut answer = Answer::new(rejection.status(), kind, detail);
    if let Some(challenge) = rejection.www_authenticate() {
        answer.headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    Box::new(answer)
}
