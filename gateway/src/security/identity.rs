//! What services are told of who calls: headers made of claims (JH-2, JH-3).

use std::fmt::Write as _;

use gateway_routing::Answer;
use gateway_routing::hygiene::HeaderRules;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use service_kit::config::{Config, ConfigError};

const PREFIX: &str = "gateway.security.forward-claims";
/// Bytes that a header made of a claim may have.
const VALUE_BYTES_MAX: usize = 4096;

/// Which claims become which headers.
#[derive(Debug)]
pub(crate) struct Identity {
    claims: Vec<(String, HeaderName)>,
    delimiter: String,
    /// Nobody but the gateway says these, a trusted proxy no more than a client.
    reserved: HeaderRules,
}

impl Identity {
    /// Reads `gateway.security.forward-claims`; `None` if no claim is forwarded.
    ///
    /// # Errors
    /// A header name that is none.
    pub(super) fn read(config: &Config) -> Result<Option<Self>, ConfigError> {
        let delimiter = config.get("gateway.security.forward-claims-delimiter")?;
        let mut claims = Vec::new();
        for (claim, name) in config.map(PREFIX) {
            let Ok(header) = name.parse::<HeaderName>() else {
                let key = format!("{PREFIX}.{claim}");
                let problem = format!("{key}: {name:?} is not a header name");
                let origin = config.origin(&key).cloned();
                return Err(ConfigError { origin, problem, suggestion: None });
            };
            claims.push((claim, header));
        }
        if claims.is_empty() {
            return Ok(None);
        }
        let names: Vec<String> = claims.iter().map(|(_, name)| name.to_string()).collect();
        let reserved = HeaderRules::default().reserving_only(&names);
        Ok(Some(Self { claims, delimiter, reserved }))
    }

    /// Takes these headers away from whoever sent them, authenticated or not.
    pub(crate) fn strip(&self, headers: &mut HeaderMap) {
        self.reserved.remove_reserved(headers, false);
    }

    /// Writes them.
    ///
    /// # Errors
    /// A claim that fits no header: 403, because a service would believe the rest.
    pub(crate) fn write(
        &self,
        claims: &Map<String, Value>,
        headers: &mut HeaderMap,
    ) -> Result<(), Box<Answer>> {
        for (claim, name) in &self.claims {
            let Some(value) = claims.get(claim) else { continue };
            let text = text(value, &self.delimiter).map(|text| encoded(&text));
            let value = text.filter(|text| text.len() <= VALUE_BYTES_MAX);
            let Some(value) = value.and_then(|text| HeaderValue::try_from(text).ok()) else {
                let detail = "a claim of the token cannot be passed on";
                return Err(Box::new(Answer::new(StatusCode::FORBIDDEN, "claim", detail)));
            };
            headers.insert(name.clone(), value);
        }
        Ok(())
    }
}

/// A claim as text: lists joined, nothing of objects.
fn text(value: &Value, delimiter: &str) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(items) => {
            let is_flat = |item: &&Value| !item.is_array();
            let texts = items
                .iter()
                .map(|item| Some(item).filter(is_flat).and_then(|i| text(i, delimiter)));
            Some(texts.collect::<Option<Vec<_>>>()?.join(delimiter))
        }
        Value::Null => Some(String::new()),
        Value::Object(_) => None,
    }
}

/// What a header cannot hold, and `%`, as percent signs with two digits.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'%';
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        let claims = [("sub", "x-user-id"), ("roles", "x-user-roles")];
        let claims: Vec<_> = claims.map(|(c, h)| (c.to_owned(), h.parse().unwrap())).into();
        let names = ["X-User-Id".to_owned(), "X-User-Roles".to_owned()];
        let reserved = HeaderRules::default().reserving_only(&names);
        Identity { claims, delimiter: ",".to_owned(), reserved }
    }

    fn written(claims: &str) -> Result<Vec<String>, StatusCode> {
        let mut headers = HeaderMap::new();
        let claims = serde_json::from_str(claims).unwrap();
        identity().write(&claims, &mut headers).map_err(|answer| answer.status)?;
        let shown = headers.iter().map(|(n, v)| format!("{n}={}", v.to_str().unwrap()));
        Ok(shown.collect())
    }

    #[test]
    fn claims_become_headers_jh_2() {
        let both = written(r#"{"sub":"ann","roles":["ADMIN","CLERK"],"other":1}"#);
        assert_eq!(both.unwrap(), ["x-user-id=ann", "x-user-roles=ADMIN,CLERK"]);
        assert_eq!(written(r#"{"sub":7}"#).unwrap(), ["x-user-id=7"]);
        assert_eq!(written(r#"{"sub":"a\r\nb%é"}"#).unwrap(), ["x-user-id=a%0D%0Ab%25%C3%A9"]);
        assert_eq!(written(r#"{"sub":{"a":1}}"#), Err(StatusCode::FORBIDDEN));
        assert_eq!(written(r#"{"roles":[["a"]]}"#), Err(StatusCode::FORBIDDEN));
        let long = format!(r#"{{"sub":"{}"}}"#, "a".repeat(VALUE_BYTES_MAX + 1));
        assert_eq!(written(&long), Err(StatusCode::FORBIDDEN));
    }

    #[test]
    fn nobody_else_says_them_jh_3() {
        let mut headers = HeaderMap::new();
        for name in ["x-user-id", "x_user_roles", "x-other"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("root"));
        }
        identity().strip(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-other"]);
    }
}
