//! The JSON codec.

use eureka_wire::{Detail, Format, Layout, ReplicationOutcome, json, xml};

use crate::NOW;
use crate::meter::metered;
use crate::oracle::{tellable, tellable_list, valid_json, valid_lists, valid_xml};

/// A registration is refused, or comes back as it was told; and can be told in XML too.
///
/// # Panics
/// When it does not.
pub fn instance(data: &[u8]) {
    let read = metered(data.len(), || json::decode_instance(data, NOW));
    let Ok(info) = read.map(tellable) else { return };
    let told = metered(data.len(), || json::encode_instance(&info));
    valid_json(&told);
    assert_eq!(json::decode_instance(&told, NOW).as_ref(), Ok(&info));
    let told = xml::encode_instance(&info);
    valid_xml(&told);
    xml::decode_instance(&told, NOW).expect("what we wrote in XML can be read");
}

/// A batch is refused, or comes back as it was told.
///
/// # Panics
/// When it does not.
pub fn batch(data: &[u8]) {
    let Ok(mut items) = metered(data.len(), || json::decode_batch(data, NOW)) else { return };
    for item in &mut items {
        item.instance = item.instance.take().map(|info| Box::new(tellable(*info)));
    }
    let told = json::encode_batch(&items);
    valid_json(&told);
    assert_eq!(json::decode_batch(&told, NOW).as_ref(), Ok(&items));
    let outcome = |info| ReplicationOutcome { status_code: 409, entity: info };
    let outcomes: Vec<_> = items.into_iter().map(|item| outcome(item.instance)).collect();
    valid_json(&json::encode_outcomes(&outcomes));
    valid_xml(&xml::encode_outcomes(&outcomes));
}

/// A list is refused, or comes back as it was told, and can be told in every form.
///
/// # Panics
/// When it does not.
pub fn applications(data: &[u8]) {
    let read = metered(data.len(), || json::decode_applications(data, NOW));
    if let Ok(list) = read.map(tellable_list) {
        let full = Layout { format: Format::Json, detail: Detail::Full };
        let told = full.encode_applications(&list);
        assert_eq!(json::decode_applications(&told, NOW).as_ref(), Ok(&list));
        valid_lists(&list);
    }
    if let Ok(application) = json::decode_application(data, NOW) {
        valid_json(&json::encode_application(&application, Detail::Full));
        valid_xml(&xml::encode_application(&application, Detail::Full));
    }
}
