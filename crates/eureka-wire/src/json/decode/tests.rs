use super::*;
use crate::{Detail, Format, Layout};

fn body(members: &str) -> String {
    format!(
        "{{\"instance\":{{\"hostName\":\"h\",\"app\":\"foo\",\"ipAddr\":\"1.2.3.4\",\"dataCenterInfo\":\
         {{\"@class\":\"{MY_CLASS}\",\"name\":\"MyOwn\"}}{members}}}}}"
    )
}

fn read(members: &str) -> Result<InstanceInfo, DecodeError> {
    decode_instance(body(members).as_bytes(), 42)
}

#[test]
fn absent_and_null_members_take_the_defaults() {
    let bare = read("").unwrap();
    assert_eq!(&*bare.app, "FOO");
    assert_eq!((bare.port, bare.secure_port), (Port::DEFAULT, Port::DEFAULT_SECURE));
    assert_eq!((bare.last_dirty, bare.last_updated), (42, 42));
    assert_eq!(bare.status, InstanceStatus::Up);

    let nulls = ",\"port\":null,\"status\":null,\"leaseInfo\":null,\"metadata\":null,\
                 \"appGroupName\":null,\"actionType\":null,\"lastDirtyTimestamp\":null";
    assert_eq!(read(nulls).unwrap(), bare);
}

#[test]
fn numbers_and_booleans_may_be_texts() {
    let info = read(
        ",\"port\":{\"$\":\"8080\",\"@enabled\":false},\"countryId\":\"7\",\
         \"lastDirtyTimestamp\":\"1700000000001\",\"isCoordinatingDiscoveryServer\":\"true\",\
         \"leaseInfo\":{\"durationInSecs\":\"77\",\"renewalIntervalInSecs\":-1}",
    )
    .unwrap();
    assert_eq!(info.port, Port { number: 8080, enabled: false });
    assert_eq!((info.country_id, info.last_dirty), (7, 1_700_000_000_001));
    assert!(info.is_coordinating);
    assert_eq!((info.lease.duration_secs, info.lease.renewal_interval_secs), (77, 30));
}

#[test]
fn metadata_values_become_texts() {
    let info = read(",\"metadata\":{\"@class\":\"x\",\"a\":1,\"b\":true,\"c\":null,\"a\":2.50}");
    let metadata = info.unwrap().metadata;
    assert_eq!(metadata.get("a"), Some("2.50"));
    assert_eq!((metadata.get("b"), metadata.get("c")), (Some("true"), Some("null")));
    assert_eq!(metadata.len(), 3);
}

#[test]
fn refusals_name_the_field() {
    for (members, field) in [
        (",\"port\":8080", "instance.port"),
        (",\"port\":{\"$\":99999999999}", "instance.port"),
        (",\"port\":{\"x\":1}", "instance.port"),
        (",\"metadata\":\"abc\"", "instance.metadata"),
        (",\"metadata\":{\"a\":{}}", "instance.metadata"),
        (",\"dataCenterInfo\":{}", "instance.dataCenterInfo"),
        (",\"dataCenterInfo\":{\"@class\":\"x\"}", "instance.dataCenterInfo"),
        (",\"hostName\":{}", "instance.hostName"),
        (",\"future\":[]", "instance.future"),
        (",\"future\":{},\"other\":1", "instance.future"),
        (",\"x\":", "body"),
    ] {
        assert_eq!(read(members).unwrap_err().field, field, "{members}");
    }
    assert_eq!(decode_instance(b"{\"instance\":{}}", 0).unwrap_err().field, "instance.app");
    assert_eq!(decode_instance(b"{\"instance\":[]}", 0).unwrap_err().field, "instance");
}

#[test]
fn unknown_scalars_and_a_closing_unknown_object_are_ignored() {
    assert!(read(",\"future\":1,\"other\":\"x\",\"last\":{\"a\":[{}]}").is_ok());
}

#[test]
fn an_old_client_tells_its_id_in_the_metadata() {
    let id = |value| {
        let info = read(&format!(",\"metadata\":{{\"instanceId\":\"{value}\"}}")).unwrap();
        info.instance_id.unwrap()
    };
    assert_eq!(&*id("i-9"), "h:i-9");
    assert_eq!(&*id("h-9"), "h-9");
}

#[test]
fn reads_what_the_encoder_writes() {
    let mut info = read(",\"instanceId\":\"x\",\"sid\":\"s\",\"vipAddress\":\"a,b\"").unwrap();
    info.data_center = Some(DataCenterInfo::Amazon([("instance-id", "i-1")].into_iter().collect()));
    info.action = Some(ActionType::Modified);
    let list = Applications {
        version: 3,
        hashcode: "UP_1_".into(),
        applications: vec![Application { name: "FOO".into(), instances: vec![info] }],
    };
    let layout = Layout { format: Format::Json, detail: Detail::Full };
    assert_eq!(decode_applications(&layout.encode_applications(&list), 0).unwrap(), list);
}

#[test]
fn an_object_has_a_bounded_number_of_members() {
    let entries = |count: usize| {
        let entries: Vec<String> = (0..count).map(|n| format!("\"{n}\":0")).collect();
        read(&format!(",\"metadata\":{{{}}}", entries.join(",")))
    };
    assert_eq!(entries(20_000).unwrap().metadata.len(), 20_000);
    let refused = entries(20_001).unwrap_err();
    assert_eq!(
        (&*refused.field, &*refused.reason),
        ("instance.metadata", "more than 20000 members")
    );
}
