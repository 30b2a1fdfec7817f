//! Everything a configuration is made from, as plain values.

use super::error::ConfigError;
use super::files::Files;
use super::origin::{Origin, Property};

/// What a process was started with. Nothing else is read, so a configuration can be tested.
#[derive(Clone, Debug)]
pub struct Sources<F> {
    /// Arguments without the program's name.
    pub args: Vec<String>,
    /// Names and values of the environment.
    pub env: Vec<(String, String)>,
    /// Where files come from.
    pub files: F,
    /// Values that placeholders may refer to when nobody sets them, e.g.
    /// `spring.cloud.client.hostname`.
    pub builtin: Vec<(String, String)>,
    /// Seed of `${random.value}`, `${random.uuid}`, `${random.int}`, `${random.long}`.
    pub seed: u64,
}

impl<F: Files> Sources<F> {
    /// Sources with files only, for tests and tools.
    pub const fn files(files: F) -> Self {
        Self { args: Vec::new(), env: Vec::new(), files, builtin: Vec::new(), seed: 0 }
    }

    /// The same with arguments.
    #[must_use]
    pub fn with_args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self
    }

    /// The same with variables.
    #[must_use]
    pub fn with_env(mut self, env: &[(&str, &str)]) -> Self {
        self.env =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self
    }
}

/// `--key=value` arguments as properties. The last of equal names wins, as in Spring.
pub(super) fn arguments(args: &[String], errors: &mut Vec<ConfigError>) -> Vec<Property> {
    let mut found: Vec<Property> = Vec::new();
    let mut args = args.iter().peekable();
    while let Some(arg) = args.next() {
        let Some(option) = arg.strip_prefix("--").filter(|option| !option.is_empty()) else {
            let problem = format!("argument {arg:?} is not of the form --key=value");
            errors.push(ConfigError::whole(problem));
            continue;
        };
        let Some((name, value)) = option.split_once('=') else {
            let origin = Origin::Argument { name: option.to_owned() };
            let example = args.next_if(|next| !next.starts_with("--"));
            let example = if example.is_some() { "an = before its value" } else { "=value" };
            errors.push(ConfigError::at(&origin, format!("needs {example}: --{option}=...")));
            continue;
        };
        found.retain(|earlier| earlier.name != name);
        found.push(Property {
            name: name.to_owned(),
            value: value.to_owned(),
            origin: Origin::Argument { name: name.to_owned() },
        });
    }
    found
}

/// Inline JSON as properties, flattened like YAML.
pub(super) fn application_json(text: &str, errors: &mut Vec<ConfigError>) -> Vec<Property> {
    let mut found = Vec::new();
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value @ serde_json::Value::Object(_)) => flatten("", &value, &mut found),
        Ok(_) => errors.push(ConfigError::at(&Origin::ApplicationJson, "must be a JSON object")),
        Err(error) => {
            let problem = format!("not valid JSON at column {}", error.column());
            errors.push(ConfigError::at(&Origin::ApplicationJson, problem));
        }
    }
    found
}

fn flatten(name: &str, value: &serde_json::Value, into: &mut Vec<Property>) {
    let mut push = |value: String| {
        into.push(Property { name: name.to_owned(), value, origin: Origin::ApplicationJson });
    };
    match value {
        serde_json::Value::Null => push(String::new()),
        serde_json::Value::Bool(value) => push(value.to_string()),
        serde_json::Value::Number(value) => push(value.to_string()),
        serde_json::Value::String(value) => push(value.clone()),
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{index}]"), item, into);
            }
        }
        serde_json::Value::Object(entries) => {
            for (key, entry) in entries {
                let joined = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&joined, entry, into);
            }
        }
    }
}
