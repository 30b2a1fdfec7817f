//! Spring-style configuration, the same for every program.
//!
//! Sources, later ones winning: the table's defaults, `application.yml` / `.yaml` / `.properties`
//! (working directory, then `config/`, or `--spring.config.location`), the documents and files of
//! active profiles, environment variables in relaxed spelling, `SPRING_APPLICATION_JSON`, and
//! `--key=value` arguments. `${name:default}` works in every value.
//!
//! A program declares its keys in tables of [`KeySpec`]. A value that does not parse, or a key
//! that does not exist under a prefix the program owns, is an error with its place and the nearest
//! real key; all errors are reported at once. A key that is accepted without effect, and Spring
//! keys that mean nothing here, are warnings.
//!
//! ```
//! use std::collections::BTreeMap;
//! use service_kit::config::{Config, KeySpec, Program, Sources};
//!
//! const PROGRAM: Program = Program {
//!     name: "demo",
//!     version: "1.0",
//!     about: "a demonstration",
//!     keys: &[&[KeySpec::integer("server.port", (0, 65_535), "8080", "Port to listen on.")]],
//!     owned: &["server."],
//!     defaults: &[],
//! };
//! let files = BTreeMap::from([("application.yml".to_owned(), "server.port: ${PORT:1}".to_owned())]);
//! let config = Config::load(&PROGRAM, &Sources::files(files).with_env(&[("PORT", "81")]))?;
//! assert_eq!(config.get::<u16>("server.port")?, 81);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bind;
mod duration;
mod error;
mod files;
mod help;
mod key;
pub mod keys;
mod locate;
mod name;
mod origin;
mod placeholder;
mod process;
mod profile;
mod properties;
mod reader;
mod schema;
mod sources;
mod store;
mod tree;
mod value;
mod variables;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

pub use error::{ConfigError, ConfigErrors};
pub use files::{Disk, FILE_BYTES_MAX, Files};
pub use help::{Command, key_list, usage};
pub use key::{Effect, KeySpec, Kind, Program, Unit};
pub use origin::{Origin, TreeProperty};
pub use process::{Start, load_from_process};
pub use reader::{Reader, Stamps};
pub use sources::Sources;
pub use value::{FromValue, Value};

pub(crate) use name::is_secret;

use bind::{Binding, Bound};
use locate::Locator;
use name::without_url_credentials;
use schema::Schema;
use store::Store;

/// Keys that say where the configuration is.
const OWN_KEYS: [&str; 3] = ["spring.application.json", "spring.config.*", "spring.profiles.*"];

/// The settings in effect, typed and checked. Read once at start, then passed on as values.
#[derive(Clone)]
pub struct Config {
    schema: Schema,
    values: BTreeMap<String, Bound>,
    profiles: Vec<String>,
    warnings: Vec<String>,
    trees: BTreeMap<&'static str, Vec<TreeProperty>>,
    /// Keys and map prefixes that the program asked for; see [`Config::unread`].
    read: Arc<Mutex<BTreeSet<String>>>,
}

impl Config {
    /// Reads, merges and checks all sources.
    ///
    /// # Errors
    /// Every fault of every source at once: each is a message for the operator, and the process
    /// should not start.
    pub fn load<F: Files>(program: &Program, sources: &Sources<F>) -> Result<Self, ConfigErrors> {
        let schema = Schema::new(program);
        let mut errors = Vec::new();
        let mut warnings = Vec::new();
        let arguments = sources::arguments(&sources.args, &mut errors);
        let variables = variables::properties(&schema, &sources.env);
        let new_store = || Store::new(&schema, &sources.env, &sources.builtin, sources.seed);

        let mut early = new_store();
        early.add(&variables, &mut errors);
        early.add(&arguments, &mut Vec::new());
        let json = match early.property("spring.application.json") {
            Some(property) => sources::application_json(&property.value.clone(), &mut errors),
            None => Vec::new(),
        };
        let mut early = new_store();
        for layer in [&variables, &json, &arguments] {
            early.add(layer, &mut Vec::new());
        }

        let mut locator = Locator {
            files: &sources.files,
            early: &early,
            kubernetes: sources.env.iter().any(|(name, _)| name == "KUBERNETES_SERVICE_HOST"),
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        let (layers, profiles) = locator.layers();
        errors.append(&mut locator.errors);
        warnings.append(&mut locator.warnings);

        let mut store = new_store();
        for layer in &layers {
            store.add(layer, &mut errors);
        }
        for layer in [&variables, &json, &arguments] {
            store.add(layer, &mut Vec::new());
        }
        let stray = variables::stray(&schema, &sources.env, &store.referenced(), &mut errors);
        warnings.extend(stray);
        let mut binding = bind::bind(&schema, &store, &mut errors);
        warnings.append(&mut binding.warnings);
        ConfigErrors::check(errors)?;
        let Binding { values, trees, .. } = binding;
        Ok(Self { schema, values, trees, profiles, warnings, read: Arc::default() })
    }

    /// The value of a declared key that is set or has a default.
    ///
    /// # Errors
    /// Mistakes of the program, not of the operator: the key is not declared, has neither value
    /// nor default (use [`Config::find`]), or its kind does not fit `T`. A test that reads every
    /// key once finds all of them.
    pub fn get<T: FromValue>(&self, key: &str) -> Result<T, ConfigError> {
        self.find(key)?.ok_or_else(|| ConfigError::whole(format!("{key} is not set")))
    }

    /// The value of a declared key; `None` when it is not set and has no default.
    ///
    /// # Errors
    /// The key is not declared or its kind does not fit `T`, or the number is too large for `T`.
    pub fn find<T: FromValue>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        let Some(found) = self.schema.find(key) else {
            return Err(ConfigError::whole(format!("{key} is not a declared key")));
        };
        self.read.lock().insert(found.spec.name.to_owned());
        let Some(bound) = self.values.get(&found.key) else { return Ok(None) };
        match T::from_value(&bound.value) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigError::at(
                &bound.origin,
                format!("{key} does not fit a {}", std::any::type_name::<T>()),
            )),
        }
    }

    /// The entries of a map, keys as written, e.g. `map("eureka.client.service-url")`.
    ///
    /// Declared keys under the prefix are entries as well, their defaults included.
    #[must_use]
    pub fn map(&self, prefix: &str) -> BTreeMap<String, String> {
        let prefix = format!("{}.", prefix.trim_end_matches('.'));
        let below = self.schema.specs().filter(|spec| spec.name.starts_with(&prefix));
        self.read.lock().extend(below.map(|spec| spec.name.to_owned()));
        self.values
            .iter()
            .filter_map(|(key, bound)| {
                let entry = key.strip_prefix(&prefix)?;
                Some((entry.to_owned(), bound.value.to_text()))
            })
            .collect()
    }

    /// What lies below a key of the kind [`Kind::Tree`], in the order of its files and lines.
    #[must_use]
    pub fn tree(&self, name: &str) -> Vec<TreeProperty> {
        self.read.lock().insert(name.to_owned());
        let mut found = self.trees.get(name).cloned().unwrap_or_default();
        // Entries of maps count in the order written, and the store sorts by name.
        found.sort_by_key(|property| match &property.origin {
            Origin::File { path, line } => (path.clone(), *line),
            Origin::Environment { .. }
            | Origin::Argument { .. }
            | Origin::ApplicationJson
            | Origin::Default => (String::new(), 0),
        });
        found
    }

    /// Active keys that nothing has asked for yet, in table order.
    ///
    /// For a test of the program: after its start-up code has run this must be empty, or a key is
    /// documented as working and does nothing. Keys that the configuration itself reads, about
    /// files and profiles, are never part of it.
    #[must_use]
    pub fn unread(&self) -> Vec<&'static str> {
        let read = self.read.lock();
        self.schema
            .specs()
            .filter(|spec| spec.effect == Effect::Active && !read.contains(spec.name))
            .map(|spec| spec.name)
            .filter(|name| !OWN_KEYS.contains(name))
            .collect()
    }

    /// Where the value of a key was written; `None` when it has no value.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        let found = self.schema.find(key)?;
        self.values.get(&found.key).map(|bound| &bound.origin)
    }

    /// Whether somebody set the key.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.origin(key).is_some_and(|origin| *origin != Origin::Default)
    }

    /// Names of keys whose values differ between two readings and that somebody set in either of
    /// them; those of trees are left out.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let keys: BTreeSet<&String> = self.values.keys().chain(other.values.keys()).collect();
        let value = |config: &Self, key: &String| config.values.get(key).map(|b| b.value.clone());
        let is_set = |config: &Self, key: &String| {
            config.values.get(key).is_some_and(|bound| bound.origin != Origin::Default)
        };
        let differs = |key: &&String| {
            value(self, key) != value(other, key) && (is_set(self, key) || is_set(other, key))
        };
        keys.into_iter().filter(differs).cloned().collect()
    }

    /// Active profiles in order; `default` when none was asked for.
    #[must_use]
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// What the operator should know though the process starts; a sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Every key in effect with its value and origin, secrets and credentials in URLs hidden.
    pub fn effective(&self) -> impl Iterator<Item = (&str, String, &Origin)> {
        self.values.iter().map(|(key, bound)| {
            let shown = if bound.secret {
                "******".to_owned()
            } else {
                without_url_credentials(&bound.value.to_text())
            };
            (key.as_str(), shown, &bound.origin)
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.effective().map(|(key, value, _)| (key.to_owned(), value));
        f.debug_map().entries(values).finish()
    }
}
