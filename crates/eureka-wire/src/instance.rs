//! An instance: one process of an application.

use crate::data_center::AMAZON_INSTANCE_ID;
use crate::{ActionType, DataCenterInfo, InstanceStatus, LeaseInfo, Metadata, Port};

/// One process of an application, as registered and as told (section 2.4).
///
/// Texts that a registration must have but did not are empty here; the server refuses them by name
/// (EP-3 to EP-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Own id; absent where the registration had none.
    pub instance_id: Option<Box<str>>,
    /// Host name.
    pub host_name: Box<str>,
    /// Application name, upper case.
    pub app: Box<str>,
    /// IP address.
    pub ip_addr: Box<str>,
    /// Long obsolete; `na` unless told.
    pub sid: Box<str>,
    /// Status after the override rules.
    pub status: InstanceStatus,
    /// Operator's status; `UNKNOWN` where there is none.
    pub overridden_status: InstanceStatus,
    /// Plain port.
    pub port: Port,
    /// TLS port.
    pub secure_port: Port,
    /// Long obsolete; 1 unless told.
    pub country_id: i32,
    /// Where it runs; absent only in a registration that the server refuses.
    pub data_center: Option<DataCenterInfo>,
    /// Its lease.
    pub lease: LeaseInfo,
    /// Its metadata.
    pub metadata: Metadata,
    /// Group of applications, upper case.
    pub app_group_name: Option<Box<str>>,
    /// Home page.
    pub home_page_url: Option<Box<str>>,
    /// Status page.
    pub status_page_url: Option<Box<str>>,
    /// Health check.
    pub health_check_url: Option<Box<str>>,
    /// Health check over TLS.
    pub secure_health_check_url: Option<Box<str>>,
    /// Virtual addresses, separated by commas.
    pub vip_address: Option<Box<str>>,
    /// Virtual addresses over TLS, separated by commas.
    pub secure_vip_address: Option<Box<str>>,
    /// Whether it is the answering discovery server itself.
    pub is_coordinating: bool,
    /// Server's time of the last change, ms since the epoch.
    pub last_updated: i64,
    /// Client's time of the last change of its own data, ms since the epoch: the conflict key.
    pub last_dirty: i64,
    /// What last happened to it.
    pub action: Option<ActionType>,
    /// Auto scaling group.
    pub asg_name: Option<Box<str>>,
}

/// `sid` of an instance that has none.
pub const NO_SID: &str = "na";

impl InstanceInfo {
    /// An instance with nothing but the defaults, last changed at `now` (ms since the epoch).
    #[must_use]
    pub fn empty(now: i64) -> Self {
        Self {
            instance_id: None,
            host_name: "".into(),
            app: "".into(),
            ip_addr: "".into(),
            sid: NO_SID.into(),
            status: InstanceStatus::Up,
            overridden_status: InstanceStatus::Unknown,
            port: Port::DEFAULT,
            secure_port: Port::DEFAULT_SECURE,
            country_id: 1,
            data_center: None,
            lease: LeaseInfo::default(),
            metadata: Metadata::default(),
            app_group_name: None,
            home_page_url: None,
            status_page_url: None,
            health_check_url: None,
            secure_health_check_url: None,
            vip_address: None,
            secure_vip_address: None,
            is_coordinating: false,
            last_updated: now,
            last_dirty: now,
            action: None,
            asg_name: None,
        }
    }

    /// The id it is registered under: its own, else Amazon's `instance-id`, else the host name
    /// (EP-3). Empty only where all three are.
    #[must_use]
    pub fn id(&self) -> &str {
        let own = self.instance_id.as_deref().filter(|id| !id.is_empty());
        let amazon = || {
            let metadata = self.data_center.as_ref()?.amazon()?;
            metadata.get(AMAZON_INSTANCE_ID).filter(|id| !id.is_empty())
        };
        own.or_else(amazon).unwrap_or(&self.host_name)
    }

    /// Whether `name` is one of its virtual addresses, compared exactly (EP-25).
    #[must_use]
    pub fn has_vip(&self, name: &str) -> bool {
        lists(self.vip_address.as_deref(), name)
    }

    /// Whether `name` is one of its virtual addresses over TLS, compared exactly (EP-25).
    #[must_use]
    pub fn has_secure_vip(&self, name: &str) -> bool {
        lists(self.secure_vip_address.as_deref(), name)
    }
}

fn lists(addresses: Option<&str>, name: &str) -> bool {
    addresses.is_some_and(|list| list.split(',').any(|address| address == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_falls_back_to_amazon_and_then_to_the_host() {
        let mut instance = InstanceInfo::empty(0);
        instance.host_name = "h".into();
        assert_eq!(instance.id(), "h");

        let amazon = [(AMAZON_INSTANCE_ID, "i-1")].into_iter().collect();
        instance.data_center = Some(DataCenterInfo::Amazon(amazon));
        assert_eq!(instance.id(), "i-1");

        instance.instance_id = Some("".into());
        assert_eq!(instance.id(), "i-1");
        instance.instance_id = Some("x".into());
        assert_eq!(instance.id(), "x");
    }

    #[test]
    fn a_vip_matches_one_name_of_the_list_exactly() {
        let mut instance = InstanceInfo::empty(0);
        instance.vip_address = Some("a,b".into());
        assert!(instance.has_vip("a") && instance.has_vip("b"));
        assert!(!instance.has_vip("a,b") && !instance.has_vip("A") && !instance.has_vip(""));
        assert!(!instance.has_secure_vip("a"));
    }
}
