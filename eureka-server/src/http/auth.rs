//! HTTP basic authentication, as Spring Security does it with one user.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// The user that may do everything.
#[derive(Clone)]
pub struct Credentials {
    name: String,
    password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a configured password cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("spring.security.user.password: the encoding {{{0}}} is not supported, only {{noop}}")]
pub struct UnknownEncoding(String);

impl Credentials {
    /// A user; `{noop}` before the password is dropped, as Spring does.
    ///
    /// # Errors
    /// The password names another encoding.
    pub fn new(name: String, password: &str) -> Result<Self, UnknownEncoding> {
        let encoded = password.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        match encoded {
            None => Ok(Self { name, password: password.to_owned() }),
            Some(("noop", plain)) => Ok(Self { name, password: plain.to_owned() }),
            Some((encoding, _)) => Err(UnknownEncoding(encoding.to_owned())),
        }
    }

    /// Whether a request carries them. Takes the same time whatever is wrong with them.
    #[must_use]
    pub fn admit(&self, headers: &HeaderMap) -> bool {
        let Some((name, password)) = basic(headers) else { return false };
        let name = name.as_bytes().ct_eq(self.name.as_bytes());
        let password = password.as_bytes().ct_eq(self.password.as_bytes());
        bool::from(name & password)
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn only_the_right_pair_is_admitted() {
        let user = Credentials::new("eureka".to_owned(), "{noop}s3:cret").unwrap();
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert!(user.admit(&headers(&basic("eureka:s3:cret"))));
        assert!(user.admit(&headers(&basic("eureka:s3:cret").replace("Basic", "basic"))));
        for wrong in [basic("eureka:x"), basic("x:s3:cret"), basic("eureka"), "Basic %".to_owned()]
        {
            assert!(!user.admit(&headers(&wrong)), "{wrong}");
        }
        assert!(!user.admit(&headers("Bearer abc")) && !user.admit(&HeaderMap::new()));
        assert!(!format!("{user:?}").contains("s3"));
    }

    #[test]
    fn an_encoding_we_cannot_check_stops_the_start() {
        assert!(Credentials::new("u".to_owned(), "{bcrypt}$2a$10$x").is_err());
    }
}
