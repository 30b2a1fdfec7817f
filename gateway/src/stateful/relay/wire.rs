//! What is said to an authorization server, and what it says (RFC 6749 sections 4.4, 5.1, 5.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use service_kit::security::tokens::Form;

use super::RelayError;
use super::registration::{Authentication, Registration};

/// What a form leaves as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// How long a token is used whose end is not told.
const UNTOLD_LIFETIME: Duration = Duration::from_secs(60);
/// Letters of an error's code that are shown.
const CODE_MAX: usize = 64;

/// A token, as it was granted.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// Value of `Authorization`.
    pub(super) header: HeaderValue,
    /// How long it may be used from now on.
    pub(super) lifetime: Duration,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// The form that asks for a token.
pub(super) fn form(registration: &Registration) -> Form {
    let Registration { id, secret, scopes, authentication, .. } = registration;
    let encoded = |text: &str| utf8_percent_encode(text, FORM).to_string().replace("%20", "+");
    let mut body = "grant_type=client_credentials".to_owned();
    let mut put = |name: &str, value: &str| {
        body.push_str(&format!("&{name}={}", encoded(value)));
    };
    if !scopes.is_empty() {
        put("scope", &scopes.join(" "));
    }
    let mut authorization = None;
    match authentication {
        Authentication::Basic => {
            let pair = format!("{}:{}", encoded(id), encoded(secret));
            let value = format!("Basic {}", STANDARD.encode(pair));
            authorization = HeaderValue::try_from(value).ok();
        }
        Authentication::Post => {
            put("client_id", id);
            put("client_secret", secret);
        }
        Authentication::None => put("client_id", id),
    }
    if let Some(value) = &mut authorization {
        value.set_sensitive(true);
    }
    Form { body, authorization }
}

/// What an answer grants.
pub(super) fn granted(status: StatusCode, body: &[u8]) -> Result<Grant, RelayError> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    if status != StatusCode::OK {
        let code = text("error").filter(|code| {
            code.len() <= CODE_MAX && code.bytes().all(|byte| byte.is_ascii_graphic())
        });
        return Err(match code {
            Some(code) if status.is_client_error() => RelayError::Refused(code.into()),
            _ if status == StatusCode::UNAUTHORIZED => RelayError::Refused("401".into()),
            _ => RelayError::Status(status),
        });
    }
    if text("token_type").is_none_or(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(RelayError::Garbage);
    }
    let token = text("access_token").filter(|token| !token.is_empty());
    let header = token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
    let mut header = header.ok_or(RelayError::Garbage)?;
    header.set_sensitive(true);
    let seconds = answer.get("expires_in").and_then(|told| match told {
        Value::String(text) => text.parse().ok(),
        told => told.as_u64(),
    });
    let lifetime = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    Ok(Grant { header, lifetime: lifetime.unwrap_or(UNTOLD_LIFETIME) })
}

#[cfg(test)]
mod tests {
    use super::super::registration::tests::read;
    use super::*;

    fn asked(method: &str) -> (String, Option<String>) {
        let all = read(&[
            ("registration.m.client-id", "g w"),
            ("registration.m.client-secret", "s:&+é"),
            ("registration.m.client-authentication-method", method),
            ("registration.m.authorization-grant-type", "client_credentials"),
            ("registration.m.scope", "a,b"),
            ("provider.m.token-uri", "https://i.x/t"),
        ]);
        let form = form(&all.unwrap().find("m").unwrap());
        (form.body, form.authorization.map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_gateway_says_who_it_is_in_each_of_the_three_ways() {
        let start = "grant_type=client_credentials&scope=a+b";
        let (body, header) = asked("client_secret_basic");
        assert_eq!(body, start);
        // "g+w:s%3A%26%2B%C3%A9"
        assert_eq!(header.as_deref(), Some("Basic Zyt3OnMlM0ElMjYlMkIlQzMlQTk="));
        let (body, header) = asked("client_secret_post");
        assert_eq!(body, format!("{start}&client_id=g+w&client_secret=s%3A%26%2B%C3%A9"));
        assert_eq!(header, None);
        assert_eq!(asked("none"), (format!("{start}&client_id=g+w"), None));
    }

    #[test]
    fn answers_are_tokens_or_say_why_not() {
        let of = |status: u16, body: &str| {
            granted(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        let good = of(200, r#"{"access_token":"t","token_type":"bearer","expires_in":300}"#);
        let good = good.unwrap();
        assert_eq!(good.header, "Bearer t");
        assert!(good.header.is_sensitive());
        assert_eq!(good.lifetime, Duration::from_secs(300));
        let told = |told: &str| {
            let body = format!(r#"{{"access_token":"t","token_type":"Bearer"{told}}}"#);
            of(200, &body).unwrap().lifetime.as_secs()
        };
        assert_eq!(
            (told(""), told(r#","expires_in":"20""#), told(r#","expires_in":-1"#)),
            (60, 20, 60)
        );
        for body in [
            "",
            "[]",
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"a\nb","token_type":"Bearer"}"#,
        ] {
            assert_eq!(of(200, body), Err(RelayError::Garbage), "{body}");
        }
        assert_eq!(
            of(400, r#"{"error":"invalid_scope"}"#),
            Err(RelayError::Refused("invalid_scope".into()))
        );
        assert_eq!(of(401, ""), Err(RelayError::Refused("401".into())));
        assert_eq!(
            of(400, "{\"error\":\"a\\nb\"}"),
            Err(RelayError::Status(StatusCode::BAD_REQUEST))
        );
        assert_eq!(of(503, "{}"), Err(RelayError::Status(StatusCode::SERVICE_UNAVAILABLE)));
        assert_eq!(of(302, ""), Err(RelayError::Status(StatusCode::FOUND)));
    }
}
