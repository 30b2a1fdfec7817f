//! What a registration must have (EP-3 to EP-10, W-19).

use eureka_wire::data_center::AMAZON_INSTANCE_ID;
use eureka_wire::{DataCenterInfo, InstanceInfo};

use crate::limits::{APP_BYTES_MAX, ID_BYTES_MAX, VIP_ADDRESSES_MAX, clipped};

/// Why a registration is refused; its text is the answer's body, word for word the reference's
/// where the reference refuses too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Checks `info` against the path's `app`, in the reference's order, and completes it: an Amazon
/// instance without an id of its own gets its effective id (EP-10).
///
/// # Errors
/// The first check that fails.
pub fn validate(info: &mut InstanceInfo, path_app: &str) -> Result<(), Refusal> {
    let missing = |what: &str| Err(Refusal(format!("Missing {what}")));
    if info.id().is_empty() {
        return missing("instanceId");
    }
    if info.host_name.is_empty() {
        return missing("hostname");
    }
    if info.ip_addr.is_empty() {
        return missing("ip address");
    }
    if info.app.is_empty() {
        return missing("appName");
    }
    let path_app = path_app.to_uppercase();
    if *info.app != *path_app {
        let (path_app, app) =
            (clipped(&path_app, APP_BYTES_MAX), clipped(&info.app, APP_BYTES_MAX));
        let text = format!("Mismatched appName, expecting {path_app} but was {app}");
        return Err(Refusal(text));
    }
    match &info.data_center {
        None => return missing("dataCenterInfo"),
        Some(data_center) if data_center.name().is_none() => {
            return missing("dataCenterInfo Name");
        }
        Some(_) => {}
    }
    addressable("instanceId", info.id(), ID_BYTES_MAX)?;
    addressable("appName", &info.app, APP_BYTES_MAX)?;
    few("vipAddress", info.vip_address.as_deref())?;
    few("secureVipAddress", info.secure_vip_address.as_deref())?;
    complete_amazon(info);
    Ok(())
}

fn addressable(what: &str, text: &str, bytes_max: usize) -> Result<(), Refusal> {
    if text.len() > bytes_max {
        return Err(Refusal(format!("Invalid {what}: longer than {bytes_max} bytes")));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal(format!("Invalid {what}: control character")));
    }
    Ok(())
}

fn few(what: &str, addresses: Option<&str>) -> Result<(), Refusal> {
    if addresses.is_some_and(|list| list.split(',').count() > VIP_ADDRESSES_MAX) {
        let text = format!("Invalid {what}: more than {VIP_ADDRESSES_MAX} addresses");
        return Err(Refusal(text));
    }
    Ok(())
}

fn complete_amazon(info: &mut InstanceInfo) {
    let id = info.id().to_owned();
    if let Some(DataCenterInfo::Amazon(metadata)) = &mut info.data_center
        && metadata.get(AMAZON_INSTANCE_ID).is_none_or(str::is_empty)
    {
        metadata.set(AMAZON_INSTANCE_ID, &id);
    }
}

#[cfg(test)]
mod tests {
    use eureka_wire::DataCenterName;

    use super::*;

    fn complete() -> InstanceInfo {
        InstanceInfo {
            instance_id: Some("x".into()),
            host_name: "h".into(),
            ip_addr: "1.2.3.4".into(),
            app: "FOO".into(),
            data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
            ..InstanceInfo::empty(0)
        }
    }

    fn refusal(change: impl FnOnce(&mut InstanceInfo)) -> String {
        let mut info = complete();
        change(&mut info);
        validate(&mut info, "foo").unwrap_err().0
    }

    #[test]
    fn the_path_may_be_in_any_case() {
        assert_eq!(validate(&mut complete(), "fOO"), Ok(()));
    }

    #[test]
    fn each_missing_part_has_its_text() {
        assert_eq!(
            refusal(|i| {
                i.instance_id = None;
                i.host_name = "".into();
            }),
            "Missing instanceId"
        );
        assert_eq!(refusal(|i| i.host_name = "".into()), "Missing hostname");
        assert_eq!(refusal(|i| i.ip_addr = "".into()), "Missing ip address");
        assert_eq!(refusal(|i| i.app = "".into()), "Missing appName");
        assert_eq!(
            refusal(|i| i.app = "BAR".into()),
            "Mismatched appName, expecting FOO but was BAR"
        );
        assert!(refusal(|i| i.app = "X".repeat(1 << 20).into()).len() < 1000);
        assert_eq!(refusal(|i| i.data_center = None), "Missing dataCenterInfo");
        assert_eq!(
            refusal(|i| i.data_center = Some(DataCenterInfo::Plain(None))),
            "Missing dataCenterInfo Name"
        );
    }

    #[test]
    fn an_id_must_fit_a_path_segment() {
        assert!(refusal(|i| i.instance_id = Some("a\nb".into())).contains("control"));
        assert!(refusal(|i| i.instance_id = Some("x".repeat(513).into())).contains("512"));
        let mut longest = complete();
        longest.instance_id = Some("x".repeat(512).into());
        assert_eq!(validate(&mut longest, "foo"), Ok(()));
    }

    #[test]
    fn amazon_gets_its_effective_id() {
        let mut info = complete();
        info.data_center = Some(DataCenterInfo::Amazon(eureka_wire::Metadata::default()));
        validate(&mut info, "foo").unwrap();
        let metadata = info.data_center.unwrap();
        assert_eq!(metadata.amazon().unwrap().get(AMAZON_INSTANCE_ID), Some("x"));
    }
}
