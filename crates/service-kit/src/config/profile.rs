//! Profiles: which documents of a configuration apply.
//!
//! Source: Spring's `Profiles#of` (expressions), Spring Boot reference "Profiles" (groups).

use std::collections::BTreeMap;

/// Nesting of parentheses beyond which an expression is refused.
const DEPTH_MAX: usize = 16;

/// The profiles in effect, in order; of two that set a key the later one wins.
///
/// `active` come first and `included` after them, each directly followed by the members of its
/// group. Without any the profile is `default`.
pub(super) fn expand(
    active: &[String],
    included: &[String],
    groups: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut pending: Vec<&String> = active.iter().chain(included).rev().collect();
    while let Some(profile) = pending.pop() {
        if out.contains(profile) {
            continue;
        }
        out.push(profile.clone());
        pending.extend(groups.get(profile).into_iter().flatten().rev());
    }
    out
}

/// Whether `expression` (`prod & !cloud`, `(a | b) & c`, or a comma list meaning any of them)
/// accepts the `active` profiles.
///
/// # Errors
/// A sentence about what is malformed; mixing `&` and `|` without parentheses is, as in Spring.
pub(super) fn accepts(expression: &str, active: &[String]) -> Result<bool, String> {
    let mut any = false;
    for alternative in expression.split(',') {
        let mut parser = Expression { rest: alternative, active, depth: 0 };
        let value = parser.chain()?;
        if !parser.rest.trim().is_empty() {
            return Err(malformed(alternative));
        }
        any |= value;
    }
    Ok(any)
}

fn malformed(expression: &str) -> String {
    format!("{:?} is not a profile expression such as prod or (prod & !cloud)", expression.trim())
}

struct Expression<'a> {
    rest: &'a str,
    active: &'a [String],
    depth: usize,
}

impl Expression<'_> {
    fn take(&mut self, symbol: char) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn chain(&mut self) -> Result<bool, String> {
        let mut value = self.operand()?;
        let mut operator = None;
        loop {
            let found = if self.take('&') {
                '&'
            } else if self.take('|') {
                '|'
            } else {
                return Ok(value);
            };
            if operator.is_some_and(|earlier| earlier != found) {
                return Err("& and | need parentheses between them".to_owned());
            }
            operator = Some(found);
            let next = self.operand()?;
            value = if found == '&' { value && next } else { value || next };
        }
    }

    fn operand(&mut self) -> Result<bool, String> {
        let mut negated = false;
        while self.take('!') {
            negated = !negated;
        }
        if self.take('(') {
            self.depth = self.depth.saturating_add(1);
            if self.depth > DEPTH_MAX {
                return Err(format!("parentheses nest more than {DEPTH_MAX} deep"));
            }
            let value = self.chain()?;
            if !self.take(')') {
                return Err(malformed(self.rest));
            }
            self.depth = self.depth.saturating_sub(1);
            return Ok(value != negated);
        }
        let start = self.rest.trim_start();
        let end = start.find(['&', '|', '!', '(', ')']).unwrap_or(start.len());
        let (name, rest) = start.split_at(end);
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(malformed(start));
        }
        self.rest = rest;
        Ok(self.active.iter().any(|profile| profile == name) != negated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn expressions_follow_spring() {
        let active = names("prod eu");
        for (expression, expected) in [
            ("prod", true),
            ("dev", false),
            ("!dev", true),
            ("prod & eu", true),
            ("prod & !eu", false),
            ("dev | eu", true),
            ("(dev | prod) & !us", true),
            ("!(dev | prod)", false),
            ("dev, eu", true),
            ("dev,us", false),
            ("!!prod", true),
        ] {
            assert_eq!(accepts(expression, &active), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn malformed_expressions_are_refused() {
        let deep = "(".repeat(100);
        for expression in ["", "a &", "a | b & c", "(a", "a)", "a b", "&", "a,,b", &deep] {
            assert!(accepts(expression, &[]).is_err(), "{expression}");
        }
    }

    #[test]
    fn groups_follow_their_profile_and_cycles_end() {
        let groups = BTreeMap::from([
            ("prod".to_owned(), names("db mq")),
            ("mq".to_owned(), names("prod tls")),
        ]);

        assert_eq!(
            expand(&names("prod"), &names("extra db"), &groups),
            names("prod db mq tls extra")
        );
    }
}
