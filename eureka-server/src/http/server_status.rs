//! `GET /eureka/status`: the server itself, in numbers.

use bytes::Bytes;
use eureka_wire::{Detail, Format, InstanceInfo, json, xml};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value};

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
            Format::Json => as_json(&stats, &own, self.is_healthy()),
            Format::Xml => as_xml(&stats, &own, self.is_healthy()),
        };
        with_body(StatusCode::OK, &choice, Bytes::from(body))
    }
}

impl App {
    /// Whether as many peers are available as should be; `None` where nobody asks for any.
    fn is_healthy(&self) -> Option<bool> {
        const AVAILABLE: i32 = 0;
        let wanted = self.settings.available_peers_min;
        (wanted > -1).then_some(AVAILABLE >= wanted)
    }
}

/// Replicas are none until there are peers.
const REPLICAS: [&str; 3] = ["registered-replicas", "available-replicas", "unavailable-replicas"];

fn as_xml(stats: &SystemStats, own: &InstanceInfo, healthy: Option<bool>) -> String {
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
    out.push_str(&format!("<instanceInfo>{inner}</instanceInfo>"));
    if let Some(healthy) = healthy {
        out.push_str(&format!("\n  <isHeathly>{healthy}</isHeathly>"));
    }
    out.push_str(&format!("\n</{ROOT}>"));
    out
}

fn as_json(stats: &SystemStats, own: &InstanceInfo, healthy: Option<bool>) -> String {
    let general: Map<String, Value> =
        stats.entries().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let replicas: Map<String, Value> =
        REPLICAS.into_iter().map(|name| (name.to_owned(), "".into())).collect();
    let mut instance = Vec::new();
    json::write_instance(&mut instance, own, &own.lease, Detail::Full);
    let instance: Value = serde_json::from_slice(&instance).unwrap_or_default();
    let mut status = serde_json::json!({
        "generalStats": general, "applicationStats": replicas, "instanceInfo": instance,
    });
    if let (Some(healthy), Some(members)) = (healthy, status.as_object_mut()) {
        members.insert("isHeathly".to_owned(), healthy.into());
    }
    status.to_string()
}
