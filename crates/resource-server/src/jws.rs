//! A signed token as it travels: header, payload and signature (RFC 7515, RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, registered};
use crate::rejection::InvalidToken;
use crate::strict_json;

/// Largest token that is looked at, in bytes (DS-15).
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// What the header says. Where it says to take a key from (`jku`, `jwk`, `x5u`, `x5c`) is not
/// even read (JW-11).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    pub(crate) kind: Option<String>,
}

/// A token taken apart; nothing in it is to be believed before its signature was checked.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    pub(crate) header: Header,
    /// What is signed: header and payload as they were written.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
    pub(crate) claims: Map<String, Value>,
}

impl<'a> Jws<'a> {
    /// Takes `token` apart.
    pub(crate) fn parse(token: &'a str) -> Result<Self, InvalidToken> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(InvalidToken::Malformed);
        }
        // An encrypted token has five parts.
        let (signed, signature) = token.rsplit_once('.').ok_or(InvalidToken::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidToken::Malformed)?;
        if payload.contains('.') {
            return Err(InvalidToken::Malformed);
        }
        let header = header_of(&object(header)?)?;
        let signature = decoded(signature)?;
        Ok(Self { header, signed, signature, claims: object(payload)? })
    }
}

fn header_of(members: &Map<String, Value>) -> Result<Header, InvalidToken> {
    let text = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(InvalidToken::Malformed),
    };
    let algorithm = text("alg")?.ok_or(InvalidToken::Malformed)?;
    let Some(algorithm) = Algorithm::of(&algorithm) else {
        let known = registered(&algorithm);
        return Err(known.map_or(InvalidToken::Malformed, InvalidToken::Algorithm));
    };
    // No extension is known here, so none that is critical can be honoured (RFC 7515, 4.1.11).
    if members.contains_key("crit") {
        return Err(InvalidToken::Malformed);
    }
    Ok(Header { algorithm, key_id: text("kid")?, kind: text("typ")? })
}

fn object(part: &str) -> Result<Map<String, Value>, InvalidToken> {
    strict_json::object(&decoded(part)?).ok_or(InvalidToken::Malformed)
}

/// Strict: no padding, no stray bits, so that a token has one spelling only.
fn decoded(part: &str) -> Result<Vec<u8>, InvalidToken> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidToken::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part("{}"), part("signature"))
    }

    fn refused(header: &str) -> InvalidToken {
        Jws::parse(&token(header)).unwrap_err()
    }

    #[test]
    fn a_token_is_taken_apart() {
        let text = token(r#"{"alg":"RS256","kid":"a","typ":"JWT","jku":"https://evil.example"}"#);
        let jws = Jws::parse(&text).unwrap();
        let [key_id, kind] = ["a", "JWT"].map(|text| Some(text.to_owned()));
        assert_eq!(jws.header, Header { algorithm: Algorithm::Rs256, key_id, kind });
        assert_eq!(jws.signature, b"signature");
        assert_eq!(format!("{}.c2lnbmF0dXJl", jws.signed), text);
    }

    #[test]
    fn only_registered_names_of_algorithms_are_repeated() {
        assert_eq!(refused(r#"{"alg":"none"}"#), InvalidToken::Algorithm("none"));
        assert_eq!(refused(r#"{"alg":"HS256"}"#), InvalidToken::Algorithm("HS256"));
        for header in [r#"{"alg":"<script>"}"#, r#"{"alg":"NONE"}"#, r#"{"alg":7}"#, "{}"] {
            assert_eq!(refused(header), InvalidToken::Malformed, "{header}");
        }
    }

    #[test]
    fn headers_that_break_a_rule_are_malformed() {
        for header in [
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","crit":[],"b64":false}"#,
            r#"{"alg":"RS256","kid":7}"#,
            r#"{"alg":"RS256","typ":null}"#,
            r#"{"alg":"RS256","alg":"RS256"}"#,
            r#"["RS256"]"#,
            "",
        ] {
            assert_eq!(refused(header), InvalidToken::Malformed, "{header}");
        }
    }

    #[test]
    fn a_token_has_three_parts_in_one_spelling() {
        let good = token(r#"{"alg":"RS256"}"#);
        assert!(Jws::parse(&good).is_ok());
        let long = "x".repeat(TOKEN_BYTES_MAX + 1);
        for bad in [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "....",
            &format!("{good}.x.y"),
            &format!("{good}=") as &str,
            &format!(" {good}"),
            &good.replace("e30", "e31"),
            &long,
        ] {
            assert_eq!(Jws::parse(bad).unwrap_err(), InvalidToken::Malformed, "{bad}");
        }
    }
}
