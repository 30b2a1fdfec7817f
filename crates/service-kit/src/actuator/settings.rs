//! Which endpoints exist, where, and what they show to whom.

use crate::config::{Config, ConfigError};

/// An endpoint that exists here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Health,
    Info,
    Metrics,
    Prometheus,
}

impl Endpoint {
    pub(super) const ALL: [Self; 4] = [Self::Health, Self::Info, Self::Metrics, Self::Prometheus];

    /// By its exact id in a path.
    pub(super) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.id() == id)
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Info => "info",
            Self::Metrics => "metrics",
            Self::Prometheus => "prometheus",
        }
    }
}

/// Who sees something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    Never,
    WhenAuthorized,
    Always,
}

impl Show {
    fn parse(word: &str) -> Self {
        match word {
            "always" => Self::Always,
            "when-authorized" => Self::WhenAuthorized,
            _ => Self::Never,
        }
    }
}

/// `management.*` as far as it has an effect, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    base_path: String,
    shown: Vec<Endpoint>,
    has_links: bool,
    has_probes: bool,
    additional_paths: bool,
    details: Show,
    components: Show,
}

impl Settings {
    /// Reads the settings of a program that declares
    /// [`MANAGEMENT`](crate::config::keys::MANAGEMENT).
    ///
    /// # Errors
    /// A key is not declared.
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        let include: Vec<String> = config.get("management.endpoints.web.exposure.include")?;
        let exclude: Option<Vec<String>> =
            config.find("management.endpoints.web.exposure.exclude")?;
        let exclude = exclude.unwrap_or_default();
        let by_default = config.get::<bool>("management.endpoints.enabled-by-default")?
            && config.get::<String>("management.endpoints.access.default")? != "none";
        let permitted =
            config.get::<String>("management.endpoints.access.max-permitted")? != "none";
        let mut shown = Vec::new();
        for endpoint in Endpoint::ALL {
            let id = endpoint.id();
            let enabled: Option<bool> =
                config.find(&format!("management.endpoint.{id}.enabled"))?;
            let access: Option<String> =
                config.find(&format!("management.endpoint.{id}.access"))?;
            let exists = access.map(|access| access != "none").or(enabled).unwrap_or(by_default);
            let listed =
                |list: &[String]| list.iter().any(|entry| entry == "*" || names(entry, id));
            if permitted && exists && listed(&include) && !listed(&exclude) {
                shown.push(endpoint);
            }
        }
        let details: String = config.get("management.endpoint.health.show-details")?;
        let details = Show::parse(&details);
        let components: Option<String> =
            config.find("management.endpoint.health.show-components")?;
        Ok(Self {
            base_path: config.get("management.endpoints.web.base-path")?,
            shown,
            has_links: config.get("management.endpoints.web.discovery.enabled")?,
            has_probes: config.get("management.endpoint.health.probes.enabled")?,
            additional_paths: config
                .get("management.endpoint.health.probes.add-additional-paths")?,
            details,
            components: components.map_or(details, |word| Show::parse(&word)),
        })
    }

    pub(super) fn base_path(&self) -> &str {
        &self.base_path
    }

    pub(super) fn is_shown(&self, endpoint: Endpoint) -> bool {
        self.shown.contains(&endpoint)
    }

    pub(super) const fn has_links(&self) -> bool {
        self.has_links
    }

    pub(super) const fn has_probes(&self) -> bool {
        self.has_probes
    }

    pub(super) const fn additional_paths(&self) -> bool {
        self.additional_paths && self.has_probes
    }

    pub(super) const fn details(&self) -> Show {
        self.details
    }

    pub(super) const fn components(&self) -> Show {
        self.components
    }
}

/// Whether an entry of an exposure list names an endpoint; case and dashes do not matter.
fn names(entry: &str, id: &str) -> bool {
    let plain = entry.chars().filter(|c| !matches!(c, '-' | '.' | '_'));
    plain.flat_map(char::to_lowercase).eq(id.chars())
}
