//! The body of a registration, member by member.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// The Java class of every data center but Amazon's, as registrations name it.
pub const DATA_CENTER_CLASS: &str = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo";

/// An instance as a client sends it. Members keep the order in which they were first set.
#[derive(Clone, Debug)]
pub struct Registration(Vec<(String, Value)>);

impl Registration {
    /// A complete instance `id` of `app`, with nothing that may be left out.
    #[must_use]
    pub fn new(app: &str, id: &str) -> Self {
        let data_center = json!({ "@class": DATA_CENTER_CLASS, "name": "MyOwn" });
        Self(Vec::new())
            .with("instanceId", id)
            .with("hostName", "host-1")
            .with("app", app)
            .with("ipAddr", "10.1.2.3")
            .with("status", "UP")
            .with("dataCenterInfo", data_center)
            .with("lastDirtyTimestamp", "1000")
    }

    /// The same with member `name` set to `value`, in its old place if it was there.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        self
    }

    /// The same without member `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// The same with a lease of `seconds`.
    #[must_use]
    pub fn lasting(self, seconds: i64) -> Self {
        self.with("leaseInfo", json!({ "renewalIntervalInSecs": 30, "durationInSecs": seconds }))
    }

    /// `{…}` without its root, as replication batches hold it.
    #[must_use]
    pub fn object(&self) -> String {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!("{{{}}}", members.join(","))
    }

    /// `{"instance":{…}}`
    #[must_use]
    pub fn json(&self) -> String {
        format!("{{\"instance\":{}}}", self.object())
    }

    /// `<instance>…</instance>`: members beginning with `@` become attributes, `$` becomes the text.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut out = String::from("<instance>");
        for (name, value) in &self.0 {
            element(&mut out, name, value);
        }
        out.push_str("</instance>");
        out
    }
}

fn element(out: &mut String, name: &str, value: &Value) {
    let none = Map::new();
    let members = value.as_object().unwrap_or(&none);
    out.push('<');
    out.push_str(name);
    for (name, value) in members {
        if let Some(attribute) = name.strip_prefix('@') {
            // Writing to a text cannot fail.
            let _ = write!(out, " {attribute}=\"{}\"", escaped(&text(value)));
        }
    }
    out.push('>');
    if value.is_object() {
        for (name, value) in members {
            match name.as_str() {
                "$" => out.push_str(&escaped(&text(value))),
                _ if name.starts_with('@') => {}
                _ => element(out, name, value),
            }
        }
    } else {
        out.push_str(&escaped(&text(value)));
    }
    let _ = write!(out, "</{name}>");
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_are_set_once() {
        let made = Registration(Vec::new()).with("b", 1).with("a", "x\"").with("b", 2);
        assert_eq!(made.json(), r#"{"instance":{"b":2,"a":"x\""}}"#);
        assert_eq!(made.without("b").object(), r#"{"a":"x\""}"#);
    }

    #[test]
    fn objects_become_elements_with_attributes() {
        let port = json!({ "$": 80, "@enabled": "true" });
        let metadata = json!({ "zone": "a<b" });
        let made = Registration(Vec::new()).with("port", port).with("metadata", metadata);
        assert_eq!(
            made.xml(),
            "<instance><port enabled=\"true\">80</port>\
             <metadata><zone>a&lt;b</zone></metadata></instance>"
        );
    }
}
