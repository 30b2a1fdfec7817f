//! `GET /eureka/status`: the server itself, in numbers.

use bytes::Bytes;
use eureka_wire::{Format, InstanceInfo, json, xml};
use http::StatusCode;
use http::request::Parts;

use super::accept;
use super::reply::{Reply, empty, with_body};
use crate::app::App;
use crate::system::SystemStats;

impl App {
    /// Answers 200 with machine, replicas and the server's own instance (EP-26); 406 when neither
    /// JSON nor XML is acceptable. The XML root is the reference's class name; its JSON answer is a
    /// failure, ours says the same as the XML.
    pub(super) fn server_status(&self, head: &Parts) -> Reply {
        let Some(choice) = accept::for_object(&head.headers) else {
            return empty(StatusCode::NOT_ACCEPTABLE);
        };
        let stats = SystemStats::read(self.clock.monotonic());
        let own = self.own_instance();
        let body = match choice.format {
            Format::Json => as_json(&stats, &own),
            Format::Xml => as_xml(&stats, &own),
        };
        with_body(StatusCode::OK, &choice, Bytes::from(body))
    }
}

/// Replicas are none until there are peers.
const REPLICAS: [&str; 3] = ["registered-replicas", "available-replicas", "unavailable-replicas"];

fn as_xml(stats: &SystemStats, own: &InstanceInfo) -> String {
    const ROOT: &str = "com.netflix.eureka.util.StatusInfo";
    let mut out = format!("<{ROOT}>\n  <generalStats>");
    let mut element = |name: &str, value: &str| {
        let mut text = Vec::new();
        xml::write_text(&mut text, value);
        let text = String::from_utf8_lossy(&text);
        out.push_str(&format!("\n    <{name}>{text}</{name}>"));
    };
    for (name, value) in stats.entries() {
        element(name, &value);
    }
    out.push_str("\n  </generalStats>\n  <applicationStats>");
    for name in REPLICAS {
        out.push_str(&format!("\n    <{name}></{name}>"));
    }
    out.push_str("\n  </applicationStats>\n  ");
    let instance = String::from_utf8(xml::encode_instance(own)).unwrap_or_default();
    let instance = instance.replace("\n", "\n  ");
    let inner = instance.trim_start_matches("<instance>").trim_end_matches("</instance>");
    out.push_str(&format!("<instanceInfo>{inner}</instanceInfo>\n</{ROOT}>"));
    out
}

fn as_json(stats: &SystemStats, own: &InstanceInfo) -> String {
    let general: serde_json::Map<String, serde_json::Value> =
        stats.entries().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let replicas: serde_json::Map<String, serde_json::Value> =
        REPLICAS.into_iter().map(|name| (name.to_owned(), "".into())).collect();
    let mut instance = Vec::new();
    json::write_instance(&mut instance, own, &own.lease, eureka_wire::Detail::Full);
    let head = serde_json::json!({ "generalStats": general, "applicationStats": replicas });
    let head = head.to_string();
    let head = head.trim_end_matches('}');
    format!("{head}}},\"instanceInfo\":{}}}", String::from_utf8_lossy(&instance))
}
