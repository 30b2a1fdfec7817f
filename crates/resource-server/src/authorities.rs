//! What a token allows, as Spring derives it from claims (JW-21).

use serde_json::{Map, Value};

/// Claims that scopes are looked for in; the first that is there counts, even if it is empty.
const SCOPE_CLAIMS: [&str; 2] = ["scope", "scp"];
const SCOPE_PREFIX: &str = "SCOPE_";
const ROLE_PREFIX: &str = "ROLE_";

/// From which claim authorities are taken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityMapping {
    /// The claim; `scope` or `scp` if not set.
    pub claim: Option<String>,
    /// What stands between them in a text.
    pub delimiter: Delimiter,
    /// What is put before each.
    pub prefix: String,
}

impl Default for AuthorityMapping {
    fn default() -> Self {
        Self { claim: None, delimiter: Delimiter::default(), prefix: SCOPE_PREFIX.to_owned() }
    }
}

impl AuthorityMapping {
    /// Authorities of a token, in its order, each once.
    pub(crate) fn of(&self, claims: &Map<String, Value>) -> Vec<String> {
        let value = match &self.claim {
            Some(name) => claims.get(name),
            None => SCOPE_CLAIMS.iter().find_map(|name| claims.get(*name)),
        };
        let names: Vec<&str> = match value {
            Some(Value::String(text)) => self.delimiter.split(text).collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut authorities = Vec::with_capacity(names.len());
        for name in names {
            let authority = format!("{}{name}", self.prefix);
            if !name.is_empty() && !authorities.contains(&authority) {
                authorities.push(authority);
            }
        }
        authorities
    }
}

/// What separates authorities in a text: the regular expressions that are used for it, which are
/// one character or several, given as they are, escaped, or in a class, once or repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiter(Separator);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Separator {
    /// This text.
    Text(String),
    /// Any of these characters; runs of them separate once.
    AnyOf(Vec<char>),
}

/// A delimiter that is a larger regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a delimiter is a text, an escaped character, \\s or a class such as [ ,], optionally with +"
)]
pub struct DelimiterError;

impl Default for Delimiter {
    fn default() -> Self {
        Self(Separator::Text(" ".to_owned()))
    }
}

impl Delimiter {
    /// Reads what Spring's `authorities-claim-delimiter` holds.
    ///
    /// # Errors
    /// It is a regular expression that nothing but an engine for them can follow.
    pub fn parse(text: &str) -> Result<Self, DelimiterError> {
        const BLANKS: &str = " \t\n\r\u{c}";
        if let Some(text) = unescaped(text, r"\.[]{}()*+?^$|") {
            return Ok(Self(Separator::Text(text)));
        }
        let one = text.strip_suffix('+').unwrap_or(text);
        if let Some(inner) = one.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            // A dash is itself only where it cannot span a range.
            let spans = inner.trim_start_matches('-').trim_end_matches('-').contains('-');
            let members = unescaped(&inner.replace(r"\s", BLANKS), r"\[]&^");
            return match members {
                Some(members) if !spans => Ok(Self(Separator::AnyOf(members.chars().collect()))),
                _ => Err(DelimiterError),
            };
        }
        if one == r"\s" {
            return Ok(Self(Separator::AnyOf(BLANKS.chars().collect())));
        }
        let text = unescaped(one, r"\.[]{}()*+?^$|").filter(|text| text.chars().count() == 1);
        let only = text.ok_or(DelimiterError)?;
        Ok(Self(Separator::AnyOf(only.chars().collect())))
    }

    fn split<'a>(&'a self, text: &'a str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match &self.0 {
            Separator::Text(delimiter) => Box::new(text.split(delimiter.as_str())),
            Separator::AnyOf(chars) => Box::new(text.split(|c: char| chars.contains(&c))),
        }
    }
}

/// The characters that a piece of a regular expression stands for, if it holds no operator.
fn unescaped(text: &str, operators: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next()? {
                't' => '\t',
                escaped if !escaped.is_alphanumeric() => escaped,
                _ => return None,
            },
            c if operators.contains(c) => return None,
            c => c,
        };
        out.push(plain);
    }
    (!out.is_empty()).then_some(out)
}

/// The authority of a scope.
pub(crate) fn of_scope(scope: &str) -> String {
    format!("{SCOPE_PREFIX}{scope}")
}

/// The authority of a role, with or without its prefix.
pub(crate) fn of_role(role: &str) -> String {
    format!("{ROLE_PREFIX}{}", role.strip_prefix(ROLE_PREFIX).unwrap_or(role))
}

/// The role that an authority stands for.
pub(crate) fn role_in(authority: &str) -> Option<&str> {
    authority.strip_prefix(ROLE_PREFIX)
}

/// Whether `text` is written as an authority, of a scope or a role.
pub(crate) fn is_authority(text: &str) -> bool {
    let named = text.strip_prefix(SCOPE_PREFIX).or_else(|| text.strip_prefix(ROLE_PREFIX));
    named.is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mapping: &AuthorityMapping, claims: &str) -> String {
        mapping.of(&serde_json::from_str(claims).unwrap()).join(" ")
    }

    #[test]
    fn scopes_come_from_the_first_of_two_claims() {
        let mapping = AuthorityMapping::default();
        for (claims, authorities) in [
            (r#"{"scope":"a b"}"#, "SCOPE_a SCOPE_b"),
            (r#"{"scope":" a  a "}"#, "SCOPE_a"),
            (r#"{"scp":["a","b"]}"#, "SCOPE_a SCOPE_b"),
            (r#"{"scope":"","scp":["a"]}"#, ""),
            (r#"{"scope":["a",7,null,""],"scp":"b"}"#, "SCOPE_a"),
            (r#"{"scope":7}"#, ""),
            (r#"{"roles":["ADMIN"]}"#, ""),
        ] {
            assert_eq!(of(&mapping, claims), authorities, "{claims}");
        }
    }

    #[test]
    fn another_claim_replaces_both() {
        let mapping = AuthorityMapping {
            claim: Some("roles".to_owned()),
            delimiter: Delimiter::parse(",").unwrap(),
            prefix: "ROLE_".to_owned(),
        };
        assert_eq!(of(&mapping, r#"{"roles":"A,B C","scope":"x"}"#), "ROLE_A ROLE_B C");
        assert_eq!(of(&mapping, r#"{"scope":"x"}"#), "");
    }

    #[test]
    fn delimiters_are_what_they_match() {
        for (delimiter, text) in [
            (" ", "a b"),
            (",", "a,b"),
            (r"\|", "a|b"),
            (r"\s", "a\tb"),
            (r"\s+", "a \n b"),
            ("[ ,]", "a,b"),
            (r"[\s,;]+", "a, ;b"),
            (", ", "a, b"),
            (" +", "a  b"),
            (r"\.", "a.b"),
            ("-", "a-b"),
            (":", "a:b"),
            ("[-,]", "a-b"),
        ] {
            let parsed = Delimiter::parse(delimiter).unwrap();
            let parts: Vec<_> = parsed.split(text).filter(|part| !part.is_empty()).collect();
            assert_eq!(parts, ["a", "b"], "{delimiter}");
        }
        for delimiter in
            ["", ".", "a|b", "(,)", "[^a]", "[a-z]", r"\d", ", +", "a*", r"\", "[a&&b]"]
        {
            assert_eq!(Delimiter::parse(delimiter), Err(DelimiterError), "{delimiter}");
        }
    }
}
