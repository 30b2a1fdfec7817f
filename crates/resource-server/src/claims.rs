//! What the claims of a token must be for it to be valid (JW-12 to JW-16).

use std::time::Duration;

use serde_json::{Map, Value};

use crate::jws::Header;
use crate::rejection::InvalidToken;

/// What the claims and the type of a token must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimChecks {
    /// Issuer; any if not set.
    pub issuer: Option<String>,
    /// Audiences of which a token must have one; any if empty.
    pub audiences: Vec<String>,
    /// Values of `typ` that are taken, in any case; a token without `typ` always is.
    pub types: Vec<String>,
    /// Whether a token must have an end.
    pub require_exp: bool,
    /// How far clocks may be apart.
    pub skew: Duration,
    /// How long a token may be valid from when it was issued; any length if not set.
    pub lifetime_max: Option<Duration>,
}

impl Default for ClaimChecks {
    fn default() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            types: ["JWT", "at+jwt", "application/at+jwt"].map(str::to_owned).to_vec(),
            require_exp: true,
            skew: Duration::from_secs(60),
            lifetime_max: None,
        }
    }
}

impl ClaimChecks {
    /// Checks a token whose signature is valid. `now` in milliseconds since the Unix epoch.
    /// The order is that in which Spring asks: times, type, issuer, audience.
    pub(crate) fn check(
        &self,
        header: &Header,
        claims: &Map<String, Value>,
        now: u64,
    ) -> Result<(), InvalidToken> {
        self.check_times(claims, now)?;
        let is_taken = |kind: &String| self.types.iter().any(|own| own.eq_ignore_ascii_case(kind));
        if !header.kind.as_ref().is_none_or(is_taken) {
            return Err(InvalidToken::Type(self.types.join(", ")));
        }
        let issuer = issuer_in(claims);
        if self.issuer.as_deref().is_some_and(|own| issuer != Some(own)) {
            return Err(InvalidToken::Issuer);
        }
        if !self.audiences.is_empty() && !self.is_audience(claims.get("aud")) {
            return Err(InvalidToken::Audience);
        }
        check_types(claims)
    }

    fn check_times(&self, claims: &Map<String, Value>, now: u64) -> Result<(), InvalidToken> {
        let now = i128::from(now);
        let skew = millis(self.skew);
        let ends = seconds(claims, "exp")?;
        let begins = seconds(claims, "nbf")?;
        let issued = seconds(claims, "iat")?;
        match ends {
            Some(ends) if now - skew > i128::from(ends) * 1000 => {
                return Err(InvalidToken::Expired(ends));
            }
            None if self.require_exp || self.lifetime_max.is_some() => {
                return Err(InvalidToken::NoExpiry);
            }
            _ => {}
        }
        if let Some(begins) = begins
            && now + skew < i128::from(begins) * 1000
        {
            return Err(InvalidToken::NotYet(begins));
        }
        // One that ends before it begins was made by nobody in his right mind; Spring takes none.
        if issued.zip(ends).is_some_and(|(issued, ends)| ends <= issued) {
            return Err(InvalidToken::Malformed);
        }
        if let (Some(most), Some(ends)) = (self.lifetime_max, ends) {
            // One issued in the future would otherwise have as long as it likes.
            let from = issued.map_or(now, |issued| now.min(i128::from(issued) * 1000));
            if i128::from(ends) * 1000 - from > millis(most) {
                return Err(InvalidToken::Lifetime);
            }
        }
        Ok(())
    }

    fn is_audience(&self, claim: Option<&Value>) -> bool {
        let is_own = |value: &Value| self.audiences.iter().any(|own| value == own);
        match claim {
            Some(Value::Array(list)) => list.iter().any(is_own),
            Some(value) => is_own(value),
            None => false,
        }
    }
}

/// Registered names are of the types that RFC 7519 gives them, whether anybody asks for them or not.
fn check_types(claims: &Map<String, Value>) -> Result<(), InvalidToken> {
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let is_sound = |name: &str, value: &Value| match name {
        "iss" | "sub" => is_text(value),
        "aud" => is_text(value) || value.is_array(),
        _ => true,
    };
    let mut odd = claims.iter().filter(|(name, value)| !is_sound(name, value));
    odd.next().map_or(Ok(()), |_| Err(InvalidToken::Malformed))
}

/// The issuer that a token names.
pub(crate) fn issuer_in(claims: &Map<String, Value>) -> Option<&str> {
    claims.get("iss").and_then(Value::as_str)
}

/// A moment in whole seconds since the Unix epoch; fractions are dropped, as Spring does.
pub(crate) fn seconds(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<i64>, InvalidToken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(Some(whole)),
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and is meant to drop")]
            (None, Some(decimal)) => Ok(Some(decimal as i64)),
            (None, None) => Err(InvalidToken::Malformed),
        },
        Some(_) => Err(InvalidToken::Malformed),
    }
}

fn millis(time: Duration) -> i128 {
    i128::try_from(time.as_millis()).unwrap_or(i128::MAX >> 1)
}

#[cfg(test)]
mod tests;
