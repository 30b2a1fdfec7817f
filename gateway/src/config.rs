//! Settings: Spring's keys, and the part of them that says where requests go.

pub(crate) mod edge;
mod keys;

use std::sync::Arc;
use std::time::Duration;

use gateway_routing::cors::GlobalCors;
use gateway_routing::firewall::PathPolicy;
use gateway_routing::forwarded::ForwardedSettings;
use gateway_routing::hygiene::HeaderRules;
use gateway_routing::locator::Locator;
use gateway_routing::{
    GatewayDefinition, Node, Origin, Property, RouteError, Settings, gateway_tree, unknown_keys,
};
use service_kit::config::{Config, ConfigError, KeySpec, Program, keys as common};
use service_kit::tls::TlsError;
use service_kit::{discovery, security};

use crate::compat::{self, Compat};
use crate::config::edge::Edge;
use crate::security::Rules;
use crate::stateful::{self, StatefulSettings};
use crate::upstream::{ClientError, ClientSettings};

/// Everything below Spring's prefix.
const TREE: &str = "spring.cloud.gateway.*";
/// How long connecting may take if nothing is said (TO-1).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Keys of the gateway's own.
pub const KEYS: &[KeySpec] = &[
    KeySpec::tree(
        TREE,
        "Routes, filters, CORS and the HTTP client, as Spring Cloud Gateway has them.",
    ),
    KeySpec::text("spring.webflux.base-path", "Path in front of every pattern of a route."),
];

/// The program.
pub const PROGRAM: Program = Program {
    name: "gateway",
    version: env!("CARGO_PKG_VERSION"),
    about: "one address for all services",
    keys: &[
        KEYS,
        compat::KEYS,
        edge::KEYS,
        stateful::KEYS,
        stateful::OWN_KEYS,
        discovery::CLIENT_KEYS,
        discovery::INSTANCE_KEYS,
        discovery::OWN_KEYS,
        common::SERVER,
        common::OWN_SERVER,
        common::TLS,
        common::MANAGEMENT,
        common::LOGGING,
        common::SPRING,
        security::SPRING_KEYS,
        security::OWN_KEYS,
        security::GATEWAY_KEYS,
        keys::SECURITY,
        keys::OPERATIONS,
    ],
    owned: &[
        "eureka.client.",
        "eureka.instance.",
        "gateway.",
        "management.endpoint.gateway.",
        "myerp.",
        "server.",
        // A misspelt key must not leave the door open.
        "spring.security.oauth2.resourceserver.",
    ],
    defaults: &[
        ("server.port", "8080"),
        ("server.http2.enabled", "true"),
        ("spring.application.name", "gateway"),
    ],
};

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Routes and what belongs to them, all faults at once.
    #[error("{}", lines(.0))]
    Routes(Vec<RouteError>),
    /// Certificates for upstreams.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl From<ClientError> for SettingsError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Value(error) => error.into(),
            ClientError::Tls(error) => error.into(),
        }
    }
}

impl From<RouteError> for SettingsError {
    fn from(error: RouteError) -> Self {
        Self::Routes(vec![error])
    }
}

fn lines(errors: &[RouteError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What the configuration says about requests. Routes are compiled from it.
#[derive(Debug)]
pub struct Definition {
    /// As written.
    pub gateway: GatewayDefinition,
    /// What compiling depends on.
    pub settings: Settings,
    /// Routes from services.
    pub locator: Option<Locator>,
    /// Rules for pages of other origins.
    pub cors: GlobalCors,
    /// Which headers end here.
    pub headers: HeaderRules,
    /// Which headers tell where a request came from.
    pub forwarded: ForwardedSettings,
    /// Which paths pass.
    pub paths: PathPolicy,
    /// What connections to upstreams are made by.
    pub(crate) client: Arc<ClientSettings>,
    /// For connecting to upstreams.
    pub connect_timeout: Duration,
    /// Until an upstream's answer begins; none waits for ever.
    pub response_timeout: Option<Duration>,
    /// Whether a service without instances is 404 instead of 503 (ST-2).
    pub is_no_instance_404: bool,
    /// Who may do what; asked only if tokens are checked.
    pub(crate) rules: Rules,
    /// What requests under way may cost.
    pub(crate) edge: Edge,
    /// Where it differs from Spring's gateway.
    pub(crate) compat: Compat,
    /// For filters that remember, balancing and retries.
    pub(crate) stateful: StatefulSettings,
}

impl Definition {
    /// Reads everything; the texts are warnings.
    ///
    /// # Errors
    /// Every fault of the routes at once.
    pub fn read(config: &Config) -> Result<(Self, Vec<String>), SettingsError> {
        let properties = config.tree(TREE).into_iter().map(|one| Property {
            path: one.path,
            value: one.value,
            origin: Origin::new(&one.origin.to_string()),
        });
        let (tree, mut warnings) = gateway_tree(&Node::from_properties(properties))?;
        let gateway = GatewayDefinition::read(tree).map_err(SettingsError::Routes)?;
        let mut settings = Settings::read(&gateway)?;
        settings.base_path = config.find("spring.webflux.base-path")?.unwrap_or_default();
        let locator = Locator::read(&gateway, &[]).map_err(SettingsError::Routes)?;
        let tree = &gateway.tree;
        let mut forwarded = ForwardedSettings::read(tree, "")?;
        let compat = Compat::read(config, &mut settings, &mut forwarded)?;
        let unknown = unknown_keys(tree);
        if compat.is_strict && !unknown.is_empty() {
            let faults =
                unknown.into_iter().map(|problem| RouteError { problem, ..RouteError::default() });
            return Err(SettingsError::Routes(faults.collect()));
        }
        warnings.extend(unknown);
        let stateful = StatefulSettings::read(config, tree)?;
        let edge = Edge::read(config)?;
        warnings.extend(stateful.registrations.warnings());
        settings.own.clone_from(&stateful.written);
        settings.own.extend(edge.written());
        let time = |key: &str| time(tree, key);
        let is_guarded = is_guarded(config);
        let workers = service_kit::serve::Settings::workers(config)?;
        let (client, more) = ClientSettings::read(tree, config, workers, edge)?;
        warnings.extend(more);
        let use_404 = tree.text_at("loadbalancer.use404");
        let definition = Self {
            locator,
            client: Arc::new(client),
            cors: GlobalCors::read(tree)?,
            headers: HeaderRules::read(tree),
            forwarded,
            compat,
            edge,
            // Rules are about paths: each must have one reading, as under Spring's own firewall.
            paths: Compat::paths(config, is_guarded)?,
            connect_timeout: time("httpclient.connect-timeout")?.unwrap_or(CONNECT_TIMEOUT),
            response_timeout: time("httpclient.response-timeout")?,
            rules: Rules::read(config)?,
            is_no_instance_404: use_404.is_some_and(|word| word.eq_ignore_ascii_case("true")),
            settings,
            stateful,
            gateway,
        };
        Ok((definition, warnings))
    }
}

/// Whether tokens are checked.
fn is_guarded(config: &Config) -> bool {
    let jwt = "spring.security.oauth2.resourceserver.jwt";
    let mut sources = ["issuer-uri", "jwk-set-uri", "public-key-location"].into_iter();
    sources.any(|source| config.is_set(&format!("{jwt}.{source}")))
        || !config.map("gateway.security.providers").is_empty()
}

/// A time of the gateway's tree; bare numbers are milliseconds (CF-13).
pub(crate) fn time(tree: &Node, key: &str) -> Result<Option<Duration>, RouteError> {
    let Some(node) = tree.get(key) else { return Ok(None) };
    let Some(text) = node.text() else { return Ok(None) };
    match gateway_routing::duration(text) {
        Some(time) => Ok(Some(time)),
        None => Err(RouteError {
            origin: node.origin.clone(),
            problem: format!("{key}: {text:?} is not a time such as 500ms or 3s"),
            ..RouteError::default()
        }),
    }
}
