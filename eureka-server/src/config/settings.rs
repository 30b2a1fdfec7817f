//! What the configuration means for this program, checked once at the start.

use std::time::Duration;

use service_kit::config::{Config, ConfigError};
use service_kit::serve;

use crate::http::auth::{Credentials, UnknownEncoding};
use crate::http::body::BodyLimits;

/// Everything the parts of the server are told at their start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen, and what a peer may cost.
    pub serve: serve::Settings,
    /// What a request body may cost.
    pub body_limits: BodyLimits,
    /// Bytes of one registration.
    pub instance_bytes_max: usize,
    /// Path before all others; empty or with a leading and no trailing slash.
    pub context_path: String,
    /// User that may do everything; nobody is asked while there is none.
    pub user: Option<Credentials>,
    /// Settings of the registry.
    pub registry: eureka_registry::Config,
    /// Time between two evictions.
    pub eviction_interval: Duration,
    /// Time between two corrections of the expected clients.
    pub threshold_interval: Duration,
    /// Time between two looks for changes that leave the delta.
    pub delta_interval: Duration,
    /// Time after which a list is made anew though nothing changed.
    pub list_lifetime: Duration,
    /// Whether delta requests are refused.
    pub disable_delta: bool,
    /// How long an empty server refuses reads and holds the dashboard's warning back.
    pub empty_wait: Duration,
    /// Path of the dashboard; `None` where there is none.
    pub dashboard_path: Option<String>,
    /// Environment named on the dashboard.
    pub environment: String,
    /// Data center named on the dashboard.
    pub data_center: String,
    /// The server's own instance.
    pub own: OwnInstance,
    /// Whether instances are counted by application and status.
    pub instance_metrics: bool,
    /// Peers that must be available for the status resource to say healthy; below 0 it says nothing.
    pub available_peers_min: i32,
}

/// How the server names itself.
#[derive(Clone, Debug)]
pub struct OwnInstance {
    /// Application, upper case.
    pub app: String,
    /// Effective id.
    pub id: String,
    /// Host name.
    pub host: String,
    /// IP address.
    pub ip: String,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value that does not fit.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A password we cannot check.
    #[error(transparent)]
    Password(#[from] UnknownEncoding),
    /// An address, or a limit.
    #[error(transparent)]
    Serve(#[from] serve::SettingsError),
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn read(config: &Config) -> Result<Self, SettingsError> {
        let own = own_instance(config)?;
        let seconds_or_more = |key: &str| -> Result<u32, ConfigError> {
            let time: Duration = config.get(key)?;
            Ok(u32::try_from(time.as_secs()).unwrap_or(u32::MAX))
        };
        let expected = "eureka.server.expected-client-renewal-interval-seconds";
        let registry = eureka_registry::Config {
            enable_self_preservation: config.get("eureka.server.enable-self-preservation")?,
            renewal_percent_threshold: config.get("eureka.server.renewal-percent-threshold")?,
            expected_client_renewal_interval_secs: seconds_or_more(expected)?,
            default_open_for_traffic_count: config
                .get("eureka.instance.registry.default-open-for-traffic-count")?,
            delta_retention_ms: millis(
                config.get("eureka.server.retention-time-in-m-s-in-delta-queue")?,
            ),
            sync_when_timestamp_differs: config.get("eureka.server.sync-when-timestamp-differs")?,
            exact_lease: config.get("myerp.eureka.exact-lease")?,
            own_instance_id: own.id.as_str().into(),
        };
        let has_dashboard: bool = config.get("eureka.dashboard.enabled")?;
        let dashboard_path: String = config.get("eureka.dashboard.path")?;
        let context: String = config.find("server.servlet.context-path")?.unwrap_or_default();
        Ok(Self {
            serve: serve::Settings::read(config)?,
            body_limits: body_limits(config)?,
            instance_bytes_max: config.get("myerp.eureka.max-instance-bytes")?,
            context_path: context.trim_end_matches('/').to_owned(),
            user: user(config)?,
            registry,
            eviction_interval: config.get("eureka.server.eviction-interval-timer-in-ms")?,
            threshold_interval: config.get("eureka.server.renewal-threshold-update-interval-ms")?,
            delta_interval: config.get("eureka.server.delta-retention-timer-interval-in-ms")?,
            list_lifetime: config.get("eureka.server.response-cache-auto-expiration-in-seconds")?,
            disable_delta: config.get("eureka.server.disable-delta")?,
            empty_wait: config.get("eureka.server.wait-time-in-ms-when-sync-empty")?,
            dashboard_path: has_dashboard.then_some(dashboard_path),
            environment: config.get("eureka.environment")?,
            data_center: config.get("eureka.datacenter")?,
            own,
            // On unless switched off: counting at the moment of reading costs requests nothing.
            instance_metrics: !config.is_set("eureka.server.metrics.enabled")
                || config.get("eureka.server.metrics.enabled")?,
            available_peers_min: config
                .get("eureka.server.min-available-instances-for-peer-replication")?,
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn body_limits(config: &Config) -> Result<BodyLimits, ConfigError> {
    Ok(BodyLimits {
        bytes_max: config.get("myerp.server.max-body-bytes")?,
        timeout: config.get("myerp.server.body-timeout")?,
    })
}

fn user(config: &Config) -> Result<Option<Credentials>, SettingsError> {
    let Some(password) = config.find::<String>("spring.security.user.password")? else {
        return Ok(None);
    };
    let name = config.get("spring.security.user.name")?;
    Ok(Some(Credentials::new(name, &password)?))
}

fn own_instance(config: &Config) -> Result<OwnInstance, ConfigError> {
    let app: String = match config.find("eureka.instance.appname")? {
        Some(name) => name,
        None => config.get("spring.application.name")?,
    };
    let ip: String = config.find("eureka.instance.ip-address")?.unwrap_or_default();
    let host = if config.get("eureka.instance.prefer-ip-address")? {
        ip.clone()
    } else {
        config.find("eureka.instance.hostname")?.unwrap_or_default()
    };
    Ok(OwnInstance {
        app: app.to_uppercase(),
        id: config.find("eureka.instance.instance-id")?.unwrap_or_default(),
        host,
        ip,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use service_kit::config::Sources;

    use super::*;
    use crate::config::keys::PROGRAM;

    fn read(args: &[&str]) -> (Settings, Config) {
        let sources = Sources::files(BTreeMap::new()).with_args(args);
        let config = Config::load(&PROGRAM, &sources).unwrap();
        (Settings::read(&config).unwrap(), config)
    }

    #[test]
    fn every_key_that_says_it_works_is_read() {
        // These decide about peers, of which there are none yet; `logging.*` and `management.*`
        // are read by the parts of the kit that they are about, those of TLS once there is a
        // certificate.
        let tls = ["server.ssl.", "spring.ssl."];
        let later = ["eureka.client.", "logging.", "management.", "info.", "spring.application."];
        let args = ["--spring.security.user.password=x", "--eureka.server.metrics.enabled=true"];
        let (_, config) = read(&args);
        let unread = config.unread().into_iter();
        let ours: Vec<_> = unread
            .filter(|key| !later.iter().chain(&tls).any(|start| key.starts_with(start)))
            .collect();
        assert_eq!(ours, [""; 0]);
    }

    #[test]
    fn settings_follow_their_keys() {
        let (settings, _) = read(&[
            "--server.shutdown=immediate",
            "--server.servlet.context-path=/discovery/",
            "--eureka.instance.prefer-ip-address=true",
            "--eureka.instance.ip-address=10.0.0.9",
            "--eureka.dashboard.enabled=false",
            "--myerp.server.workers=3",
        ]);
        assert_eq!(settings.serve.limits.drain_timeout, Duration::ZERO);
        assert_eq!(settings.context_path, "/discovery");
        assert_eq!((settings.own.host.as_str(), settings.serve.workers), ("10.0.0.9", 3));
        assert_eq!(settings.dashboard_path, None);
        assert!(settings.user.is_none() && settings.instance_metrics);
    }
}
