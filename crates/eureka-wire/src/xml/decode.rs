//! Reading instances and lists from XML.

use super::names::unescape_name;
use super::tree::{Element, INSTANCE_ELEMENTS_MAX, LIST_ELEMENTS_MAX, parse};
use crate::{
    ActionType, Application, Applications, DataCenterInfo, DataCenterName, DecodeError,
    InstanceInfo, InstanceStatus, LeaseInfo, Metadata, Port, json,
};

/// Reads `<instance>…</instance>`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read (EP-2); another root element too. Texts that are merely missing
/// are left empty.
pub fn decode_instance(body: &[u8], now: i64) -> Result<InstanceInfo, DecodeError> {
    instance(&root(body, "instance", INSTANCE_ELEMENTS_MAX)?, now)
}

/// Reads `<application>…</application>`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read.
pub fn decode_application(body: &[u8], now: i64) -> Result<Application, DecodeError> {
    application(&root(body, "application", LIST_ELEMENTS_MAX)?, now)
}

/// Reads `<applications>…</applications>`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read.
pub fn decode_applications(body: &[u8], now: i64) -> Result<Applications, DecodeError> {
    let mut list = Applications { version: -1, ..Applications::default() };
    for child in &root(body, "applications", LIST_ELEMENTS_MAX)?.children {
        match child.name.as_str() {
            "versions__delta" => list.version = number(child)?,
            "apps__hashcode" => list.hashcode = child.text.as_str().into(),
            "application" => list.applications.push(application(child, now)?),
            _ => {}
        }
    }
    Ok(list)
}

fn root(body: &[u8], name: &str, elements_max: usize) -> Result<Element, DecodeError> {
    let root = parse(body, elements_max)?;
    if root.name == name {
        Ok(root)
    } else {
        Err(DecodeError::body(format!("expected the root element {name}")))
    }
}

fn application(element: &Element, now: i64) -> Result<Application, DecodeError> {
    let mut result = Application::default();
    for child in &element.children {
        match child.name.as_str() {
            "name" => result.name = child.text.as_str().into(),
            "instance" => result.instances.push(instance(child, now)?),
            _ => {}
        }
    }
    Ok(result)
}

fn instance(element: &Element, now: i64) -> Result<InstanceInfo, DecodeError> {
    let mut info = InstanceInfo::empty(now);
    for child in &element.children {
        member(&mut info, child)
            .map_err(|error| DecodeError::new(format!("instance.{}", error.field), error.reason))?;
    }
    json::adopt_legacy_id(&mut info);
    Ok(info)
}

/// Sets the member that `element` tells; unknown ones are ignored, whatever they hold.
fn member(info: &mut InstanceInfo, element: &Element) -> Result<(), DecodeError> {
    let text = || -> Box<str> { element.text.as_str().into() };
    match element.name.as_str() {
        "instanceId" => info.instance_id = Some(text()),
        "hostName" => info.host_name = text(),
        "app" => info.app = element.text.to_uppercase().into(),
        "ipAddr" => info.ip_addr = text(),
        "sid" => info.sid = text(),
        "status" => info.status = status(element),
        "overriddenstatus" | "overriddenStatus" => info.overridden_status = status(element),
        "port" => info.port = port(element, Port::DEFAULT)?,
        "securePort" => info.secure_port = port(element, Port::DEFAULT_SECURE)?,
        "countryId" => info.country_id = number(element)?,
        "dataCenterInfo" => info.data_center = Some(data_center(element)?),
        "leaseInfo" => info.lease = lease(element)?,
        "metadata" => info.metadata = metadata(element)?,
        // Unlike in JSON, kept as it is written.
        "appGroupName" => info.app_group_name = Some(text()),
        "homePageUrl" => info.home_page_url = Some(text()),
        "statusPageUrl" => info.status_page_url = Some(text()),
        "healthCheckUrl" => info.health_check_url = Some(text()),
        "secureHealthCheckUrl" => info.secure_health_check_url = Some(text()),
        "vipAddress" => info.vip_address = Some(text()),
        "secureVipAddress" => info.secure_vip_address = Some(text()),
        "isCoordinatingDiscoveryServer" => {
            info.is_coordinating = element.text.trim().eq_ignore_ascii_case("true");
        }
        "lastUpdatedTimestamp" => info.last_updated = number(element)?,
        "lastDirtyTimestamp" => info.last_dirty = number(element)?,
        "actionType" => info.action = ActionType::parse(element.text.trim()),
        "asgName" => info.asg_name = Some(text()),
        _ => {}
    }
    Ok(())
}

/// In XML a status may be in any case (DC-6).
fn status(element: &Element) -> InstanceStatus {
    InstanceStatus::from_wire(&element.text.to_uppercase())
}

fn number<T: std::str::FromStr>(element: &Element) -> Result<T, DecodeError> {
    let text = element.text.trim();
    text.parse().map_err(|_| DecodeError::new(element.name.as_str(), "expected a whole number"))
}

/// Anything but the opposite of the default leaves the default (DC-7).
fn port(element: &Element, default: Port) -> Result<Port, DecodeError> {
    let opposite = if default.enabled { "false" } else { "true" };
    let enabled = default.enabled != (element.attribute("enabled") == Some(opposite));
    Ok(Port { number: number(element)?, enabled })
}

fn lease(element: &Element) -> Result<LeaseInfo, DecodeError> {
    let (mut interval, mut duration) = (0, 0);
    let mut lease = LeaseInfo::default();
    for child in &element.children {
        match child.name.as_str() {
            "renewalIntervalInSecs" => interval = number(child)?,
            "durationInSecs" => duration = number(child)?,
            "registrationTimestamp" => lease.registration_timestamp = number(child)?,
            "lastRenewalTimestamp" => lease.last_renewal_timestamp = number(child)?,
            "evictionTimestamp" => lease.eviction_timestamp = number(child)?,
            "serviceUpTimestamp" => lease.service_up_timestamp = number(child)?,
            _ => {}
        }
    }
    let terms = LeaseInfo::of_terms(interval, duration);
    lease.renewal_interval_secs = terms.renewal_interval_secs;
    lease.duration_secs = terms.duration_secs;
    Ok(lease)
}

fn metadata(element: &Element) -> Result<Metadata, DecodeError> {
    let mut pairs = Vec::with_capacity(element.children.len());
    for child in &element.children {
        if !child.children.is_empty() {
            return Err(DecodeError::new(
                format!("metadata.{}", child.name),
                "expected a single value",
            ));
        }
        pairs.push((unescape_name(&child.name).into(), child.text.as_str().into()));
    }
    Ok(Metadata::from_pairs(pairs))
}

/// The name decides; the `class` attribute is text and never looked up (DM-22, W-24).
fn data_center(element: &Element) -> Result<DataCenterInfo, DecodeError> {
    let (mut name, mut known) = (None, Metadata::default());
    let mut amazon = false;
    for child in &element.children {
        match child.name.as_str() {
            "name" if child.text.eq_ignore_ascii_case("amazon") => amazon = true,
            "name" => {
                let parsed = DataCenterName::parse(&child.text);
                let unknown = || DecodeError::new("dataCenterInfo", "unknown name");
                name = Some(parsed.ok_or_else(unknown)?);
            }
            "metadata" => known = metadata(child)?,
            _ => {}
        }
    }
    Ok(if amazon { DataCenterInfo::Amazon(known) } else { DataCenterInfo::Plain(name) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Detail, Format, Layout};

    fn read(members: &str) -> Result<InstanceInfo, DecodeError> {
        let body = format!(
            "<instance><hostName>h</hostName><app>foo</app><ipAddr>1.2.3.4</ipAddr>\
             <dataCenterInfo class=\"java.lang.Runtime\"><name>MyOwn</name></dataCenterInfo>\
             {members}</instance>"
        );
        decode_instance(body.as_bytes(), 42)
    }

    #[test]
    fn reads_ports_statuses_and_escaped_names() {
        let info = read(
            "<status>down</status><overriddenStatus>UP</overriddenStatus>\
             <port>91</port><securePort>92</securePort>\
             <metadata><c__d>1</c__d><a_.0020b/></metadata>",
        )
        .unwrap();
        assert_eq!(info.status, InstanceStatus::Down);
        assert_eq!(info.overridden_status, InstanceStatus::Up);
        assert_eq!(info.port, Port { number: 91, enabled: true });
        assert_eq!(info.secure_port, Port { number: 92, enabled: false });
        assert_eq!(info.metadata.get("c_d"), Some("1"));
        assert_eq!(info.metadata.get("a b"), Some(""));
    }

    #[test]
    fn a_port_flag_must_say_the_opposite_of_the_default() {
        for (flag, port, secure) in [
            ("true", true, true),
            ("false", false, false),
            ("TRUE", true, false),
            ("1", true, false),
        ] {
            let info = read(&format!(
                "<port enabled=\"{flag}\">1</port><securePort enabled=\"{flag}\">2</securePort>"
            ));
            let info = info.unwrap();
            assert_eq!((info.port.enabled, info.secure_port.enabled), (port, secure), "{flag}");
        }
    }

    #[test]
    fn a_single_instance_out_of_traffic_is_told_as_down() {
        let info = read("<status>OUT_OF_SERVICE</status>").unwrap();
        let single = decode_instance(&crate::xml::encode_instance(&info), 0).unwrap();
        assert_eq!(single.status, InstanceStatus::Down);
        let layout = Layout { format: Format::Xml, detail: Detail::Full };
        let list = layout.encode_application("FOO", [&info]);
        let listed = decode_application(&list, 0).unwrap().instances.remove(0);
        assert_eq!(listed.status, InstanceStatus::OutOfService);
    }

    #[test]
    fn a_group_name_is_kept_as_written() {
        let info = read("<appGroupName>Mixed</appGroupName>").unwrap();
        assert_eq!(info.app_group_name.as_deref(), Some("Mixed"));
    }

    #[test]
    fn refusals_name_the_field() {
        for (members, field) in [
            ("<port>x</port>", "instance.port"),
            ("<lastDirtyTimestamp>x</lastDirtyTimestamp>", "instance.lastDirtyTimestamp"),
            ("<metadata><a><b/></a></metadata>", "instance.metadata.a"),
            ("<dataCenterInfo><name>X</name></dataCenterInfo>", "instance.dataCenterInfo"),
        ] {
            assert_eq!(read(members).unwrap_err().field, field, "{members}");
        }
        assert_eq!(decode_instance(b"<applications/>", 0).unwrap_err().field, "body");
    }

    #[test]
    fn reads_what_the_encoder_writes() {
        let mut info = read("<instanceId>x</instanceId><sid>s</sid>").unwrap();
        info.metadata = [("a b", "<&>"), ("1", "\r")].into_iter().collect();
        let list = Applications {
            version: 3,
            hashcode: "UP_1_".into(),
            applications: vec![Application { name: "FOO".into(), instances: vec![info] }],
        };
        for detail in [Detail::Full, Detail::Compact] {
            let layout = Layout { format: Format::Xml, detail };
            let read = decode_applications(&layout.encode_applications(&list), 0).unwrap();
            assert_eq!((read.version, &*read.hashcode), (3, "UP_1_"));
            if detail == Detail::Full {
                assert_eq!(read, list);
            }
        }
    }
}
