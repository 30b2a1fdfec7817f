//! Pages of other origins (CO-1 to CO-13).

use gateway_routing::Answer;
use gateway_routing::cors::{self, CorsDecision, CorsPolicy, CorsRequest};
use http::HeaderMap;

use super::Incident;

/// Headers that the answer gets for a page of another origin; an answer at once for a preflight and
/// for who may not.
pub(super) fn cors_headers(
    policy: Option<&CorsPolicy>,
    incident: &Incident<'_>,
    headers: &HeaderMap,
) -> Result<Option<HeaderMap>, Box<Answer>> {
    let request = CorsRequest {
        method: incident.method,
        headers,
        scheme: incident.scheme,
        host: incident.host,
    };
    match cors::decide(policy, &request) {
        CorsDecision::Answer(answer) => Err(answer),
        CorsDecision::Allowed(headers) => Ok(Some(*headers)),
        CorsDecision::NotCors if policy.is_some() => {
            let mut headers = HeaderMap::new();
            cors::add_vary(&mut headers);
            Ok(Some(headers))
        }
        CorsDecision::NotCors => Ok(None),
    }
}
