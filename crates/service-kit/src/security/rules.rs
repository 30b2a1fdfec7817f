//! Rules of access as they are configured: `gateway.security.rules`.

use http::Method;
use resource_server::{Access, Rule, Rules};

use super::groups::groups;
use crate::config::{Config, ConfigError};

const PREFIX: &str = "gateway.security.rules";
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The rules of access in their order; `compile` makes what `P` is of a path pattern.
///
/// # Errors
/// A rule lacks its path or its access, or one of its values is none.
pub fn rules<P>(
    config: &Config,
    compile: impl Fn(&str) -> Result<P, String>,
) -> Result<Rules<P>, ConfigError> {
    let mut rules = Vec::new();
    for mut group in groups(config, PREFIX)? {
        let (origin, place) = (group.origin(config), format!("{PREFIX}[{}]", group.name));
        let wrong = |problem: String| ConfigError {
            origin: origin.clone(),
            problem: format!("{place}{problem}"),
            suggestion: None,
        };
        let path = group.take("path").ok_or_else(|| wrong(": it has no path".to_owned()))?;
        let path = compile(&path).map_err(|error| wrong(format!(".path: {error}")))?;
        let access = group.take("access").ok_or_else(|| wrong(": it has no access".to_owned()))?;
        let access: Access = access.parse().map_err(|error| wrong(format!(".access: {error}")))?;
        let mut methods = Vec::new();
        for word in group.take_list("methods") {
            let word = word.to_ascii_uppercase();
            let known = METHODS.contains(&word.as_str()).then(|| Method::try_from(word.as_str()));
            let Some(Ok(method)) = known else {
                return Err(wrong(format!(".methods: {word} is not a method")));
            };
            methods.push(method);
        }
        group.finish(config, "path, methods and access")?;
        rules.push(Rule { methods, path, access });
    }
    Ok(Rules::new(rules))
}
