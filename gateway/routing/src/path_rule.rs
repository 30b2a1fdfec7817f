//! A path pattern on its own, for rules that are no routes.

use std::fmt;

use crate::captures::{Captures, Names};
use crate::pattern::PathPattern;

/// A path pattern such as `/orders/**`, in the language of routes.
#[derive(Clone, Debug)]
pub struct PathRule {
    pattern: PathPattern,
    variables: usize,
}

impl PathRule {
    /// Reads a pattern. One without a leading slash gets it.
    ///
    /// # Errors
    /// It is none; the text says why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut names = Names::default();
        let pattern = PathPattern::parse(text, &mut names)?;
        Ok(Self { pattern, variables: names.len() })
    }

    /// Whether a raw path fits. One slash too many at its end changes nothing: a route may forgive
    /// it, and then what guards the path without it must guard this one.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        let mut captures = Captures::default();
        captures.reset(self.variables);
        self.pattern.is_match(path, true, &mut captures)
    }
}

impl fmt::Display for PathRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pattern.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_speak_the_language_of_routes() {
        let fits = |pattern: &str, path: &str| PathRule::parse(pattern).unwrap().fits(path);
        assert!(fits("/orders/**", "/orders") && fits("/orders/**", "/orders/1/lines"));
        assert!(fits("/orders/{id}", "/orders/7") && !fits("/orders/{id}", "/orders/7/lines"));
        assert!(fits("/admin", "/admin/") && fits("/admin", "/%61dmin"));
        assert!(!fits("/admin", "/administrator"));
        assert!(PathRule::parse("/a/**/b").is_err());
    }
}
