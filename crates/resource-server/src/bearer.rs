//! The token in the `Authorization` header (JW-7).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::rejection::Rejection;

const SCHEME: &[u8] = b"bearer";

/// The bearer token of a request; `None` if it has none, or credentials of another scheme.
///
/// Nothing but the header is looked at: neither the query nor a form.
///
/// # Errors
/// [`Rejection::MalformedHeader`] for a bearer header that is not `Bearer <token68>`,
/// [`Rejection::SeveralTokens`] for more than one `Authorization` line, whatever they hold.
/// Source: Spring's `ServerBearerTokenAuthenticationConverter`, RFC 6750 section 2.1.
pub fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Rejection> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(Rejection::SeveralTokens);
    }
    let line = line.as_bytes();
    let scheme = line.get(..SCHEME.len());
    if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME)) {
        return Ok(None);
    }
    let token = line.get(SCHEME.len()..).and_then(|rest| rest.strip_prefix(b" "));
    let token = token.filter(|token| is_token68(token));
    let text = token.and_then(|token| std::str::from_utf8(token).ok());
    text.map(Some).ok_or(Rejection::MalformedHeader)
}

/// Letters, digits and `-._~+/`, then any number of `=`.
fn is_token68(token: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    let end = token.iter().position(|byte| !is_letter(byte)).unwrap_or(token.len());
    end > 0 && token.iter().skip(end).all(|&byte| byte == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<String>, Rejection> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, line.parse().unwrap());
        }
        bearer_token(&headers).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn a_token_follows_the_scheme_in_any_case() {
        for line in ["Bearer a.b-c_~+/9==", "bearer a.b-c_~+/9==", "BEARER a.b-c_~+/9=="] {
            assert_eq!(read(&[line]), Ok(Some("a.b-c_~+/9==".to_owned())), "{line}");
        }
    }

    #[test]
    fn other_credentials_are_no_token() {
        for lines in [&[][..], &["Basic dTpw"], &["Digest x"], &["Bear x"], &[""]] {
            assert_eq!(read(lines), Ok(None), "{lines:?}");
        }
    }

    #[test]
    fn what_only_begins_like_a_token_is_malformed() {
        for line in [
            "Bearer",
            "Bearer ",
            "Bearer  a",
            "Bearerx",
            "Bearer a b",
            "Bearer a,b",
            "Bearer =",
            "Bearer a=b",
            "Bearer a\"",
            "Bearer\ta",
            "Bearer é",
        ] {
            assert_eq!(read(&[line]), Err(Rejection::MalformedHeader), "{line}");
        }
    }

    #[test]
    fn two_lines_are_refused_whatever_they_hold() {
        for lines in [["Bearer a", "Bearer a"], ["Basic x", "Bearer a"], ["Bearer a", ""]] {
            assert_eq!(read(&lines), Err(Rejection::SeveralTokens));
        }
    }
}
