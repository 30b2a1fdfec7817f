//! The body of the info endpoint, made once at start.

use serde_json::{Map, Value, json};

use crate::config::{Config, ConfigError};

/// What was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// Name of the program.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What it was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Branch, if known.
    pub branch: Option<&'static str>,
    /// Abbreviated commit id.
    pub id: &'static str,
    /// Time of the commit, ISO 8601, if known.
    pub time: Option<&'static str>,
}

/// `info.*` keys if `management.info.env.enabled`, then `build` and `git` unless switched off.
pub(super) fn body(
    config: &Config,
    build: Option<&Build>,
    commit: Option<&Commit>,
) -> Result<String, ConfigError> {
    let mut info = Map::new();
    if config.get("management.info.env.enabled")? {
        for (key, value) in config.map("info") {
            let path: Vec<&str> = key.split('.').collect();
            insert(&mut info, &path, value);
        }
    }
    if let Some(build) = build
        && config.get("management.info.build.enabled")?
    {
        let about = json!({ "artifact": build.name, "name": build.name, "version": build.version });
        info.insert("build".to_owned(), about);
    }
    if let Some(commit) = commit
        && config.get("management.info.git.enabled")?
    {
        let mut git = Map::new();
        if let Some(branch) = commit.branch {
            git.insert("branch".to_owned(), branch.into());
        }
        let mut about = json!({ "id": commit.id });
        if let (Some(time), Some(about)) = (commit.time, about.as_object_mut()) {
            about.insert("time".to_owned(), time.into());
        }
        git.insert("commit".to_owned(), about);
        info.insert("git".to_owned(), git.into());
    }
    Ok(Value::Object(info).to_string())
}

/// Puts a value at a dotted path. A value in the way of a deeper one gives way.
fn insert(into: &mut Map<String, Value>, path: &[&str], value: String) {
    let [name, rest @ ..] = path else { return };
    if rest.is_empty() {
        into.entry(*name).or_insert(Value::String(value));
        return;
    }
    let inner = into.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Some(inner) = inner.as_object_mut() {
        insert(inner, rest, value);
    }
}
