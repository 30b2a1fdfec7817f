//! Writing instances and applications as JSON.

use super::text::write_text;
use crate::data_center::AMAZON_COMPACT_KEYS;
use crate::{
    ActionType, Application, DataCenterInfo, Detail, Format, InstanceInfo, Layout, LeaseInfo,
    Metadata, Port,
};

/// `{"instance":{…}}`, full form: the answer for one instance.
#[must_use]
pub fn encode_instance(instance: &InstanceInfo) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(b"{\"instance\":");
    write_instance(&mut out, instance, &instance.lease, Detail::Full);
    out.push(b'}');
    out
}

/// `{"application":{…}}`: the answer for one application.
#[must_use]
pub fn encode_application(application: &Application, detail: Detail) -> Vec<u8> {
    let layout = Layout { format: Format::Json, detail };
    layout.encode_application(&application.name, &application.instances)
}

/// `{…}` without a root: members in the order of section 2.4 (full) or 2.7 (compact).
///
/// `lease` stands in for the instance's own, which is only as fresh as the instance's last change.
pub fn write_instance(
    out: &mut Vec<u8>,
    instance: &InstanceInfo,
    lease: &LeaseInfo,
    detail: Detail,
) {
    let mut object = Object::open(out);
    match detail {
        Detail::Full => write_full(&mut object, instance, lease),
        Detail::Compact => write_compact(&mut object, instance),
    }
    object.close();
}

fn write_full(object: &mut Object<'_>, instance: &InstanceInfo, lease: &LeaseInfo) {
    object.text_if("instanceId", instance.instance_id.as_deref());
    object.text("hostName", &instance.host_name);
    object.text("app", &instance.app);
    object.text("ipAddr", &instance.ip_addr);
    object.text_if("sid", shown_sid(instance));
    object.text("status", instance.status.as_str());
    object.text("overriddenStatus", instance.overridden_status.as_str());
    object.port("port", instance.port);
    object.port("securePort", instance.secure_port);
    object.number("countryId", instance.country_id.into());
    if let Some(data_center) = &instance.data_center {
        object.data_center(data_center, Detail::Full);
    }
    object.lease(lease);
    object.metadata(&instance.metadata);
    object.text_if("appGroupName", instance.app_group_name.as_deref());
    object.text_if("homePageUrl", instance.home_page_url.as_deref());
    object.text_if("statusPageUrl", instance.status_page_url.as_deref());
    object.text_if("healthCheckUrl", instance.health_check_url.as_deref());
    object.text_if("secureHealthCheckUrl", instance.secure_health_check_url.as_deref());
    object.text_if("vipAddress", instance.vip_address.as_deref());
    object.text_if("secureVipAddress", instance.secure_vip_address.as_deref());
    object.text("isCoordinatingDiscoveryServer", bool_text(instance.is_coordinating));
    object.number_text("lastUpdatedTimestamp", instance.last_updated);
    object.number_text("lastDirtyTimestamp", instance.last_dirty);
    object.text_if("actionType", instance.action.map(ActionType::as_str));
    object.text_if("asgName", instance.asg_name.as_deref());
}

fn write_compact(object: &mut Object<'_>, instance: &InstanceInfo) {
    object.text_if("instanceId", instance.instance_id.as_deref());
    object.text("app", &instance.app);
    object.text("ipAddr", &instance.ip_addr);
    object.text_if("vipAddress", instance.vip_address.as_deref());
    object.text_if("secureVipAddress", instance.secure_vip_address.as_deref());
    if let Some(data_center) = &instance.data_center {
        object.data_center(data_center, Detail::Compact);
    }
    object.text("hostName", &instance.host_name);
    object.text("status", instance.status.as_str());
    object.number("lastUpdatedTimestamp", instance.last_updated);
    object.text_if("actionType", instance.action.map(ActionType::as_str));
    object.text_if("asgName", instance.asg_name.as_deref());
    object.port("port", instance.port);
    object.port("securePort", instance.secure_port);
}

/// `sid` where it says something.
pub(crate) fn shown_sid(instance: &InstanceInfo) -> Option<&str> {
    Some(&*instance.sid).filter(|sid| *sid != "na" && *sid != "unknown")
}

pub(crate) const fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Members between braces, with their commas.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    pub(super) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    pub(super) fn close(self) {
        self.out.push(b'}');
    }

    /// Writes `"name":`; names here need no escaping.
    pub(super) fn name(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        write_text(self.name(name), value);
    }

    pub(super) fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn number(&mut self, name: &str, value: i64) {
        self.name(name).extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    fn number_text(&mut self, name: &str, value: i64) {
        let out = self.name(name);
        out.push(b'"');
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        out.push(b'"');
    }

    fn port(&mut self, name: &str, port: Port) {
        let mut object = Object::open(self.name(name));
        object.number("$", port.number.into());
        object.text("@enabled", bool_text(port.enabled));
        object.close();
    }

    fn data_center(&mut self, data_center: &DataCenterInfo, detail: Detail) {
        let mut object = Object::open(self.name("dataCenterInfo"));
        object.text("@class", data_center.class());
        object.text_if("name", data_center.name().map(crate::DataCenterName::as_str));
        if let Some(metadata) = data_center.amazon() {
            let mut inner = Object::open(object.name("metadata"));
            for (key, value) in shown_amazon(metadata, detail) {
                inner.entry(key, value);
            }
            inner.close();
        }
        object.close();
    }

    fn lease(&mut self, lease: &LeaseInfo) {
        let mut object = Object::open(self.name("leaseInfo"));
        for (name, value) in lease_members(lease) {
            object.number(name, value);
        }
        object.close();
    }

    fn metadata(&mut self, metadata: &Metadata) {
        let mut object = Object::open(self.name("metadata"));
        if metadata.is_empty() {
            object.text("@class", crate::document::EMPTY_MAP_CLASS);
        }
        for (key, value) in metadata.iter() {
            object.entry(key, value);
        }
        object.close();
    }

    /// A member whose name is data and may need escaping.
    fn entry(&mut self, key: &str, value: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        write_text(self.out, key);
        self.out.push(b':');
        write_text(self.out, value);
    }
}

/// Amazon metadata that a form shows.
pub(crate) fn shown_amazon(
    metadata: &Metadata,
    detail: Detail,
) -> impl Iterator<Item = (&str, &str)> {
    metadata
        .iter()
        .filter(move |(key, _)| detail == Detail::Full || AMAZON_COMPACT_KEYS.contains(key))
}

/// Members of `leaseInfo` in order (section 2.5).
pub(crate) fn lease_members(lease: &LeaseInfo) -> [(&'static str, i64); 6] {
    [
        ("renewalIntervalInSecs", lease.renewal_interval_secs.into()),
        ("durationInSecs", lease.duration_secs.into()),
        ("registrationTimestamp", lease.registration_timestamp),
        ("lastRenewalTimestamp", lease.last_renewal_timestamp),
        ("evictionTimestamp", lease.eviction_timestamp),
        ("serviceUpTimestamp", lease.service_up_timestamp),
    ]
}
