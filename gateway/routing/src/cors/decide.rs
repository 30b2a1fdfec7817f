//! What a request is to CORS, and what it gets.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{CorsPolicy, add_vary};
use crate::head::Answer;

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// What CORS looks at.
#[derive(Clone, Copy, Debug)]
pub struct CorsRequest<'r> {
    /// Method as sent.
    pub method: &'r Method,
    /// Headers as sent.
    pub headers: &'r HeaderMap,
    /// `http` or `https`, as the client sees it (CO-7).
    pub scheme: &'r str,
    /// Host as the client sees it, port included if it is not the scheme's own.
    pub host: &'r str,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum CorsDecision {
    /// It is none of CORS's business. Under rules the answer still gets
    /// [`add_vary`](super::add_vary).
    NotCors,
    /// The gateway answers: a preflight, or a refusal with 403.
    Answer(Box<Answer>),
    /// It goes on; its answer gets these headers, which hold what it depends on as well.
    Allowed(Box<HeaderMap>),
}

/// The method that a preflight asks for; `None` for any other request (CO-2).
#[must_use]
pub fn requested_method(method: &Method, headers: &HeaderMap) -> Option<Method> {
    if *method != Method::OPTIONS || !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    Method::from_bytes(asked.as_bytes()).ok()
}

/// Decides. A preflight never reaches the upstream, with rules or without (CO-3).
#[must_use]
pub fn decide(policy: Option<&CorsPolicy>, request: &CorsRequest<'_>) -> CorsDecision {
    let Some(origin) = request.headers.get(header::ORIGIN) else { return CorsDecision::NotCors };
    let is_preflight = *request.method == Method::OPTIONS
        && request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = origin.to_str().unwrap_or_default();
    if is_same_origin(origin, request) {
        return if is_preflight { answer(policy, HeaderMap::new()) } else { CorsDecision::NotCors };
    }
    let Some(policy) = policy else {
        return if is_preflight { refusal(None) } else { CorsDecision::NotCors };
    };
    let asked_method = if is_preflight {
        request.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).and_then(|m| m.to_str().ok())
    } else {
        Some(request.method.as_str())
    };
    let (Some(allowed), Some(methods)) = (
        policy.allowed_origin(origin),
        asked_method.and_then(|method| policy.allowed_methods(method)),
    ) else {
        return refusal(Some(policy));
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if let Some(exposed) = &policy.exposed {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
    }
    if policy.credentials {
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    if !is_preflight {
        add_vary(&mut headers);
        return CorsDecision::Allowed(Box::new(headers));
    }
    if !policy.add_preflight(request.headers, &methods, &mut headers) {
        return refusal(Some(policy));
    }
    answer(Some(policy), headers)
}

fn answer(policy: Option<&CorsPolicy>, mut headers: HeaderMap) -> CorsDecision {
    if policy.is_some() {
        add_vary(&mut headers);
    }
    let answer = Answer { headers, ..Answer::new(StatusCode::OK, "preflight", "") };
    CorsDecision::Answer(Box::new(answer))
}

/// 403 with an empty body (CO-5).
fn refusal(policy: Option<&CorsPolicy>) -> CorsDecision {
    let mut answer = Answer::new(StatusCode::FORBIDDEN, "cors_refused", "");
    if policy.is_some() {
        add_vary(&mut answer.headers);
    }
    CorsDecision::Answer(Box::new(answer))
}

/// Whether an origin is where the request itself went (CO-7).
fn is_same_origin(origin: &str, request: &CorsRequest<'_>) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let plain = |host: &str| {
        let port = if request.scheme == "https" { ":443" } else { ":80" };
        host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase()
    };
    scheme.eq_ignore_ascii_case(request.scheme) && plain(host) == plain(request.host)
}

impl CorsPolicy {
    /// What to answer as allowed origin.
    fn allowed_origin(&self, origin: &str) -> Option<HeaderValue> {
        let origin = origin.trim().trim_end_matches('/');
        if !is_origin(origin) {
            return None;
        }
        if self.any_origin {
            return Some(HeaderValue::from_static("*"));
        }
        let listed = self.origins.iter().any(|own| own.eq_ignore_ascii_case(origin));
        let fits = listed || self.patterns.iter().any(|pattern| pattern.is_match(origin));
        fits.then(|| HeaderValue::from_str(origin).ok())?
    }

    /// What to answer as allowed methods.
    fn allowed_methods(&self, asked: &str) -> Option<HeaderValue> {
        match &self.methods {
            None => HeaderValue::from_str(asked).ok(),
            Some(list) if list.iter().any(|own| own == asked) => {
                HeaderValue::from_str(&list.join(",")).ok()
            }
            Some(_) => None,
        }
    }

    /// Adds what only preflights get; false if no header that is asked for is allowed (CO-10).
    fn add_preflight(
        &self,
        asked: &HeaderMap,
        methods: &HeaderValue,
        into: &mut HeaderMap,
    ) -> bool {
        into.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
        let lines = asked.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).into_iter();
        let names = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let names: Vec<&str> = names.map(str::trim).filter(|name| !name.is_empty()).collect();
        let is_allowed = |name: &&&str| {
            self.headers
                .as_ref()
                .is_none_or(|own| own.iter().any(|own| own.eq_ignore_ascii_case(name)))
        };
        let allowed: Vec<&str> = names.iter().filter(is_allowed).copied().collect();
        if allowed.is_empty() != names.is_empty() {
            return false;
        }
        if let Some(value) =
            (!allowed.is_empty()).then(|| HeaderValue::from_str(&allowed.join(", ")).ok()).flatten()
        {
            into.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, value);
        }
        if self.private_network && asked.get(REQUEST_PRIVATE_NETWORK).is_some_and(|v| v == "true") {
            into.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        }
        if let Some(seconds) = self.max_age_secs {
            into.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
        }
        true
    }
}

/// `null`, or a scheme and a host without anything after it.
fn is_origin(origin: &str) -> bool {
    origin == "null"
        || origin.split_once("://").is_some_and(|(scheme, host)| {
            !host.is_empty()
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
                && host
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'?' | b'#' | b'@' | b','))
        })
}
