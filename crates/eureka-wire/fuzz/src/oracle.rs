//! Readers that know nothing of ours, to judge what ours writes.

use eureka_wire::{Applications, Detail, Format, InstanceInfo, Layout};

/// # Panics
/// When `text` is not JSON.
pub fn valid_json(text: &[u8]) {
    let read: Result<serde_json::Value, _> = serde_json::from_slice(text);
    if let Err(error) = read {
        panic!("wrote what is not JSON: {error}: {}", String::from_utf8_lossy(text));
    }
}

/// # Panics
/// When `text` is not XML.
pub fn valid_xml(text: &[u8]) {
    let text = std::str::from_utf8(text).expect("wrote what is not UTF-8");
    // A colon in a name means nothing to the Java clients, for whom it is written.
    if let Err(error) = roxmltree::Document::parse(&without_prefixes(text)) {
        panic!("wrote what is not XML: {error}: {text}");
    }
}

/// Whether `data` is XML to a strict reader; ours reads some that is not.
#[must_use]
pub fn is_strict_xml(data: &[u8]) -> bool {
    std::str::from_utf8(data).is_ok_and(|text| roxmltree::Document::parse(text).is_ok())
}

/// `text` with the colons of its names replaced: all others stand outside of `<` and `>`.
fn without_prefixes(text: &str) -> String {
    let mut in_tag = false;
    let replaced = text.chars().map(|character| {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        if in_tag && character == ':' { '.' } else { character }
    });
    replaced.collect::<String>().replace("<.", "<_").replace("</.", "</_")
}

/// # Panics
/// When one of the four forms of a list with `instances` is not what its media type says.
pub fn valid_lists(list: &Applications) {
    for detail in [Detail::Full, Detail::Compact] {
        valid_json(&Layout { format: Format::Json, detail }.encode_applications(list));
        valid_xml(&Layout { format: Format::Xml, detail }.encode_applications(list));
    }
}

/// `info` as it can be told: what the wire leaves out is at its default.
#[must_use]
pub fn tellable(mut info: InstanceInfo) -> InstanceInfo {
    if &*info.sid == "unknown" {
        info.sid = eureka_wire::instance::NO_SID.into();
    }
    info
}

/// `list` as it can be told.
#[must_use]
pub fn tellable_list(mut list: Applications) -> Applications {
    for application in &mut list.applications {
        let instances = std::mem::take(&mut application.instances);
        application.instances = instances.into_iter().map(tellable).collect();
    }
    list
}
