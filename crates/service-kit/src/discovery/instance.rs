//! How a program describes itself.

use std::time::Duration;

use eureka_client::Instance;
use eureka_client::wire::InstanceStatus;

use crate::config::{Config, ConfigError};

const ID: &str = "eureka.instance.instance-id";
const PORT: &str = "eureka.instance.non-secure-port";

/// The instance of a program that listens on `port`.
pub(super) fn read(config: &Config, port: u16) -> Result<Instance, ConfigError> {
    let ip: String = config.get("eureka.instance.ip-address")?;
    let name: String = config.get("eureka.instance.hostname")?;
    let host = if config.get("eureka.instance.prefer-ip-address")? { ip.clone() } else { name };
    let app: String = config.get("eureka.instance.appname")?;
    let told: u16 = config.get(PORT)?;
    let told = if config.is_set(PORT) { told } else { port };
    let (renewal, duration): (Duration, Duration) = (
        config.get("eureka.instance.lease-renewal-interval-in-seconds")?,
        config.get("eureka.instance.lease-expiration-duration-in-seconds")?,
    );
    let mut instance = Instance::new(app, host, ip, told)
        .lease(renewal, duration)
        .vip(config.get::<String>("eureka.instance.virtual-host-name")?)
        .secure_vip(config.get::<String>("eureka.instance.secure-virtual-host-name")?)
        .management_port(port)
        .initial_status(status(&config.get::<String>("eureka.instance.initial-status")?));
    let id: String = config.get(ID)?;
    // Where the system chooses the port, the default id would name port 0.
    if config.is_set(ID) || config.get::<u16>("server.port")? != 0 {
        instance = instance.id(id);
    }
    for (key, value) in config.map("eureka.instance.metadata-map") {
        instance = instance.metadata(key, value);
    }
    instance = ports(config, pages(config, instance)?)?;
    if let Some(name) = config.find::<String>("eureka.instance.app-group-name")? {
        instance = instance.group(name);
    }
    if let Some(name) = config.find::<String>("eureka.instance.a-s-g-name")? {
        instance = instance.asg(name);
    }
    let starts_up: bool = config.get("eureka.instance.instance-enabled-onit")?;
    Ok(if starts_up { instance.starts_up() } else { instance })
}

fn ports(config: &Config, mut instance: Instance) -> Result<Instance, ConfigError> {
    if !config.get::<bool>("eureka.instance.non-secure-port-enabled")? {
        instance = instance.without_plain_port();
    }
    let secure: u16 = config.get("eureka.instance.secure-port")?;
    if config.get("eureka.instance.secure-port-enabled")? {
        instance = instance.secure_port(secure);
    }
    Ok(instance)
}

/// Pages by URL, else by path.
fn pages(config: &Config, instance: Instance) -> Result<Instance, ConfigError> {
    let page = |url: &str, path: &str| -> Result<String, ConfigError> {
        let path: String = config.get(path)?;
        // The path of the actuator may be the root.
        Ok(config.find(url)?.unwrap_or_else(|| path.replace("//", "/")))
    };
    let home = page("eureka.instance.home-page-url", "eureka.instance.home-page-url-path")?;
    let status = page("eureka.instance.status-page-url", "eureka.instance.status-page-url-path")?;
    let health = page("eureka.instance.health-check-url", "eureka.instance.health-check-url-path")?;
    let instance = instance.home_page(home).status_page(status).health_check(health);
    Ok(match config.find::<String>("eureka.instance.secure-health-check-url")? {
        Some(url) => instance.secure_health_check(url),
        None => instance,
    })
}

/// A status by its word in the configuration.
fn status(word: &str) -> InstanceStatus {
    InstanceStatus::from_wire(&word.replace('-', "_").to_uppercase())
}
