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

/// What an endpoint may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It is not there.
    None,
    /// It can be looked at.
    ReadOnly,
    /// It can change things.
    Unrestricted,
}

impl Access {
    fn parse(word: &str) -> Self {
        match word {
            "none" => Self::None,
            "read-only" => Self::ReadOnly,
            _ => Self::Unrestricted,
        }
    }

    /// Access to an endpoint `id` of the program's own, which has `default` if nobody says anything;
    /// none if it is not exposed. The program declares `management.endpoint.<id>.access` and
    /// `.enabled`. Source: Spring Boot's `PropertiesEndpointAccessResolver`.
    ///
    /// # Errors
    /// A key is not declared.
    pub fn of_endpoint(config: &Config, id: &str, default: Self) -> Result<Self, ConfigError> {
        let is_exposed = Exposure::read(config)?.shows(id);
        let word = |key: &str| -> Result<Option<Self>, ConfigError> {
            Ok(config.find::<String>(key)?.map(|word| Self::parse(&word)))
        };
        let switch = |on: bool| if on { Self::Unrestricted } else { Self::None };
        let own = word(&format!("management.endpoint.{id}.access"))?;
        let older: Option<bool> = config.find(&format!("management.endpoint.{id}.enabled"))?;
        let all = "management.endpoints.access.default";
        let all_older = "management.endpoints.enabled-by-default";
        let (general, general_older) = (word(all)?, config.get::<bool>(all_older)?);
        let general = if config.is_set(all) {
            general
        } else {
            config.is_set(all_older).then(|| switch(general_older))
        };
        let asked = own.or_else(|| older.map(switch)).or(general).unwrap_or(default);
        let permitted = word("management.endpoints.access.max-permitted")?;
        let access = asked.min(permitted.unwrap_or(Self::Unrestricted));
        Ok(if is_exposed { access } else { Self::None })
    }
}

/// Which endpoints are exposed over HTTP.
struct Exposure {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Exposure {
    fn read(config: &Config) -> Result<Self, ConfigError> {
        let exclude: Option<Vec<String>> =
            config.find("management.endpoints.web.exposure.exclude")?;
        let include = config.get("management.endpoints.web.exposure.include")?;
        Ok(Self { include, exclude: exclude.unwrap_or_default() })
    }

    fn shows(&self, id: &str) -> bool {
        let lists = |list: &[String]| list.iter().any(|entry| entry == "*" || names(entry, id));
        lists(&self.include) && !lists(&self.exclude)
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
        let exposure = Exposure::read(config)?;
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
            if permitted && exists && exposure.shows(id) {
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
