//! Which files make up a configuration, and which of their documents apply.
//!
//! Source: Spring Boot reference "External Application Properties": locations, groups, profile
//! files, activation, imports.

use super::error::ConfigError;
use super::files::Files;
use super::name::canonical;
use super::origin::{Origin, Property};
use super::store::Store;
use super::{profile, properties, tree, yaml};

/// Files that import files, at most this deep.
const IMPORT_DEPTH_MAX: usize = 8;
/// Endings in increasing precedence.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "properties"];

/// A file, or a directory to look for `application.*` in.
#[derive(Clone, Debug, PartialEq)]
struct Location {
    path: String,
    optional: bool,
}

/// Locations whose profile files win over all of their plain files.
type Group = Vec<Location>;

/// One document of one file.
#[derive(Clone, Debug)]
pub(super) struct Document {
    properties: Vec<Property>,
    /// Whether the file itself was chosen by a profile.
    profile_file: bool,
}

impl Document {
    fn setting(&self, name: &str) -> Option<&Property> {
        let wanted = canonical(name);
        self.properties.iter().find(|property| canonical(&property.name) == wanted)
    }

    /// Comma list and elements of a key joined into one text.
    fn texts(&self, name: &str) -> Vec<&Property> {
        let wanted = canonical(name);
        let matches = |property: &&Property| {
            let name = canonical(&property.name);
            name == wanted || name.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('['))
        };
        self.properties.iter().filter(matches).filter(|p| !p.value.is_empty()).collect()
    }

    /// Whether the document is for some profiles or platforms only.
    fn is_limited(&self) -> bool {
        self.profile_file
            || !self.texts("spring.config.activate.on-profile").is_empty()
            || self.setting("spring.config.activate.on-cloud-platform").is_some()
    }
}

/// Reads files and collects what is wrong with them.
pub(super) struct Locator<'a> {
    pub(super) files: &'a dyn Files,
    /// Arguments, JSON and environment: they say where to look.
    pub(super) early: &'a Store<'a>,
    pub(super) kubernetes: bool,
    pub(super) errors: Vec<ConfigError>,
    pub(super) warnings: Vec<String>,
}

impl Locator<'_> {
    /// Layers of all files in increasing precedence, and the profiles that chose them.
    pub(super) fn layers(&mut self) -> (Vec<Vec<Property>>, Vec<String>) {
        let groups = self.groups();
        let name = self.text("spring.config.name").unwrap_or_else(|| "application".to_owned());
        let plain: Vec<Vec<Document>> =
            groups.iter().map(|group| self.group(group, &name, None)).collect();
        let profiles = self.profiles(plain.iter().flatten());
        let mut layers = Vec::new();
        for (group, documents) in groups.iter().zip(plain) {
            self.activate(documents, &profiles, 0, &mut layers);
            for active in &profiles {
                let documents = self.group(group, &name, Some(active));
                self.activate(documents, &profiles, 0, &mut layers);
            }
        }
        for (value, origin) in self.early_texts("spring.config.import").unwrap_or_default() {
            let name = "spring.config.import".to_owned();
            self.import(&Property { name, value, origin }, &profiles, 0, &mut layers);
        }
        (layers, profiles)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let texts = self.early_texts(name)?;
        Some(texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(","))
    }

    /// `None` when nothing early sets the key.
    fn early_texts(&mut self, name: &str) -> Option<Vec<(String, Origin)>> {
        match self.early.texts(name) {
            Ok(texts) => (!texts.is_empty()).then_some(texts),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    fn groups(&mut self) -> Vec<Group> {
        let mut groups: Vec<Group> = match self.early_texts("spring.config.location") {
            Some(texts) => texts.iter().map(|(text, _)| parse_group(text)).collect(),
            None => vec![parse_group("optional:./;optional:./config/")],
        };
        if let Some(texts) = self.early_texts("spring.config.additional-location") {
            groups.extend(texts.iter().map(|(text, _)| parse_group(text)));
        }
        groups
    }

    fn group(&mut self, group: &Group, name: &str, profile: Option<&str>) -> Vec<Document> {
        group.iter().flat_map(|location| self.location(location, name, profile)).collect()
    }

    fn location(
        &mut self,
        location: &Location,
        name: &str,
        profile: Option<&str>,
    ) -> Vec<Document> {
        let suffix = profile.map(|profile| format!("-{profile}")).unwrap_or_default();
        let is_directory = location.path.is_empty() || location.path.ends_with('/');
        if is_directory {
            let names = name.split(',').map(str::trim);
            return names
                .flat_map(|name| {
                    EXTENSIONS.map(|end| format!("{}{name}{suffix}.{end}", location.path))
                })
                .filter_map(|path| self.file(&path, profile.is_some()))
                .flatten()
                .collect();
        }
        let path = match (profile, location.path.rsplit_once('.')) {
            (Some(_), Some((stem, end))) => format!("{stem}{suffix}.{end}"),
            (Some(_), None) => return Vec::new(),
            (None, _) => location.path.clone(),
        };
        let known = self.errors.len();
        let documents = self.file(&path, profile.is_some());
        let missing = documents.is_none() && self.errors.len() == known;
        if missing && profile.is_none() && !location.optional {
            self.errors.push(ConfigError::whole(format!("{path} does not exist")));
        }
        documents.unwrap_or_default()
    }

    /// Documents of a file; `None` when it does not exist or cannot be read (reported).
    fn file(&mut self, path: &str, profile_file: bool) -> Option<Vec<Document>> {
        let text = match self.files.read(path) {
            Ok(text) => text?,
            Err(error) => {
                self.errors.push(ConfigError::whole(format!("{path}: {error}")));
                return None;
            }
        };
        let read = if path.ends_with(".properties") {
            properties::read(path, &text)
        } else {
            yaml::read(path, &text)
        };
        match read {
            Ok(documents) => Some(
                documents
                    .into_iter()
                    .map(|properties| Document { properties, profile_file })
                    .collect(),
            ),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// Active profiles: from arguments, JSON and environment, else from the plain documents.
    fn profiles<'d>(&mut self, documents: impl Iterator<Item = &'d Document>) -> Vec<String> {
        let mut active = Vec::new();
        let mut included = Vec::new();
        let mut groups = std::collections::BTreeMap::new();
        for document in documents {
            if document.is_limited() {
                continue;
            }
            let own = self.list(document, "spring.profiles.active");
            if !own.is_empty() {
                active = own;
            }
            included.extend(self.list(document, "spring.profiles.include"));
            for property in &document.properties {
                let group = property.name.strip_prefix("spring.profiles.group.");
                if let Some(group) = group.and_then(|rest| rest.split('[').next()) {
                    let name = format!("spring.profiles.group.{group}");
                    groups.insert(group.to_owned(), self.list(document, &name));
                }
            }
        }
        let strings = |texts: Vec<(String, Origin)>| texts.into_iter().map(|(text, _)| text);
        if let Some(texts) = self.early_texts("spring.profiles.active") {
            active = strings(texts).collect();
        }
        if let Some(texts) = self.early_texts("spring.profiles.include") {
            included.extend(strings(texts));
        }
        if active.is_empty() {
            active = match self.early_texts("spring.profiles.default") {
                Some(texts) => strings(texts).collect(),
                None => vec!["default".to_owned()],
            };
        }
        profile::expand(&active, &included, &groups)
    }

    fn list(&mut self, document: &Document, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        for property in document.texts(name) {
            match self.early.resolved(property) {
                Ok(text) => out.extend(
                    text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned),
                ),
                Err(error) => self.errors.push(error),
            }
        }
        out
    }

    /// Adds the documents that apply, each followed by what it imports.
    fn activate(
        &mut self,
        documents: Vec<Document>,
        profiles: &[String],
        depth: usize,
        layers: &mut Vec<Vec<Property>>,
    ) {
        for document in documents {
            self.check(&document);
            if !self.applies(&document, profiles) {
                continue;
            }
            let imports: Vec<Property> =
                document.texts("spring.config.import").into_iter().cloned().collect();
            layers.push(document.properties);
            for property in imports {
                self.import(&property, profiles, depth, layers);
            }
        }
    }

    /// Keys that Spring refuses where they stand.
    fn check(&mut self, document: &Document) {
        if let Some(property) = document.setting("spring.profiles") {
            let problem = "spring.profiles is not a key";
            let error = ConfigError::at(&property.origin, problem);
            self.errors.push(error.suggest(Some("spring.config.activate.on-profile".to_owned())));
        }
        if document.is_limited() {
            for name in ["spring.profiles.active", "spring.profiles.include"] {
                for property in document.texts(name) {
                    let problem = format!(
                        "{name} cannot be set in a document that is for some profiles only"
                    );
                    self.errors.push(ConfigError::at(&property.origin, problem));
                }
            }
        }
    }

    fn applies(&mut self, document: &Document, profiles: &[String]) -> bool {
        let expressions = document.texts("spring.config.activate.on-profile");
        let mut matched = expressions.is_empty();
        for property in expressions {
            match profile::accepts(&property.value, profiles) {
                Ok(accepted) => matched |= accepted,
                Err(problem) => {
                    let problem = format!("{}: {problem}", property.name);
                    self.errors.push(ConfigError::at(&property.origin, problem));
                }
            }
        }
        let platform = document.setting("spring.config.activate.on-cloud-platform");
        matched
            && platform.is_none_or(|platform| {
                match platform.value.trim().to_ascii_lowercase().as_str() {
                    "kubernetes" => self.kubernetes,
                    "none" => !self.kubernetes,
                    _ => false,
                }
            })
    }

    fn import(
        &mut self,
        property: &Property,
        profiles: &[String],
        depth: usize,
        layers: &mut Vec<Vec<Property>>,
    ) {
        let text = match self.early.resolved(property) {
            Ok(text) => text,
            Err(error) => return self.errors.push(error),
        };
        if depth >= IMPORT_DEPTH_MAX {
            let problem = format!("imports nest more than {IMPORT_DEPTH_MAX} deep");
            return self.errors.push(ConfigError::at(&property.origin, problem));
        }
        for text in text.split([',', ';']).map(str::trim).filter(|text| !text.is_empty()) {
            let optional = text.strip_prefix("optional:");
            let target = optional.unwrap_or(text);
            if let Some(folder) = target.strip_prefix("configtree:") {
                match tree::properties(self.files, folder, optional.is_some()) {
                    Ok(properties) => layers.push(properties),
                    Err(problem) => self.errors.push(ConfigError::at(&property.origin, problem)),
                }
                continue;
            }
            let Some(path) = file_path(target) else {
                if optional.is_some() {
                    self.warnings.push(format!("{}: {text} is not imported", property.origin));
                } else {
                    let problem = format!("spring.config.import: {text:?} is not a file");
                    self.errors.push(ConfigError::at(&property.origin, problem));
                }
                continue;
            };
            let location = Location { path, optional: optional.is_some() };
            let known = self.errors.len();
            for profile in std::iter::once(None).chain(profiles.iter().map(Some)) {
                let profile = profile.map(String::as_str);
                let documents = self.location(&location, "application", profile);
                self.activate(documents, profiles, depth.saturating_add(1), layers);
            }
            // A missing import is a fault of the line that asks for it.
            for error in self.errors.iter_mut().skip(known) {
                error.origin.get_or_insert_with(|| property.origin.clone());
            }
        }
    }
}

/// `a;optional:b` as locations; what only a Java class path can hold is left out.
fn parse_group(text: &str) -> Group {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .filter_map(|part| {
            let optional = part.strip_prefix("optional:");
            let path = file_path(optional.unwrap_or(part))?;
            Some(Location { path, optional: optional.is_some() })
        })
        .collect()
}

/// Path of a `file:` URL or plain path, without a leading `./`; `None` for other schemes.
fn file_path(text: &str) -> Option<String> {
    let path = match text.split_once(':') {
        Some(("file", path)) => path.strip_prefix("//").unwrap_or(path),
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains('/') => return None,
        _ => text,
    };
    Some(path.strip_prefix("./").unwrap_or(path).to_owned())
}
