//! Requests from pages of other origins: who may, and what the browser is told (CO-1 to CO-14).

mod decide;
mod policy;

pub use decide::{CorsDecision, CorsRequest, decide, requested_method};
pub use policy::CorsPolicy;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::captures::{Captures, Names};
use crate::pattern::PathPattern;
use crate::value::switch;
use crate::{Node, RouteError};

/// The gateway's rules by path; the first pattern that matches counts.
#[derive(Clone, Debug, Default)]
pub struct GlobalCors {
    entries: Vec<(PathPattern, CorsPolicy)>,
    /// Whether preflights are answered before a route is looked for (CO-4).
    pub before_routes: bool,
}

impl GlobalCors {
    /// Reads `globalcors` of the gateway's tree. Patterns count in the order written.
    ///
    /// # Errors
    /// The first pattern or rule that is wrong.
    pub fn read(tree: &Node) -> Result<Self, RouteError> {
        let Some(node) = tree.get("globalcors") else { return Ok(Self::default()) };
        let mut entries = Vec::new();
        for (path, rules) in node.get("cors-configurations").map(Node::entries).unwrap_or_default()
        {
            let path = path.trim_start_matches('[').trim_end_matches(']');
            let pattern = PathPattern::parse(path, &mut Names::default())
                .map_err(|problem| RouteError::at(&rules.origin, problem).in_part("globalcors"))?;
            let policy = CorsPolicy::read(rules).map_err(|error| error.in_part("globalcors"))?;
            entries.push((pattern, policy));
        }
        let flag = node.text_at("add-to-simple-url-handler-mapping");
        Ok(Self { entries, before_routes: flag.and_then(switch) == Some(true) })
    }

    /// The rules for a raw path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&CorsPolicy> {
        let mut captures = Captures::default();
        let mut entries = self.entries.iter();
        let found = entries.find(|(pattern, _)| pattern.is_match(path, true, &mut captures));
        found.map(|(_, policy)| policy)
    }

    /// Whether there are no rules.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// What every answer under rules depends on (CO-6).
const VARY: [HeaderValue; 3] = [
    HeaderValue::from_static("Origin"),
    HeaderValue::from_static("Access-Control-Request-Method"),
    HeaderValue::from_static("Access-Control-Request-Headers"),
];

/// Headers that only the owner of CORS may set.
const OWNED: [HeaderName; 7] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
    HeaderName::from_static("access-control-allow-private-network"),
];

/// Adds what an answer under rules depends on, cross-origin or not.
pub fn add_vary(headers: &mut HeaderMap) {
    for value in VARY {
        headers.append(header::VARY, value);
    }
}

/// Removes what the upstream says about CORS: twice is refused by browsers (CO-13).
pub fn remove_upstream(headers: &mut HeaderMap) {
    for name in &OWNED {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
