//! Writing instances and applications as XML.

use super::names::escape_name;
use super::text::write_text;
use crate::document::EMPTY_MAP_CLASS;
use crate::json::{bool_text, lease_members, shown_amazon, shown_sid};
use crate::{
    ActionType, Application, DataCenterInfo, DataCenterName, Detail, Format, InstanceInfo,
    InstanceStatus, Layout, LeaseInfo, Metadata, Port, ReplicationOutcome,
};

/// `<instance>…</instance>`, full form: the answer for one instance.
///
/// Here, and nowhere else, the reference says `DOWN` for an instance that is `OUT_OF_SERVICE` or
/// `UNKNOWN`; observed on Spring Cloud Netflix 2025.0 and 2025.1.
#[must_use]
pub fn encode_instance(instance: &InstanceInfo) -> Vec<u8> {
    if matches!(instance.status, InstanceStatus::OutOfService | InstanceStatus::Unknown) {
        let shown = InstanceInfo { status: InstanceStatus::Down, ..instance.clone() };
        return encode_as_is(&shown);
    }
    encode_as_is(instance)
}

fn encode_as_is(instance: &InstanceInfo) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    let mut writer = Writer { out: &mut out, depth: Some(0), at_start: true };
    writer.instance("instance", instance, &instance.lease, Detail::Full);
    out
}

/// `<application>…</application>`: the answer for one application.
#[must_use]
pub fn encode_application(application: &Application, detail: Detail) -> Vec<u8> {
    let layout = Layout { format: Format::Xml, detail };
    layout.encode_application(&application.name, &application.instances)
}

/// `<instance>` as it stands `depth` levels deep in a document; the full form begins with the line
/// break before it, the compact form is one line.
///
/// `lease` stands in for the instance's own, which is only as fresh as the instance's last change.
pub fn write_instance(
    out: &mut Vec<u8>,
    instance: &InstanceInfo,
    lease: &LeaseInfo,
    detail: Detail,
    depth: usize,
) {
    let depth = (detail == Detail::Full).then_some(depth);
    let mut writer = Writer { out, depth, at_start: false };
    writer.instance("instance", instance, lease, detail);
}

/// Answer to a replication batch, with the class names for elements that Java gives it (EP-50).
#[must_use]
pub fn encode_outcomes(outcomes: &[ReplicationOutcome]) -> Vec<u8> {
    const LIST: &str = "com.netflix.eureka.cluster.protocol.ReplicationListResponse";
    const ITEM: &str = "com.netflix.eureka.cluster.protocol.ReplicationInstanceResponse";
    let mut out = Vec::with_capacity(256);
    let mut writer = Writer { out: &mut out, depth: Some(0), at_start: true };
    writer.element(LIST, |w| {
        if outcomes.is_empty() {
            return w.raw_line("<responseList/>");
        }
        w.element("responseList", |w| {
            for outcome in outcomes {
                w.element(ITEM, |w| {
                    w.number("statusCode", outcome.status_code.into());
                    if let Some(entity) = &outcome.entity {
                        w.instance("responseEntity", entity, &entity.lease, Detail::Full);
                    }
                });
            }
        });
    });
    out
}

/// Writes elements on lines of their own, or all on one line where `depth` is `None`.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    depth: Option<usize>,
    at_start: bool,
}

impl Writer<'_> {
    fn line(&mut self) {
        let first = std::mem::take(&mut self.at_start);
        if let (Some(depth), false) = (self.depth, first) {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * depth, b' ');
        }
    }

    fn raw_line(&mut self, text: &str) {
        self.line();
        self.out.extend_from_slice(text.as_bytes());
    }

    fn open(&mut self, name: &str, attribute: Option<(&str, &str)>, close: &[u8]) {
        self.line();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        if let Some((key, value)) = attribute {
            self.out.push(b' ');
            self.out.extend_from_slice(key.as_bytes());
            self.out.extend_from_slice(b"=\"");
            self.out.extend_from_slice(value.as_bytes());
            self.out.push(b'"');
        }
        self.out.extend_from_slice(close);
    }

    fn end(&mut self, name: &str) {
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
    }

    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.element_with(name, None, content);
    }

    fn element_with(
        &mut self,
        name: &str,
        attribute: Option<(&str, &str)>,
        content: impl FnOnce(&mut Self),
    ) {
        self.open(name, attribute, b">");
        self.depth = self.depth.map(|depth| depth + 1);
        content(self);
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        self.line();
        self.end(name);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.open(name, None, b">");
        write_text(self.out, value);
        self.end(name);
    }

    fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn number(&mut self, name: &str, value: i64) {
        self.open(name, None, b">");
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.end(name);
    }

    fn instance(&mut self, name: &str, instance: &InstanceInfo, lease: &LeaseInfo, detail: Detail) {
        self.element(name, |w| match detail {
            Detail::Full => w.full(instance, lease),
            Detail::Compact => w.compact(instance),
        });
    }

    fn full(&mut self, instance: &InstanceInfo, lease: &LeaseInfo) {
        self.text_if("instanceId", instance.instance_id.as_deref());
        self.text("hostName", &instance.host_name);
        self.text("app", &instance.app);
        self.text("ipAddr", &instance.ip_addr);
        self.text_if("sid", shown_sid(instance));
        self.text("status", instance.status.as_str());
        self.text("overriddenstatus", instance.overridden_status.as_str());
        self.port("port", instance.port);
        self.port("securePort", instance.secure_port);
        self.number("countryId", instance.country_id.into());
        if let Some(data_center) = &instance.data_center {
            self.data_center(data_center, Detail::Full);
        }
        self.lease(lease);
        self.metadata(&instance.metadata);
        self.text_if("appGroupName", instance.app_group_name.as_deref());
        self.text_if("homePageUrl", instance.home_page_url.as_deref());
        self.text_if("statusPageUrl", instance.status_page_url.as_deref());
        self.text_if("healthCheckUrl", instance.health_check_url.as_deref());
        self.text_if("secureHealthCheckUrl", instance.secure_health_check_url.as_deref());
        self.text_if("vipAddress", instance.vip_address.as_deref());
        self.text_if("secureVipAddress", instance.secure_vip_address.as_deref());
        self.text("isCoordinatingDiscoveryServer", bool_text(instance.is_coordinating));
        self.number("lastUpdatedTimestamp", instance.last_updated);
        self.number("lastDirtyTimestamp", instance.last_dirty);
        self.text_if("actionType", instance.action.map(ActionType::as_str));
        self.text_if("asgName", instance.asg_name.as_deref());
    }

    fn compact(&mut self, instance: &InstanceInfo) {
        self.text_if("instanceId", instance.instance_id.as_deref());
        self.text("app", &instance.app);
        self.text("ipAddr", &instance.ip_addr);
        self.text_if("vipAddress", instance.vip_address.as_deref());
        self.text_if("secureVipAddress", instance.secure_vip_address.as_deref());
        if let Some(data_center) = &instance.data_center {
            self.data_center(data_center, Detail::Compact);
        }
        self.text("hostName", &instance.host_name);
        self.text("status", instance.status.as_str());
        self.number("lastUpdatedTimestamp", instance.last_updated);
        self.text_if("actionType", instance.action.map(ActionType::as_str));
        self.text_if("asgName", instance.asg_name.as_deref());
        self.port("port", instance.port);
        self.port("securePort", instance.secure_port);
    }

    fn port(&mut self, name: &str, port: Port) {
        self.open(name, Some(("enabled", bool_text(port.enabled))), b">");
        self.out.extend_from_slice(itoa::Buffer::new().format(port.number).as_bytes());
        self.end(name);
    }

    fn data_center(&mut self, data_center: &DataCenterInfo, detail: Detail) {
        self.element_with("dataCenterInfo", Some(("class", data_center.class())), |w| {
            w.text_if("name", data_center.name().map(DataCenterName::as_str));
            if let Some(metadata) = data_center.amazon() {
                w.element("metadata", |w| {
                    for (key, value) in shown_amazon(metadata, detail) {
                        w.entry(key, value);
                    }
                });
            }
        });
    }

    fn lease(&mut self, lease: &LeaseInfo) {
        self.element("leaseInfo", |w| {
            for (name, value) in lease_members(lease) {
                w.number(name, value);
            }
        });
    }

    fn metadata(&mut self, metadata: &Metadata) {
        if metadata.is_empty() {
            return self.open("metadata", Some(("class", EMPTY_MAP_CLASS)), b"/>");
        }
        self.element("metadata", |w| {
            for (key, value) in metadata.iter() {
                w.entry(key, value);
            }
        });
    }

    fn entry(&mut self, key: &str, value: &str) {
        // No element can be named after an empty key; leaving it out keeps the document readable.
        if !key.is_empty() {
            self.text(&escape_name(key), value);
        }
    }
}
