//! The XML codec.

use eureka_wire::{Detail, Format, Layout, json, xml};

use crate::NOW;
use crate::meter::metered;
use crate::oracle::{is_strict_xml, tellable, tellable_list, valid_json, valid_lists, valid_xml};

/// A registration is refused, or comes back as it was told; and can be told in JSON too.
///
/// # Panics
/// When it does not.
pub fn instance(data: &[u8]) {
    let read = metered(data.len(), || xml::decode_instance(data, NOW));
    let Ok(info) = read.map(tellable) else { return };
    valid_xml(&metered(data.len(), || xml::encode_instance(&info)));
    // An instance alone is told with fewer statuses; in a list it is told as it is.
    let layout = Layout { format: Format::Xml, detail: Detail::Full };
    let again = xml::decode_application(&layout.encode_application(&info.app, [&info]), NOW);
    assert!(again.is_ok(), "{again:?}");
    if is_strict_xml(data) {
        assert_eq!(again.map(|application| application.instances), Ok(vec![info.clone()]));
    }
    let told = json::encode_instance(&info);
    valid_json(&told);
    // A metadata name that JSON reserves is not an entry there; all else is the same.
    let mut expected = info;
    // JSON has groups of applications in upper case.
    expected.app_group_name = expected.app_group_name.map(|name| name.to_uppercase().into());
    let entries = expected.metadata.iter().filter(|(name, _)| *name != "@class");
    expected.metadata = entries.collect();
    if let Some(eureka_wire::DataCenterInfo::Amazon(known)) = &mut expected.data_center {
        *known = known.iter().filter(|(name, _)| *name != "@class").collect();
    }
    assert_eq!(json::decode_instance(&told, NOW), Ok(expected));
}

/// A list is refused, or comes back as it was told, and can be told in every form.
///
/// # Panics
/// When it does not.
pub fn applications(data: &[u8]) {
    let read = metered(data.len(), || xml::decode_applications(data, NOW));
    if let Ok(list) = read.map(tellable_list) {
        let full = Layout { format: Format::Xml, detail: Detail::Full };
        let told = full.encode_applications(&list);
        let again = xml::decode_applications(&told, NOW);
        assert!(again.is_ok(), "{again:?}");
        if is_strict_xml(data) {
            assert_eq!(again.as_ref(), Ok(&list));
        }
        valid_lists(&list);
    }
    if let Ok(application) = xml::decode_application(data, NOW) {
        valid_json(&json::encode_application(&application, Detail::Compact));
        valid_xml(&xml::encode_application(&application, Detail::Compact));
    }
    if let Ok(name) = std::str::from_utf8(data) {
        let escaped = xml::escape_name(name);
        assert_eq!(xml::unescape_name(&escaped), name);
    }
}
