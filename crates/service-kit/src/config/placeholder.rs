//! `${name}` and `${name:default}`: references to other keys and to the environment.
//!
//! Source: Spring's `PropertyPlaceholderHelper`.

/// Placeholders inside placeholders beyond which a value is refused.
const DEPTH_MAX: usize = 32;
/// Bytes a value may grow to.
const EXPANDED_BYTES_MAX: usize = 64 << 10;
/// Placeholders followed for one value; stops values that refer to each other many times over.
const LOOKUPS_MAX: usize = 1_000;

/// Why a value has no final text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceholderError {
    /// Nobody defines the name and there is no default.
    #[error("${{{0}}} is defined nowhere and has no default (write ${{{0}:...}} to give one)")]
    Undefined(String),
    /// The value needs itself.
    #[error("{} refers to itself", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// An opening `${` has no closing brace.
    #[error("`${{` without its closing brace")]
    Unclosed,
    /// Too deep, too many or too long.
    #[error("placeholders expand to more than {EXPANDED_BYTES_MAX} bytes or too deep")]
    TooLarge,
}

/// Replaces every placeholder in `text`, asking `lookup` for the raw value of a name.
pub(super) fn resolve(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, PlaceholderError> {
    if !text.contains("${") {
        return Ok(text.to_owned());
    }
    let mut walk = Walk { lookup, stack: Vec::new(), lookups: 0, keeps_unknown: false };
    walk.text(text, 0)
}

/// The same, but names that nobody defines stay as they are written: they may be somebody else's.
pub(super) fn resolve_known(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, PlaceholderError> {
    if !text.contains("${") {
        return Ok(text.to_owned());
    }
    let mut walk = Walk { lookup, stack: Vec::new(), lookups: 0, keeps_unknown: true };
    walk.text(text, 0)
}

/// The names referred to in `text`, those inside defaults and names included.
pub(super) fn references(text: &str) -> Vec<&str> {
    text.match_indices("${")
        .filter_map(|(at, opening)| text.get(at.saturating_add(opening.len())..))
        .map(|rest| rest.split([':', '}', '$']).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

struct Walk<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    stack: Vec<String>,
    lookups: usize,
    keeps_unknown: bool,
}

impl Walk<'_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<String, PlaceholderError> {
        if depth > DEPTH_MAX {
            return Err(PlaceholderError::TooLarge);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (inner, next) = closing(after).ok_or(PlaceholderError::Unclosed)?;
            if let Some(escaped) = before.strip_suffix('\\') {
                out.push_str(escaped);
                out.push_str("${");
                out.push_str(inner);
                out.push('}');
            } else {
                out.push_str(before);
                out.push_str(&self.placeholder(inner, depth)?);
            }
            if out.len() > EXPANDED_BYTES_MAX {
                return Err(PlaceholderError::TooLarge);
            }
            rest = next;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn placeholder(&mut self, inner: &str, depth: usize) -> Result<String, PlaceholderError> {
        let deeper = depth.saturating_add(1);
        let (name, default) = match top_level_colon(inner) {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let name = self.text(name, deeper)?;
        if self.stack.contains(&name) {
            let mut cycle = self.stack.clone();
            cycle.push(name);
            return Err(PlaceholderError::Cycle(cycle));
        }
        self.lookups = self.lookups.saturating_add(1);
        if self.lookups > LOOKUPS_MAX {
            return Err(PlaceholderError::TooLarge);
        }
        match ((self.lookup)(&name), default) {
            (Some(raw), _) => {
                self.stack.push(name);
                let value = self.text(&raw, deeper);
                self.stack.pop();
                value
            }
            (None, Some(default)) => self.text(default, deeper),
            (None, None) if self.keeps_unknown => Ok(format!("${{{inner}}}")),
            (None, None) => Err(PlaceholderError::Undefined(name)),
        }
    }
}

/// Splits after the brace that closes a placeholder whose `${` was just read.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut open: usize = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open = open.saturating_add(1),
            '}' if open == 0 => return Some((text.get(..at)?, text.get(at.saturating_add(1)..)?)),
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Splits at the first colon that is not inside a nested placeholder.
fn top_level_colon(text: &str) -> Option<(&str, &str)> {
    let mut open: usize = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open = open.saturating_add(1),
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 => return Some((text.get(..at)?, text.get(at.saturating_add(1)..)?)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "host" => "eureka-1",
            "url" => "http://${host}:${port:8761}/",
            "which" => "host",
            "a" => "${b}",
            "b" => "x${a}",
            "empty" => "",
            "bomb" => "${url}${url}${url}${url}${url}${url}${url}${url}${url}${url}",
            "bomb2" => "${bomb}${bomb}${bomb}${bomb}${bomb}${bomb}${bomb}${bomb}${bomb}${bomb}",
            "bomb3" => "${bomb2}${bomb2}${bomb2}${bomb2}${bomb2}${bomb2}${bomb2}${bomb2}",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn names_defaults_and_nesting() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${host}", "eureka-1"),
            ("<${url}>", "<http://eureka-1:8761/>"),
            ("${none:${host}}", "eureka-1"),
            ("${none:${other:a:b}}", "a:b"),
            ("${none:}", ""),
            ("${empty:x}", ""),
            ("${${which}}", "eureka-1"),
            ("\\${host} ${host}", "${host} eureka-1"),
            ("$ {host} $host }", "$ {host} $host }"),
            ("${none:{x}}", "{x}"),
        ] {
            assert_eq!(resolve(text, &lookup).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_cycle_names_its_members() {
        let cycle = resolve("${a}", &lookup).unwrap_err();

        assert_eq!(cycle.to_string(), "a -> b -> a refers to itself");
    }

    #[test]
    fn undefined_and_unclosed_names_are_refused() {
        assert_eq!(
            resolve("x${none}", &lookup),
            Err(PlaceholderError::Undefined("none".to_owned()))
        );
        assert_eq!(resolve("x${host", &lookup), Err(PlaceholderError::Unclosed));
    }

    #[test]
    fn values_that_multiply_are_refused() {
        assert_eq!(resolve("${bomb3}${bomb3}", &lookup), Err(PlaceholderError::TooLarge));
        let deep = format!("{}x{}", "${n:".repeat(100), "}".repeat(100));
        assert_eq!(resolve(&deep, &lookup), Err(PlaceholderError::TooLarge));
    }

    #[test]
    fn references_are_found_at_every_level() {
        assert_eq!(references("${a:${b.c}}-${d}"), ["a", "b.c", "d"]);
    }
}
