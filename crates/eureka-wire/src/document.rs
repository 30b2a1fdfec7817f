//! What stands around the instances of a list: heads, separators and tails of all four forms.
//!
//! A list is head, then for each application an opening, its instances and a closing, then a tail.
//! Whoever keeps encoded instances can join them to a document without encoding anything again.

use crate::{Applications, Detail, Format, InstanceInfo, LeaseInfo, json, xml};

/// Java class that stands for metadata without entries.
pub(crate) const EMPTY_MAP_CLASS: &str = "java.util.Collections$EmptyMap";

/// One of the four forms of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// JSON or XML.
    pub format: Format,
    /// Full or compact.
    pub detail: Detail,
}

impl Layout {
    /// Everything before the first application. The compact forms tell version and hash at the end.
    pub fn write_head(self, out: &mut Vec<u8>, version: i64, hashcode: &str) {
        match (self.format, self.detail) {
            (Format::Json, Detail::Full) => {
                out.extend_from_slice(b"{\"applications\":{");
                write_json_summary(out, version, hashcode);
                out.extend_from_slice(b",\"application\":[");
            }
            (Format::Json, Detail::Compact) => {
                out.extend_from_slice(b"{\"applications\":{\"application\":[");
            }
            (Format::Xml, Detail::Full) => {
                out.extend_from_slice(b"<applications>");
                write_xml_summary(out, version, hashcode, "\n  ");
            }
            (Format::Xml, Detail::Compact) => out.extend_from_slice(b"<applications>"),
        }
    }

    /// Everything after the last application.
    pub fn write_tail(self, out: &mut Vec<u8>, version: i64, hashcode: &str) {
        match (self.format, self.detail) {
            (Format::Json, Detail::Full) => out.extend_from_slice(b"]}}"),
            (Format::Json, Detail::Compact) => {
                out.extend_from_slice(b"],");
                write_json_summary(out, version, hashcode);
                out.extend_from_slice(b"}}");
            }
            (Format::Xml, Detail::Full) => out.extend_from_slice(b"\n</applications>"),
            (Format::Xml, Detail::Compact) => {
                write_xml_summary(out, version, hashcode, "");
                out.extend_from_slice(b"</applications>");
            }
        }
    }

    /// Opening of an application in a list; `first` if it is the first of the list.
    pub fn write_application_open(self, out: &mut Vec<u8>, name: &str, first: bool) {
        match (self.format, self.detail) {
            (Format::Json, _) => {
                if !first {
                    out.push(b',');
                }
                out.extend_from_slice(b"{\"name\":");
                json::write_text(out, name);
                out.extend_from_slice(b",\"instance\":[");
            }
            (Format::Xml, Detail::Full) => {
                out.extend_from_slice(b"\n  <application>\n    <name>");
                xml::write_text(out, name);
                out.extend_from_slice(b"</name>");
            }
            (Format::Xml, Detail::Compact) => {
                out.extend_from_slice(b"<application><name>");
                xml::write_text(out, name);
                out.extend_from_slice(b"</name>");
            }
        }
    }

    /// Closing of an application in a list.
    pub fn write_application_close(self, out: &mut Vec<u8>) {
        out.extend_from_slice(match (self.format, self.detail) {
            (Format::Json, _) => b"]}".as_slice(),
            (Format::Xml, Detail::Full) => b"\n  </application>",
            (Format::Xml, Detail::Compact) => b"</application>",
        });
    }

    /// What stands between two instances of an application.
    pub fn write_separator(self, out: &mut Vec<u8>) {
        if self.format == Format::Json {
            out.push(b',');
        }
    }

    /// An instance in a list, with `lease` for its own.
    pub fn write_instance(self, out: &mut Vec<u8>, instance: &InstanceInfo, lease: &LeaseInfo) {
        self.write_nested(out, instance, lease, 2);
    }

    fn write_nested(
        self,
        out: &mut Vec<u8>,
        instance: &InstanceInfo,
        lease: &LeaseInfo,
        depth: usize,
    ) {
        match self.format {
            Format::Json => json::write_instance(out, instance, lease, self.detail),
            Format::Xml => xml::write_instance(out, instance, lease, self.detail, depth),
        }
    }

    fn write_all<'a>(
        self,
        out: &mut Vec<u8>,
        instances: impl IntoIterator<Item = &'a InstanceInfo>,
        depth: usize,
    ) {
        for (index, instance) in instances.into_iter().enumerate() {
            if index > 0 {
                self.write_separator(out);
            }
            self.write_nested(out, instance, &instance.lease, depth);
        }
    }

    /// A whole list.
    #[must_use]
    pub fn encode_applications(self, list: &Applications) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + list.instances().count() * 1024);
        self.write_head(&mut out, list.version, &list.hashcode);
        for (index, application) in list.applications.iter().enumerate() {
            self.write_application_open(&mut out, &application.name, index == 0);
            self.write_all(&mut out, &application.instances, 2);
            self.write_application_close(&mut out);
        }
        self.write_tail(&mut out, list.version, &list.hashcode);
        out
    }

    /// One application as a document of its own.
    #[must_use]
    pub fn encode_application<'a>(
        self,
        name: &str,
        instances: impl IntoIterator<Item = &'a InstanceInfo>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        match self.format {
            Format::Json => {
                out.extend_from_slice(b"{\"application\":{\"name\":");
                json::write_text(&mut out, name);
                out.extend_from_slice(b",\"instance\":[");
                self.write_all(&mut out, instances, 1);
                out.extend_from_slice(b"]}}");
            }
            Format::Xml => {
                let line = if self.detail == Detail::Full { "\n  " } else { "" };
                out.extend_from_slice(b"<application>");
                out.extend_from_slice(line.as_bytes());
                out.extend_from_slice(b"<name>");
                xml::write_text(&mut out, name);
                out.extend_from_slice(b"</name>");
                self.write_all(&mut out, instances, 1);
                out.extend_from_slice(if line.is_empty() { b"" } else { b"\n" });
                out.extend_from_slice(b"</application>");
            }
        }
        out
    }
}

fn write_json_summary(out: &mut Vec<u8>, version: i64, hashcode: &str) {
    out.extend_from_slice(b"\"versions__delta\":\"");
    out.extend_from_slice(itoa::Buffer::new().format(version).as_bytes());
    out.extend_from_slice(b"\",\"apps__hashcode\":");
    json::write_text(out, hashcode);
}

fn write_xml_summary(out: &mut Vec<u8>, version: i64, hashcode: &str, line: &str) {
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"<versions__delta>");
    out.extend_from_slice(itoa::Buffer::new().format(version).as_bytes());
    out.extend_from_slice(b"</versions__delta>");
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"<apps__hashcode>");
    xml::write_text(out, hashcode);
    out.extend_from_slice(b"</apps__hashcode>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(format: Format, detail: Detail) -> String {
        let list = Applications { version: 1, ..Applications::default() };
        String::from_utf8(Layout { format, detail }.encode_applications(&list)).unwrap()
    }

    #[test]
    fn an_empty_list_in_all_four_forms() {
        assert_eq!(
            empty(Format::Json, Detail::Full),
            r#"{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}"#
        );
        assert_eq!(
            empty(Format::Json, Detail::Compact),
            r#"{"applications":{"application":[],"versions__delta":"1","apps__hashcode":""}}"#
        );
        assert_eq!(
            empty(Format::Xml, Detail::Full),
            "<applications>\n  <versions__delta>1</versions__delta>\n  \
             <apps__hashcode></apps__hashcode>\n</applications>"
        );
        assert_eq!(
            empty(Format::Xml, Detail::Compact),
            "<applications><versions__delta>1</versions__delta>\
             <apps__hashcode></apps__hashcode></applications>"
        );
    }
}
