//! Reading instances and lists from JSON, lenient exactly where section 2.8 says.

use serde_json::value::RawValue;

use super::members::{ELEMENTS_MAX, Members, checked_text, elements, members, root};
use super::number::{Token, as_bool, as_int, as_long, as_strict_int, as_text, token};
use crate::data_center::{AMAZON_CLASS, DEFAULT_CLASS, MY_CLASS};
use crate::{
    ActionType, Application, Applications, DataCenterInfo, DataCenterName, DecodeError,
    InstanceInfo, InstanceStatus, LeaseInfo, Metadata, Port,
};

/// Reads `{"instance":{…}}`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read (EP-2). Texts that are merely missing are left empty.
pub fn decode_instance(body: &[u8], now: i64) -> Result<InstanceInfo, DecodeError> {
    instance(root(checked_text(body)?, "instance")?, now)
}

/// Reads `{"application":{…}}`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read.
pub fn decode_application(body: &[u8], now: i64) -> Result<Application, DecodeError> {
    application(root(checked_text(body)?, "application")?, now)
}

/// Reads `{"applications":{…}}`, received at `now` (ms since the epoch).
///
/// # Errors
/// The field that cannot be read.
pub fn decode_applications(body: &[u8], now: i64) -> Result<Applications, DecodeError> {
    let mut list = Applications { version: -1, ..Applications::default() };
    let Members(outer) = members("applications", root(checked_text(body)?, "applications")?)?;
    for (name, raw) in outer {
        match &*name {
            "versions__delta" => list.version = at("versions__delta", as_long(raw))?,
            "apps__hashcode" => {
                list.hashcode = at("apps__hashcode", as_text(raw))?.unwrap_or_default().into();
            }
            "application" if raw.get() != "null" => {
                for raw in elements("application", raw, ELEMENTS_MAX)? {
                    list.applications.push(application(raw, now)?);
                }
            }
            _ => {}
        }
    }
    Ok(list)
}

fn application(raw: &RawValue, now: i64) -> Result<Application, DecodeError> {
    let mut result = Application::default();
    for (name, raw) in members("application", raw)?.0 {
        match &*name {
            "name" => result.name = at("name", as_text(raw))?.unwrap_or_default().into(),
            "instance" if raw.get() != "null" => {
                for raw in elements("instance", raw, ELEMENTS_MAX)? {
                    result.instances.push(instance(raw, now)?);
                }
            }
            _ => {}
        }
    }
    Ok(result)
}

/// Reads the members of one instance.
pub(super) fn instance(raw: &RawValue, now: i64) -> Result<InstanceInfo, DecodeError> {
    let Members(list) = members("instance", raw)?;
    let mut result = InstanceInfo::empty(now);
    let mut has_app = false;
    let last = list.len().saturating_sub(1);
    for (index, (name, raw)) in list.into_iter().enumerate() {
        has_app |= name == "app" && raw.get() != "null";
        if raw.get() == "null" {
            continue; // null is absent (DC-4)
        }
        let known = member(&mut result, &name, raw)
            .map_err(|reason| DecodeError::new(format!("instance.{name}"), reason))?;
        if !known {
            unknown(&name, raw, index == last)?;
        }
    }
    if !has_app {
        return Err(DecodeError::new("instance.app", "missing"));
    }
    adopt_legacy_id(&mut result);
    Ok(result)
}

/// Unknown scalars are ignored (DC-1). The Java reader loses its place behind an unknown list, and
/// behind an unknown object unless that is the last member: the rest of the instance would be
/// dropped or misread, so such a body is refused as it is there.
fn unknown(name: &str, raw: &RawValue, is_last: bool) -> Result<(), DecodeError> {
    let lost = match token(raw) {
        Token::Array => true,
        Token::Object => !is_last,
        Token::Null | Token::Bool(_) | Token::Number(_) | Token::Text(_) => false,
    };
    if lost {
        let reason = "unknown member, and not a single value";
        return Err(DecodeError::new(format!("instance.{name}"), reason));
    }
    Ok(())
}

/// Sets the member `name`; false if there is no such member.
fn member(info: &mut InstanceInfo, name: &str, raw: &RawValue) -> Result<bool, Reason> {
    let text = || Ok::<_, Reason>(as_text(raw)?.unwrap_or_default().into_boxed_str());
    match name {
        "instanceId" => info.instance_id = Some(text()?),
        "hostName" => info.host_name = text()?,
        "app" => info.app = text()?.to_uppercase().into(),
        "ipAddr" => info.ip_addr = text()?,
        "sid" => info.sid = text()?,
        "status" => info.status = InstanceStatus::from_wire(&text()?),
        "overriddenStatus" | "overriddenstatus" => {
            info.overridden_status = InstanceStatus::from_wire(&text()?);
        }
        "port" => info.port = port(raw, Port::DEFAULT)?,
        "securePort" => info.secure_port = port(raw, Port::DEFAULT_SECURE)?,
        "countryId" => info.country_id = as_int(raw)?,
        "dataCenterInfo" => info.data_center = Some(data_center(raw)?),
        "leaseInfo" => info.lease = lease(raw)?,
        "metadata" => info.metadata = metadata(raw)?,
        "appGroupName" => info.app_group_name = Some(text()?.to_uppercase().into()),
        "homePageUrl" => info.home_page_url = Some(text()?),
        "statusPageUrl" => info.status_page_url = Some(text()?),
        "healthCheckUrl" => info.health_check_url = Some(text()?),
        "secureHealthCheckUrl" => info.secure_health_check_url = Some(text()?),
        "vipAddress" => info.vip_address = Some(text()?),
        "secureVipAddress" => info.secure_vip_address = Some(text()?),
        "isCoordinatingDiscoveryServer" => info.is_coordinating = as_bool(raw)?,
        "lastUpdatedTimestamp" => info.last_updated = as_long(raw)?,
        "lastDirtyTimestamp" => info.last_dirty = as_long(raw)?,
        "actionType" => info.action = ActionType::parse(&text()?),
        "asgName" => info.asg_name = Some(text()?),
        _ => return Ok(false),
    }
    Ok(true)
}

type Reason = String;

fn port(raw: &RawValue, default: Port) -> Result<Port, Reason> {
    let mut port = default;
    for (name, raw) in members("", raw).map_err(|error| error.reason)?.0 {
        match &*name {
            "$" => port.number = as_int(raw)?,
            "@enabled" => port.enabled = as_bool(raw)?,
            _ => return Err(format!("unknown member {name}")),
        }
    }
    Ok(port)
}

fn lease(raw: &RawValue) -> Result<LeaseInfo, Reason> {
    let (mut interval, mut duration) = (0, 0);
    let (mut registered, mut renewed, mut evicted, mut up) = (0, 0, 0, 0);
    for (name, raw) in members("", raw).map_err(|error| error.reason)?.0 {
        match &*name {
            "renewalIntervalInSecs" => interval = as_strict_int(raw)?,
            "durationInSecs" => duration = as_strict_int(raw)?,
            "registrationTimestamp" => registered = as_long(raw)?,
            "lastRenewalTimestamp" | "renewalTimestamp" => renewed = as_long(raw)?,
            "evictionTimestamp" => evicted = as_long(raw)?,
            "serviceUpTimestamp" => up = as_long(raw)?,
            _ => {}
        }
    }
    Ok(LeaseInfo {
        registration_timestamp: registered,
        last_renewal_timestamp: renewed,
        eviction_timestamp: evicted,
        service_up_timestamp: up,
        ..LeaseInfo::of_terms(interval, duration)
    })
}

/// Values become texts, null included; `@class` is not an entry (DC-8, DC-9).
fn metadata(raw: &RawValue) -> Result<Metadata, Reason> {
    let mut pairs = Vec::new();
    for (name, raw) in members("", raw).map_err(|error| error.reason)?.0 {
        if name != "@class" {
            let value = as_text(raw).map_err(|reason| format!("{name}: {reason}"))?;
            pairs.push((name.into(), value.unwrap_or_else(|| "null".to_owned()).into()));
        }
    }
    Ok(Metadata::from_pairs(pairs))
}

/// The class decides; the data never names a type that is looked up (DM-20, DM-21).
fn data_center(raw: &RawValue) -> Result<DataCenterInfo, Reason> {
    let Members(list) = members("", raw).map_err(|error| error.reason)?;
    let class = list.iter().rev().find(|(name, _)| name == "@class");
    let class = class.map(|(_, raw)| as_text(raw)).transpose()?.flatten();
    let amazon = match class.as_deref() {
        Some(AMAZON_CLASS) => true,
        Some(DEFAULT_CLASS | MY_CLASS) => false,
        Some(_) => return Err("unknown @class".to_owned()),
        None => return Err("missing @class".to_owned()),
    };
    let (mut name, mut known) = (None, Metadata::default());
    for (member, raw) in list {
        match &*member {
            "@class" => {}
            "name" => name = data_center_name(raw)?,
            "metadata" if amazon && raw.get() == "null" => {}
            "metadata" if amazon => known = metadata(raw)?,
            _ if amazon => {}
            other => return Err(format!("unknown member {other}")),
        }
    }
    Ok(if amazon { DataCenterInfo::Amazon(known) } else { DataCenterInfo::Plain(name) })
}

fn data_center_name(raw: &RawValue) -> Result<Option<DataCenterName>, Reason> {
    let Some(text) = as_text(raw)? else { return Ok(None) };
    DataCenterName::parse(&text).map(Some).ok_or_else(|| "unknown name".to_owned())
}

/// Very old clients tell their id in the metadata (DC-11).
pub(crate) fn adopt_legacy_id(info: &mut InstanceInfo) {
    if info.instance_id.is_some() {
        return;
    }
    if let Some(value) = info.metadata.get("instanceId") {
        let id = if value.starts_with(&*info.host_name) {
            value.to_owned()
        } else {
            format!("{}:{value}", info.host_name)
        };
        info.instance_id = Some(id.into());
    }
}

fn at<T>(field: &str, result: Result<T, &'static str>) -> Result<T, DecodeError> {
    result.map_err(|reason| DecodeError::new(field, reason))
}

#[cfg(test)]
mod tests;
