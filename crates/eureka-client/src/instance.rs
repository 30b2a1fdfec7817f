//! How a service describes itself.

use std::time::Duration;

use eureka_wire::{DataCenterInfo, DataCenterName, InstanceInfo, InstanceStatus, LeaseInfo, Port};

use crate::BuildError;

/// Metadata key under which Spring tells the port of the actuator.
const MANAGEMENT_PORT: &str = "management.port";

/// The description that a service registers. Everything but name, host, address and port has a
/// default.
///
/// ```
/// use eureka_client::Instance;
///
/// let instance = Instance::new("product-service", "10.0.0.5", "10.0.0.5", 8081)
///     .zone("seoul-a")
///     .metadata("team", "catalogue");
/// assert_eq!(instance.instance_id(), "10.0.0.5:product-service:8081");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Instance {
    name: String,
    id: Option<String>,
    host: String,
    ip: String,
    port: Port,
    secure_port: Port,
    vip: Option<String>,
    secure_vip: Option<String>,
    metadata: Vec<(String, String)>,
    renewal_interval: Duration,
    lease_duration: Duration,
    home_page: String,
    status_page: String,
    health_check: String,
    secure_health_check: Option<String>,
    group: Option<String>,
    asg: Option<String>,
    data_center: DataCenterInfo,
    initial_status: InstanceStatus,
    starts_up: bool,
}

impl Instance {
    /// Instance of the application `name` that listens on `host` (also reachable as `ip`) at `port`.
    pub fn new(
        name: impl Into<String>,
        host: impl Into<String>,
        ip: impl Into<String>,
        port: u16,
    ) -> Self {
        Self {
            name: name.into(),
            id: None,
            host: host.into(),
            ip: ip.into(),
            port: Port { number: port.into(), enabled: true },
            secure_port: Port { number: 443, enabled: false },
            vip: None,
            secure_vip: None,
            metadata: Vec::new(),
            renewal_interval: Duration::from_secs(30),
            lease_duration: Duration::from_secs(90),
            home_page: "/".to_owned(),
            status_page: "/actuator/info".to_owned(),
            health_check: "/actuator/health".to_owned(),
            secure_health_check: None,
            group: None,
            asg: None,
            data_center: DataCenterInfo::Plain(Some(DataCenterName::MyOwn)),
            initial_status: InstanceStatus::Up,
            starts_up: false,
        }
    }

    /// Id within the application; `host:name:port` unless told.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The port without TLS is not in use.
    pub const fn without_plain_port(mut self) -> Self {
        self.port.enabled = false;
        self
    }

    /// Port with TLS.
    pub fn secure_port(mut self, port: u16) -> Self {
        self.secure_port = Port { number: port.into(), enabled: true };
        self
    }

    /// Virtual addresses, separated by commas; the name of the application unless told. Spring
    /// services find each other by these.
    pub fn vip(mut self, names: impl Into<String>) -> Self {
        self.vip = Some(names.into());
        self
    }

    /// Virtual addresses over TLS; the name of the application unless told.
    pub fn secure_vip(mut self, names: impl Into<String>) -> Self {
        self.secure_vip = Some(names.into());
        self
    }

    /// Adds an entry to the metadata. An entry without value is not sent.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Zone of the instance, which is also that of the client.
    pub fn zone(self, zone: impl Into<String>) -> Self {
        self.metadata(crate::endpoint::ZONE, zone)
    }

    /// Port of the actuator, where monitoring looks for it.
    pub fn management_port(self, port: u16) -> Self {
        self.metadata(MANAGEMENT_PORT, port.to_string())
    }

    /// Time between two renewals (30 s unless told), and the time without one after which the
    /// lease runs out (90 s). Sent in whole seconds, at least one.
    pub const fn lease(mut self, renewal_interval: Duration, duration: Duration) -> Self {
        self.renewal_interval = renewal_interval;
        self.lease_duration = duration;
        self
    }

    /// Home page, as a path below the own address or a whole URL; `/` unless told.
    pub fn home_page(mut self, path_or_url: impl Into<String>) -> Self {
        self.home_page = path_or_url.into();
        self
    }

    /// Status page; `/actuator/info` unless told.
    pub fn status_page(mut self, path_or_url: impl Into<String>) -> Self {
        self.status_page = path_or_url.into();
        self
    }

    /// Health check; `/actuator/health` unless told.
    pub fn health_check(mut self, path_or_url: impl Into<String>) -> Self {
        self.health_check = path_or_url.into();
        self
    }

    /// Health check over TLS; none unless told.
    pub fn secure_health_check(mut self, path_or_url: impl Into<String>) -> Self {
        self.secure_health_check = Some(path_or_url.into());
        self
    }

    /// Group of applications.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// Auto scaling group.
    pub fn asg(mut self, name: impl Into<String>) -> Self {
        self.asg = Some(name.into());
        self
    }

    /// Data center; `MyOwn` unless told.
    pub fn data_center(mut self, data_center: DataCenterInfo) -> Self {
        self.data_center = data_center;
        self
    }

    /// Status once ready; `UP` unless told.
    pub const fn initial_status(mut self, status: InstanceStatus) -> Self {
        self.initial_status = status;
        self
    }

    /// Takes traffic from the beginning, not only when it says that it is ready.
    pub const fn starts_up(mut self) -> Self {
        self.starts_up = true;
        self
    }

    /// Id under which it is registered.
    #[must_use]
    pub fn instance_id(&self) -> String {
        let port = if self.port.enabled { self.port } else { self.secure_port };
        let default = || format!("{}:{}:{}", self.host, self.name, port.number);
        self.id.clone().unwrap_or_else(default)
    }

    pub(crate) const fn status_when_ready(&self) -> InstanceStatus {
        self.initial_status
    }

    pub(crate) const fn renewal_interval(&self) -> Duration {
        self.renewal_interval
    }

    /// What is sent, last changed at `now` (ms since the epoch).
    pub(crate) fn to_info(&self, now: i64) -> Result<InstanceInfo, BuildError> {
        for (field, value) in [("name", &self.name), ("host", &self.host), ("ip", &self.ip)] {
            if value.trim().is_empty() {
                return Err(BuildError::Instance(field));
            }
        }
        let url = |path: &str| Some(self.url(path).into());
        let known = self.metadata.iter().filter(|(_, value)| !value.is_empty());
        let starting = if self.starts_up { InstanceStatus::Up } else { InstanceStatus::Starting };
        Ok(InstanceInfo {
            instance_id: Some(self.instance_id().into()),
            host_name: self.host.as_str().into(),
            app: self.name.to_uppercase().into(),
            ip_addr: self.ip.as_str().into(),
            status: starting,
            port: self.port,
            secure_port: self.secure_port,
            data_center: Some(self.data_center.clone()),
            lease: LeaseInfo::of_terms(
                seconds(self.renewal_interval),
                seconds(self.lease_duration),
            ),
            metadata: known.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            app_group_name: self.group.as_ref().map(|name| name.to_uppercase().into()),
            home_page_url: url(&self.home_page),
            status_page_url: url(&self.status_page),
            health_check_url: url(&self.health_check),
            secure_health_check_url: self
                .secure_health_check
                .as_ref()
                .map(|path| self.url_at("https", self.secure_port, path).into()),
            vip_address: Some(self.vip.as_ref().unwrap_or(&self.name).as_str().into()),
            secure_vip_address: Some(
                self.secure_vip.as_ref().unwrap_or(&self.name).as_str().into(),
            ),
            asg_name: self.asg.as_ref().map(|name| name.as_str().into()),
            ..InstanceInfo::empty(now)
        })
    }

    fn url(&self, path: &str) -> String {
        if self.port.enabled || !self.secure_port.enabled {
            self.url_at("http", self.port, path)
        } else {
            self.url_at("https", self.secure_port, path)
        }
    }

    fn url_at(&self, scheme: &str, port: Port, path: &str) -> String {
        if path.contains("://") {
            return path.to_owned();
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{scheme}://{}:{}{slash}{path}", in_url(&self.host), port.number)
    }
}

/// A host as it stands in a URL: IPv6 addresses in brackets.
pub(crate) fn in_url(host: &str) -> std::borrow::Cow<'_, str> {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]").into()
    } else {
        host.into()
    }
}

/// Whole seconds, at least one.
fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_springs() {
        let info = Instance::new("order-service", "h1", "10.0.0.1", 8084).to_info(7).unwrap();

        assert_eq!(info.id(), "h1:order-service:8084");
        assert_eq!((&*info.app, info.status), ("ORDER-SERVICE", InstanceStatus::Starting));
        assert_eq!(info.vip_address.as_deref(), Some("order-service"));
        assert_eq!(info.secure_vip_address.as_deref(), Some("order-service"));
        assert_eq!(info.home_page_url.as_deref(), Some("http://h1:8084/"));
        assert_eq!(info.status_page_url.as_deref(), Some("http://h1:8084/actuator/info"));
        assert_eq!(info.health_check_url.as_deref(), Some("http://h1:8084/actuator/health"));
        assert_eq!(info.secure_port, Port { number: 443, enabled: false });
        assert_eq!((info.lease.renewal_interval_secs, info.lease.duration_secs), (30, 90));
        assert_eq!(info.last_dirty, 7);
    }

    #[test]
    fn what_is_told_is_sent_and_what_is_empty_is_not() {
        let info = Instance::new("a", "fe80::1", "fe80::1", 80)
            .id("x")
            .without_plain_port()
            .secure_port(8443)
            .vip("a,b")
            .zone("z")
            .management_port(9000)
            .metadata("empty", "")
            .lease(Duration::from_millis(10), Duration::from_secs(5))
            .health_check("https://elsewhere/health")
            .secure_health_check("health")
            .starts_up()
            .to_info(0)
            .unwrap();

        assert_eq!((info.id(), info.status), ("x", InstanceStatus::Up));
        assert_eq!(info.home_page_url.as_deref(), Some("https://[fe80::1]:8443/"));
        assert_eq!(info.health_check_url.as_deref(), Some("https://elsewhere/health"));
        assert_eq!(info.secure_health_check_url.as_deref(), Some("https://[fe80::1]:8443/health"));
        let metadata: Vec<_> = info.metadata.iter().collect();
        assert_eq!(metadata, [("zone", "z"), ("management.port", "9000")]);
        assert_eq!((info.lease.renewal_interval_secs, info.lease.duration_secs), (1, 5));
    }

    #[test]
    fn what_a_server_would_refuse_is_refused_here() {
        for (name, host, ip) in [("", "h", "i"), ("n", " ", "i"), ("n", "h", "")] {
            assert!(Instance::new(name, host, ip, 1).to_info(0).is_err());
        }
    }
}
