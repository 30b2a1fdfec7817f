//! `Idempotency-Key`: the same request twice has one effect (H-11, H-12).

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// Characters of a key.
const KEY_CHARS_MAX: usize = 255;

/// The key of a request, if it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            let many = parts.headers.contains_key("idempotency-key");
            return if many { Err(invalid("is given more than once")) } else { Ok(Self(None)) };
        };
        let text = value.to_str().map_err(|_| invalid("must be printable ASCII"))?.trim();
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let key = quoted.unwrap_or(text);
        if key.is_empty() || key.len() > KEY_CHARS_MAX {
            return Err(invalid("must have 1 to 255 characters"));
        }
        if !key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(invalid("must be printable ASCII"));
        }
        Ok(Self(Some(key.to_owned())))
    }
}

impl IdempotencyKey {
    /// The key.
    ///
    /// # Errors
    /// 400 `IDEMPOTENCY_KEY_REQUIRED` if there is none.
    pub fn required(self) -> Result<String, Problem> {
        let detail = "send an Idempotency-Key, so that trying again is safe";
        self.0.ok_or_else(|| Problem::bad_request("IDEMPOTENCY_KEY_REQUIRED", detail))
    }
}

fn invalid(reason: &str) -> Problem {
    Problem::bad_request("IDEMPOTENCY_KEY_INVALID", format!("Idempotency-Key {reason}"))
}

/// What a body says, whatever its order and blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a JSON body.
    #[must_use]
    pub fn of(body: &Value) -> Self {
        let mut hash = Sha256::new();
        feed(&mut hash, body);
        Self(hash.finalize().into())
    }
}

/// Members in the order of their names, each value behind its kind and length, so that no two
/// different values feed the same bytes.
fn feed(hash: &mut Sha256, value: &Value) {
    let text = |hash: &mut Sha256, kind: u8, text: &str| {
        hash.update([kind]);
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    };
    match value {
        Value::Null => hash.update([0]),
        Value::Bool(value) => hash.update([1, u8::from(*value)]),
        Value::Number(number) => text(hash, 2, &number.to_string()),
        Value::String(string) => text(hash, 3, string),
        Value::Array(items) => {
            hash.update([4]);
            hash.update(items.len().to_le_bytes());
            items.iter().for_each(|item| feed(hash, item));
        }
        Value::Object(members) => {
            hash.update([5]);
            hash.update(members.len().to_le_bytes());
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            for name in names {
                text(hash, 3, name);
                feed(hash, members.get(name).unwrap_or(&Value::Null));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn key(values: &[&'static str]) -> Result<Option<String>, Problem> {
        let mut request = http::Request::new(());
        for value in values {
            request.headers_mut().append("idempotency-key", value.parse().unwrap());
        }
        let (mut parts, ()) = request.into_parts();
        IdempotencyKey::from_request_parts(&mut parts, &()).await.map(|key| key.0)
    }

    #[tokio::test]
    async fn bare_and_quoted_keys_are_the_same() {
        assert_eq!(key(&["k-1"]).await.unwrap().as_deref(), Some("k-1"));
        assert_eq!(key(&["\"k-1\""]).await.unwrap().as_deref(), Some("k-1"));
        assert_eq!(key(&[]).await.unwrap(), None);
        for bad in [["", ""].as_slice(), &[""], &["\"\""], &["a", "b"]] {
            assert_eq!(key(bad).await.unwrap_err().code(), "IDEMPOTENCY_KEY_INVALID");
        }
    }

    #[test]
    fn only_what_a_body_says_counts() {
        let one = Fingerprint::of(&json!({"a": 1, "b": [1, 2]}));
        assert_eq!(one, Fingerprint::of(&json!({"b": [1, 2], "a": 1})));
        assert_ne!(one, Fingerprint::of(&json!({"a": 1, "b": [2, 1]})));
        assert_ne!(Fingerprint::of(&json!(["ab", "c"])), Fingerprint::of(&json!(["a", "bc"])));
        assert_ne!(Fingerprint::of(&json!("1")), Fingerprint::of(&json!(1)));
    }
}
