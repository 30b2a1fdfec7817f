//! Arguments of a predicate or filter by name, whichever syntax they were written in.

use crate::definition::{ArgDefinition, POSITION};
use crate::tree::canonical;
use crate::{Origin, PartDefinition, RouteError};

/// How the positions of the one-line syntax map to names (RD-11, RD-12).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shortcut {
    /// One name each; what is too much has no meaning.
    Fields(&'static [&'static str]),
    /// All values are one list; a last `true` or `false` is the flag, if it has one.
    List {
        /// Name of the list.
        list: &'static str,
        /// Name of the flag.
        flag: Option<&'static str>,
    },
    /// There is no one-line syntax.
    None,
}

/// Arguments of one part. Names are compared loosely, `a.b` and nested `a: {b: …}` are the same.
pub(crate) struct Args<'a> {
    pub(crate) part: &'a PartDefinition,
    shortcut: Shortcut,
    /// Canonical name without list position, and the argument.
    named: Vec<(String, &'a ArgDefinition)>,
}

impl<'a> Args<'a> {
    /// Names the arguments; `keys` are the names beyond those of the shortcut.
    pub(crate) fn new(
        part: &'a PartDefinition,
        shortcut: Shortcut,
        keys: &[&'static str],
        warnings: &mut Vec<String>,
    ) -> Result<Self, RouteError> {
        let mut named = Vec::new();
        for arg in &part.args {
            let is_resolver = canonical(&arg.key) == "keyresolver";
            if arg.value.trim_start().starts_with("#{") && !is_resolver {
                let problem = format!("{}: expressions are not supported", arg.key);
                return Err(RouteError::at(&arg.origin, problem));
            }
            let position = arg.key.strip_prefix(POSITION).and_then(|at| at.parse::<usize>().ok());
            let name = match (position, shortcut) {
                (None, _) | (_, Shortcut::List { .. }) => canonical(root(&arg.key)),
                (Some(at), Shortcut::Fields(fields)) => match fields.get(at) {
                    Some(field) => canonical(field),
                    None => {
                        warnings.push(format!(
                            "{}: {}: {:?} is one value too many and has no effect",
                            arg.origin, part.name, arg.value
                        ));
                        continue;
                    }
                },
                (Some(_), Shortcut::None) => {
                    let problem = "it has no one-line syntax: write name and args";
                    return Err(RouteError::at(&part.origin, problem));
                }
            };
            named.push((name, arg));
        }
        let args = Self { part, shortcut, named };
        if !matches!(shortcut, Shortcut::List { .. }) {
            args.check_names(keys)?;
        }
        Ok(args)
    }

    fn check_names(&self, keys: &[&'static str]) -> Result<(), RouteError> {
        let fields = match self.shortcut {
            Shortcut::Fields(fields) => fields,
            Shortcut::List { .. } | Shortcut::None => &[],
        };
        let all = || fields.iter().chain(keys).copied();
        let known = |name: &str| {
            all().any(|key| {
                let key = canonical(key);
                name == key || key.strip_suffix(".*").is_some_and(|map| name.starts_with(map))
            })
        };
        match self.named.iter().find(|(name, _)| !known(name)) {
            None => Ok(()),
            Some((_, arg)) => {
                let problem = format!("{} is not an argument", arg.key);
                Err(RouteError::at(&arg.origin, problem).near(root(&arg.key), all()))
            }
        }
    }

    /// A fault of this part as a whole.
    pub(crate) fn error(&self, problem: impl Into<String>) -> RouteError {
        RouteError::at(&self.part.origin, problem)
    }

    /// Where an argument was written, or else the part.
    pub(crate) fn origin(&self, name: &str) -> &'a Origin {
        self.find(name).map_or(&self.part.origin, |arg| &arg.origin)
    }

    fn find(&self, name: &str) -> Option<&'a ArgDefinition> {
        let wanted = canonical(name);
        self.named.iter().rev().find(|(own, _)| *own == wanted).map(|(_, arg)| *arg)
    }

    /// The text of an argument; `None` when it is not written or empty.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.find(name).map(|arg| arg.value.trim()).filter(|text| !text.is_empty())
    }

    /// Whether an argument is written, be it empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The text of an argument that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&'a str, RouteError> {
        self.text(name).ok_or_else(|| self.error(format!("{name} is missing")))
    }

    /// An argument read by `read`; `expected` completes "is not …".
    pub(crate) fn parse<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Option<T>, RouteError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let problem =
            || RouteError::at(self.origin(name), format!("{name}: {text:?} is not {expected}"));
        read(text).map(Some).ok_or_else(problem)
    }

    /// An argument read by `read`, whose error says what is wrong.
    pub(crate) fn convert<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Result<Option<T>, RouteError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        read(text).map(Some).map_err(|problem| self.wrong(name, &problem))
    }

    /// A fault of one argument.
    pub(crate) fn wrong(&self, name: &str, problem: &str) -> RouteError {
        RouteError::at(self.origin(name), format!("{name}: {problem}"))
    }

    /// A switch with a default.
    pub(crate) fn switch(&self, name: &str, default: bool) -> Result<bool, RouteError> {
        let value = self.parse(name, "true or false", crate::value::switch)?;
        Ok(value.unwrap_or(default))
    }

    /// Texts of a list argument, from list positions or commas.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a str> {
        let wanted = canonical(name);
        let own = self.named.iter().filter(|(own, _)| *own == wanted);
        let pieces = own.flat_map(|(_, arg)| arg.value.split(','));
        pieces.map(str::trim).filter(|piece| !piece.is_empty()).collect()
    }

    /// Values of a list-type part: everything that is written, whatever its name (RD-13), and the
    /// flag if there is one.
    pub(crate) fn all(&self) -> Result<(Vec<&'a str>, Option<bool>), RouteError> {
        let Shortcut::List { list, flag } = self.shortcut else { return Ok((Vec::new(), None)) };
        let flag_name = flag.map(canonical);
        let mut values = Vec::new();
        let mut found = None;
        for (name, arg) in &self.named {
            let text = arg.value.trim();
            if Some(name) == flag_name.as_ref() {
                found = Some(crate::value::switch(text).ok_or_else(|| {
                    RouteError::at(&arg.origin, format!("{text:?} is neither true nor false"))
                })?);
            } else if arg.key.starts_with(POSITION) {
                values.extend(Some(text).filter(|text| !text.is_empty()));
            } else {
                values.extend(split_outside_braces(text));
            }
        }
        if flag.is_some()
            && let Some(last @ ("true" | "false")) = values.last().copied()
        {
            found = Some(last == "true");
            values.pop();
        }
        if values.is_empty() {
            return Err(self.error(format!("{list} is empty")));
        }
        Ok((values, found))
    }
}

/// Pieces between commas that are not inside braces: `/{n:\d{1,3}},/b` is two.
fn split_outside_braces(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let pieces = text.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    });
    pieces.map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// A name without its list position: `statuses[1]` and `patterns.0` lose it.
fn root(key: &str) -> &str {
    let name = key.split_once('[').map_or(key, |(name, _)| name);
    match name.rsplit_once('.') {
        Some((name, index)) if index.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Shortcut = Shortcut::Fields(&["name", "backoff.firstBackoff"]);
    const LIST: Shortcut = Shortcut::List { list: "patterns", flag: Some("matchTrailingSlash") };

    #[test]
    fn positions_names_and_nesting_are_the_same() {
        for part in [
            PartDefinition::new("X", &[("_genkey_0", "a"), ("_genkey_1", "5ms")]),
            PartDefinition::new("X", &[("Name", "a"), ("backoff.first-backoff", "5ms")]),
        ] {
            let args = Args::new(&part, FIELDS, &[], &mut Vec::new()).unwrap();
            assert_eq!(args.required("name").unwrap(), "a");
            assert_eq!(args.text("backoff.firstBackoff"), Some("5ms"));
        }
    }

    #[test]
    fn a_name_that_does_not_exist_is_an_error_and_a_value_too_many_a_warning() {
        let part = PartDefinition::new("X", &[("nmae", "a")]);
        let error = Args::new(&part, FIELDS, &[], &mut Vec::new()).err().unwrap();
        assert_eq!(error.suggestion.as_deref(), Some("name"));

        let part = PartDefinition::new("X", &[("_genkey_2", "a")]);
        let mut warnings = Vec::new();
        Args::new(&part, FIELDS, &[], &mut warnings).unwrap();
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn a_list_gathers_all_values_whatever_their_names_rd_13() {
        for args in [
            vec![("pattern", "/x")],
            vec![("patterns[0]", "/x")],
            vec![("patterns.0", "/x")],
            vec![("_genkey_0", "/x"), ("_genkey_1", "false")],
        ] {
            let part = PartDefinition::new("Path", &args);
            let args = Args::new(&part, LIST, &[], &mut Vec::new()).unwrap();
            assert_eq!(args.all().unwrap().0, ["/x"]);
        }
        let part = PartDefinition::new(
            "Path",
            &[("p", r"/{n:\d{1,3}},/b"), ("matchTrailingSlash", "true")],
        );
        let args = Args::new(&part, LIST, &[], &mut Vec::new()).unwrap();
        assert_eq!(args.all().unwrap(), (vec![r"/{n:\d{1,3}}", "/b"], Some(true)));
    }
}
