//! Why a request is not let in, and the answer to it (RFC 6750 section 3, JA-1 to JA-11).

use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderValue, StatusCode};

/// Where the errors are described.
const ERROR_URI: &str = "https://tools.ietf.org/html/rfc6750#section-3.1";
/// What is said of a token about which nothing else can be said.
const GENERIC: &str = "Invalid token";

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A token is needed and there is none.
    #[error("no token")]
    NoToken,
    /// The header is not a bearer header.
    #[error("Bearer token is malformed")]
    MalformedHeader,
    /// More than one `Authorization` line.
    #[error("Found multiple bearer tokens in the request")]
    SeveralTokens,
    /// The token is not valid.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// The token is valid and does not allow this.
    #[error("The request requires higher privileges than provided by the access token.")]
    InsufficientScope,
    /// The keys to check it with cannot be had now; worth trying again (JW-19).
    #[error("the keys to check tokens with cannot be had")]
    KeysUnavailable,
}

/// What is wrong with a token. The text of each is Spring's and holds nothing of the token but
/// its times and a registered name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Not a signed token at all, or one that breaks a rule of its format.
    #[error("Invalid token")]
    Malformed,
    /// Signed by an algorithm that is not allowed; one of the registered names.
    #[error("Unsupported algorithm of {0}")]
    Algorithm(&'static str),
    /// No key fits, or the signature is not that key's.
    #[error("Failed to validate the token")]
    Signature,
    /// Expired; seconds since the Unix epoch.
    #[error("Jwt expired at {}", instant(*.0))]
    Expired(i64),
    /// Not valid yet; seconds since the Unix epoch.
    #[error("Jwt used before {}", instant(*.0))]
    NotYet(i64),
    /// It has no end.
    #[error("exp is required")]
    NoExpiry,
    /// It is valid for longer than allowed.
    #[error("Jwt lifetime is too long")]
    Lifetime,
    /// Of another type; the types that are taken.
    #[error("the given typ value needs to be one of [{0}]")]
    Type(String),
    /// From another issuer.
    #[error("The iss claim is not valid")]
    Issuer,
    /// For another audience.
    #[error("The aud claim is not valid")]
    Audience,
    /// Several providers are trusted, and it does not say from which it is.
    #[error("Missing issuer")]
    NoIssuer,
    /// Several providers are trusted, and it is from none of them.
    #[error("Invalid issuer")]
    UnknownIssuer,
    /// Bound to a client certificate, and the client showed none.
    #[error("Unable to obtain X509Certificate from current request.")]
    NoCertificate,
    /// Bound to the certificate of another client.
    #[error("Invalid SHA-256 Thumbprint for X509Certificate.")]
    OtherCertificate,
}

impl Rejection {
    /// Status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::MalformedHeader | Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            Self::SeveralTokens => StatusCode::BAD_REQUEST,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Value of `WWW-Authenticate` in the answer; `None` when it is not the client's fault.
    #[must_use]
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        let error = match self {
            Self::NoToken => return Some(HeaderValue::from_static("Bearer")),
            Self::KeysUnavailable => return None,
            Self::MalformedHeader | Self::Invalid(_) => "invalid_token",
            Self::SeveralTokens => "invalid_request",
            Self::InsufficientScope => "insufficient_scope",
        };
        let said = self.description();
        let text = format!(
            "Bearer error=\"{error}\", error_description=\"{said}\", error_uri=\"{ERROR_URI}\""
        );
        // Only characters that a header may have are left.
        HeaderValue::try_from(text).ok()
    }

    /// What is said about it: printable ASCII without quotes and backslashes (JA-11).
    #[must_use]
    pub fn description(&self) -> String {
        let text = self.to_string();
        let is_sayable = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if text.bytes().all(is_sayable) && !text.is_empty() { text } else { GENERIC.to_owned() }
    }
}

/// A moment as Java writes an `Instant` of whole seconds. One that a calendar cannot show leads to
/// the generic text.
fn instant(secs: i64) -> String {
    let shown = DateTime::<Utc>::from_timestamp(secs, 0);
    shown
        .map_or_else(|| "\"".to_owned(), |moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(rejection: impl Into<Rejection>) -> String {
        rejection.into().www_authenticate().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn answers_are_springs() {
        let uri = "error_uri=\"https://tools.ietf.org/html/rfc6750#section-3.1\"";
        let invalid = |text: &str| {
            format!("Bearer error=\"invalid_token\", error_description=\"{text}\", {uri}")
        };
        assert_eq!(header(Rejection::NoToken), "Bearer");
        assert_eq!(header(Rejection::MalformedHeader), invalid("Bearer token is malformed"));
        let expired = invalid("Jwt expired at 2026-01-01T00:00:00Z");
        assert_eq!(header(InvalidToken::Expired(1_767_225_600)), expired);
        let early = invalid("Jwt used before 2026-01-01T00:00:00Z");
        assert_eq!(header(InvalidToken::NotYet(1_767_225_600)), early);
        assert_eq!(header(InvalidToken::Signature), invalid("Failed to validate the token"));
        let algorithm = invalid("Unsupported algorithm of HS256");
        assert_eq!(header(InvalidToken::Algorithm("HS256")), algorithm);
        assert_eq!(header(InvalidToken::Issuer), invalid("The iss claim is not valid"));
        assert_eq!(header(InvalidToken::Audience), invalid("The aud claim is not valid"));
        assert_eq!(
            header(Rejection::SeveralTokens),
            format!(
                "Bearer error=\"invalid_request\", \
                 error_description=\"Found multiple bearer tokens in the request\", {uri}"
            )
        );
        assert_eq!(
            header(Rejection::InsufficientScope),
            format!(
                "Bearer error=\"insufficient_scope\", error_description=\"The request requires \
                 higher privileges than provided by the access token.\", {uri}"
            )
        );
        assert_eq!(Rejection::KeysUnavailable.www_authenticate(), None);
    }

    #[test]
    fn what_cannot_be_said_becomes_the_generic_text() {
        for odd in [
            InvalidToken::Expired(i64::MIN),
            InvalidToken::NotYet(i64::MAX),
            InvalidToken::Type("a\"b".to_owned()),
            InvalidToken::Type("a\\b".to_owned()),
            InvalidToken::Type("JWT\r\nX: y".to_owned()),
            InvalidToken::Type("é".to_owned()),
        ] {
            assert_eq!(Rejection::from(odd).description(), GENERIC);
        }
    }

    #[test]
    fn each_has_its_status() {
        for (rejection, status) in [
            (Rejection::NoToken, 401),
            (Rejection::MalformedHeader, 401),
            (InvalidToken::Malformed.into(), 401),
            (Rejection::SeveralTokens, 400),
            (Rejection::InsufficientScope, 403),
            (Rejection::KeysUnavailable, 503),
        ] {
            assert_eq!(rejection.status().as_u16(), status);
        }
    }
}
