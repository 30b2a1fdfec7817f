//! Query parameters: each is known, read once, and named in the error if it is wrong (H-7).

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::problem::{FieldError, Problem};

/// Parameters of one request; more are answered with 400.
const PARAMS_MAX: usize = 300;

/// Query parameters that have not been read yet.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Params {
    /// Parses the part of a URL behind the `?`.
    ///
    /// # Errors
    /// 400 for what is not percent-encoded UTF-8, or for too many.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if all.len() == PARAMS_MAX {
                return Err(Problem::bad_request("TOO_MANY_PARAMETERS", "too many parameters"));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            all.push((decoded(name)?, decoded(value)?));
        }
        Ok(Self(all))
    }

    /// All values of `name`, in order; those after it no longer have it.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let (mine, others) =
            std::mem::take(&mut self.0).into_iter().partition(|(own, _)| own == name);
        self.0 = others;
        let mine: Vec<(String, String)> = mine;
        mine.into_iter().map(|(_, value)| value).collect()
    }

    /// The values of `name` as parameters of their own.
    #[must_use]
    pub fn only(&mut self, name: &str) -> Self {
        Self(self.all(name).into_iter().map(|value| (name.to_owned(), value)).collect())
    }

    /// The value of `name`, if it is given and not empty.
    ///
    /// # Errors
    /// 400 if it is given more than once.
    pub fn one(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut all = self.all(name);
        if all.len() > 1 {
            return Err(invalid_parameter(name, "is given more than once"));
        }
        Ok(all.pop().filter(|value| !value.is_empty()))
    }

    /// The value of `name` as a `T`.
    ///
    /// # Errors
    /// 400 if it is given more than once or does not parse.
    pub fn parsed<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        self.one(name)?.map(|value| parsed(name, &value)).transpose()
    }

    /// All values of `name` as `T`.
    ///
    /// # Errors
    /// 400 for the first that does not parse.
    pub fn all_parsed<T: std::str::FromStr>(&mut self, name: &str) -> Result<Vec<T>, Problem> {
        self.all(name).iter().map(|value| parsed(name, value)).collect()
    }

    /// Whether `name` says yes; no if it is not given.
    ///
    /// # Errors
    /// 400 for anything but `true` and `false`.
    pub fn flag(&mut self, name: &str) -> Result<bool, Problem> {
        Ok(self.parsed(name)?.unwrap_or(false))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 400 `UNKNOWN_PARAMETER` for what nobody read: a misspelt filter must not return everything.
    pub fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let detail = format!("there is no parameter {name:?} here");
                let error = FieldError::new(name, "UNKNOWN_PARAMETER", detail.clone());
                let problem = Problem::bad_request("UNKNOWN_PARAMETER", detail);
                Err(Problem { errors: vec![error], ..problem })
            }
        }
    }
}

/// 400 for the value of a parameter.
#[must_use]
pub fn invalid_parameter(name: &str, reason: &str) -> Problem {
    let problem = Problem::bad_request("INVALID_PARAMETER", format!("{name}: {reason}"));
    Problem { errors: vec![FieldError::new(name, "INVALID_PARAMETER", reason)], ..problem }
}

fn parsed<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| invalid_parameter(name, "has a value that cannot be read"))
}

/// Percent-decoding, `+` for a blank.
fn decoded(text: &str) -> Result<String, Problem> {
    let plus = text.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&plus).collect();
    // The decoder leaves a percent sign that introduces nothing as it is: it is a mistake.
    let broken = plus.match_indices('%').any(|(at, _)| {
        let code = plus.as_bytes().get(at + 1..at + 3);
        !code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    });
    match String::from_utf8(bytes) {
        Ok(decoded) if !broken && !decoded.contains('\0') => Ok(decoded),
        _ => Err(Problem::bad_request("MALFORMED_QUERY", "the query is not percent-encoded UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_name_and_the_rest_is_refused() {
        let mut params = Params::parse("q=a+b%26&status=A&status=B&size=20&x=").unwrap();
        assert_eq!(params.one("q").unwrap().as_deref(), Some("a b&"));
        assert_eq!(params.all("status"), ["A", "B"]);
        assert_eq!(params.parsed::<u32>("size").unwrap(), Some(20));
        assert_eq!(params.one("x").unwrap(), None);
        assert!(params.finish().is_ok());

        let mut typo = Params::parse("statsu=A").unwrap();
        assert!(typo.all("status").is_empty());
        assert_eq!(typo.finish().unwrap_err().code(), "UNKNOWN_PARAMETER");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let problem = Params::parse("size=many").unwrap().parsed::<u32>("size").unwrap_err();
        assert_eq!((problem.code(), &*problem.errors()[0].field), ("INVALID_PARAMETER", "size"));
        assert!(Params::parse("q=%zz").is_err() && Params::parse("q=%ff").is_err());
        assert!(Params::parse("q=%00").is_err());
        assert!(Params::parse(&"a&".repeat(301)).is_err());
        assert!(Params::parse("q=1&q=2").unwrap().one("q").is_err());
    }
}
