//! How a program talks to discovery servers, and to the services it finds by them.

use std::sync::Arc;
use std::time::Duration;

use eureka_client::{
    Balance, BuildError, Client, ClientBuilder, DEFAULT_ZONE, HttpSettings, Proxy, RandomChoice,
    RoundRobin, Settings, Tls, TwoChoices, Weighted, Zoned,
};

use super::DiscoveryError;
use crate::config::{Config, ConfigError};

/// Key stores, and the keys that name them.
const TRUST_STORE: &str = "eureka.client.tls.trust-store";
const KEY_STORE: &str = "eureka.client.tls.key-store";
/// Where Spring's transports keep their time-outs; the first that is set counts.
const TIMEOUTS: [&str; 3] = ["timeout", "restclient.timeout", "rest-template-timeout"];

/// A client that knows everything but its instance and its mode.
pub(super) fn builder(config: &Config) -> Result<ClientBuilder, DiscoveryError> {
    let mut settings = Settings::default();
    fetching(config, &mut settings)?;
    registering(config, &mut settings)?;
    transport(config, &mut settings)?;
    calls(config, &mut settings.http)?;
    Ok(servers(config)?.tls(tls(config)?).configure(|own| *own = settings))
}

fn servers(config: &Config) -> Result<ClientBuilder, ConfigError> {
    let region: String = config.get("eureka.client.region")?;
    let zones = config.map("eureka.client.availability-zones");
    let named = zones.iter().find(|(name, _)| name.eq_ignore_ascii_case(&region));
    let names: Vec<String> = named
        .map(|(_, list)| list.split(',').map(|name| name.trim().to_owned()).collect())
        .unwrap_or_default();
    let mut builder = Client::builder();
    for (zone, urls) in config.map("eureka.client.service-url") {
        // An environment variable cannot tell upper from lower case.
        let known = names.iter().map(String::as_str).chain([DEFAULT_ZONE]);
        let zone = known.into_iter().find(|name| name.eq_ignore_ascii_case(&zone)).unwrap_or(&zone);
        builder = builder.server_in(zone, &urls);
    }
    Ok(if names.is_empty() { builder } else { builder.zones(names) })
}

fn fetching(config: &Config, settings: &mut Settings) -> Result<(), ConfigError> {
    settings.fetch_interval = config.get("eureka.client.registry-fetch-interval-seconds")?;
    settings.fetch_backoff_bound =
        config.get("eureka.client.cache-refresh-executor-exponential-back-off-bound")?;
    settings.filter_only_up = config.get("eureka.client.filter-only-up-instances")?;
    settings.disable_delta = config.get("eureka.client.disable-delta")?;
    settings.log_delta_diff = config.get("eureka.client.log-delta-diff")?;
    settings.gzip = config.get("eureka.client.g-zip-content")?;
    settings.compact = config.get::<String>("eureka.client.client-data-accept")? == "compact";
    let regions: Option<Vec<String>> =
        config.find("eureka.client.fetch-remote-regions-registry")?;
    settings.regions = regions.unwrap_or_default();
    settings.single_vip = config.find("eureka.client.registry-refresh-single-vip-address")?;
    settings.require_registry =
        config.get("eureka.client.should-enforce-fetch-registry-at-init")?;
    settings.snapshot_file =
        config.find::<String>("myerp.discovery.snapshot-file")?.map(Into::into);
    settings.weight_key = config.get("myerp.discovery.weight-key")?;
    Ok(())
}

fn registering(config: &Config, settings: &mut Settings) -> Result<(), ConfigError> {
    settings.replication_interval =
        config.get("eureka.client.instance-info-replication-interval-seconds")?;
    settings.initial_replication_delay =
        config.get("eureka.client.initial-instance-info-replication-interval-seconds")?;
    settings.on_demand_updates = config.get("eureka.client.on-demand-update-status-change")?;
    settings.renewal_backoff_bound =
        config.get("eureka.client.heartbeat-executor-exponential-back-off-bound")?;
    settings.require_registration =
        config.get("eureka.client.should-enforce-registration-at-init")?;
    settings.unregister_on_shutdown = config.get("eureka.client.should-unregister-on-shutdown")?;
    settings.shutdown_timeout = config.get("myerp.discovery.shutdown-timeout")?;
    Ok(())
}

fn transport(config: &Config, settings: &mut Settings) -> Result<(), ConfigError> {
    let first_set = |seconds: &str, name: &str| -> Result<Duration, ConfigError> {
        let mut found: Option<Duration> = None;
        for place in TIMEOUTS {
            // All are read, so that each counts as known.
            let here = config.find(&format!("eureka.client.{place}.{name}"))?;
            found = found.or(here);
        }
        let otherwise = config.get(seconds)?;
        Ok(found.unwrap_or(otherwise))
    };
    settings.connect_timeout =
        first_set("eureka.client.eureka-server-connect-timeout-seconds", "connect-timeout")?;
    settings.read_timeout =
        first_set("eureka.client.eureka-server-read-timeout-seconds", "socket-timeout")?;
    settings.idle_connections_max =
        config.get("eureka.client.eureka-server-total-connections-per-host")?;
    settings.idle_timeout = config.get("eureka.client.eureka-connection-idle-timeout-seconds")?;
    settings.session =
        config.get("eureka.client.transport.sessioned-client-reconnect-interval-seconds")?;
    settings.quarantine_refresh_share =
        config.get("eureka.client.transport.retryable-client-quarantine-refresh-percentage")?;
    settings.allow_redirects = config.get("eureka.client.allow-redirects")?;
    settings.prefer_same_zone = config.get("eureka.client.prefer-same-zone-eureka")?;
    settings.proxy = proxy(config)?;
    Ok(())
}

fn proxy(config: &Config) -> Result<Option<Proxy>, ConfigError> {
    let port: u16 = config.get("eureka.client.proxy-port")?;
    let user: Option<String> = config.find("eureka.client.proxy-user-name")?;
    let password: Option<String> = config.find("eureka.client.proxy-password")?;
    let host: Option<String> = config.find("eureka.client.proxy-host")?;
    let credentials = user.map(|user| (user, password.unwrap_or_default()));
    Ok(host.map(|host| Proxy { url: format!("http://{host}:{port}"), credentials }))
}

fn calls(config: &Config, http: &mut HttpSettings) -> Result<(), ConfigError> {
    let zoned: bool = config.get("myerp.discovery.prefer-same-zone")?;
    let word: String = config.get("myerp.discovery.balance")?;
    http.balance = match word.as_str() {
        "random" => balance(RandomChoice, zoned),
        "weighted" => balance(Weighted, zoned),
        "two-choices" => balance(TwoChoices, zoned),
        _ => balance(RoundRobin, zoned),
    };
    http.prefer_ip = config.get("myerp.discovery.prefer-ip-address")?;
    http.connect_timeout = config.get("myerp.call.connect-timeout")?;
    http.read_try_timeout = config.get("myerp.call.read-timeout")?;
    http.write_try_timeout = config.get("myerp.call.write-timeout")?;
    http.total_timeout = config.get("myerp.call.total-timeout")?;
    http.retries_max = config.get("myerp.call.retries")?;
    Ok(())
}

fn balance(balance: impl Balance + 'static, zoned: bool) -> Arc<dyn Balance> {
    if zoned { Arc::new(Zoned(balance)) } else { Arc::new(balance) }
}

fn tls(config: &Config) -> Result<Tls, DiscoveryError> {
    let trusted: Option<String> = config.find(TRUST_STORE)?;
    let own: Option<String> = config.find(KEY_STORE)?;
    // The form of both was checked by their kind.
    for key in ["eureka.client.tls.key-store-type", "eureka.client.tls.trust-store-type"] {
        config.get::<String>(key)?;
    }
    let mut tls = Tls::new();
    if !config.get::<bool>("eureka.client.tls.enabled")? {
        return Ok(tls);
    }
    if let Some(path) = trusted {
        tls = with_file(TRUST_STORE, path, |pem| tls.trust(pem))?;
    }
    if let Some(path) = own {
        tls = with_file(KEY_STORE, path, |pem| tls.identity(pem, pem))?;
    }
    Ok(tls)
}

/// Reads a file that `key` names, with or without Spring's `file:` before it.
fn with_file(
    key: &'static str,
    path: String,
    read: impl FnOnce(&[u8]) -> Result<Tls, BuildError>,
) -> Result<Tls, DiscoveryError> {
    let place = path.strip_prefix("file:").unwrap_or(&path);
    match std::fs::read(place) {
        Ok(pem) => read(&pem).map_err(|source| DiscoveryError::Pem { key, path, source }),
        Err(source) => Err(DiscoveryError::File { key, path, source }),
    }
}
