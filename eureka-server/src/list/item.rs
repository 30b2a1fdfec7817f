//! An instance in a list, and the text it is there.

use std::sync::Arc;

use eureka_wire::{InstanceInfo, Layout, LeaseInfo};

/// An instance as of one change. Its text is written whenever it is needed and kept nowhere: a list
/// of texts would be several times as large as what it is made from.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Application and id, joined; lists are sorted by it.
    pub(super) key: Arc<str>,
    pub(super) info: Arc<InstanceInfo>,
    /// Lease as told when it was put into the list: the text stays the same until the next change.
    pub(super) lease: LeaseInfo,
    /// Number of the change.
    pub(super) number: u64,
}

impl Item {
    fn app(&self) -> &str {
        let end = memchr::memchr(0, self.key.as_bytes());
        end.and_then(|end| self.key.get(..end)).unwrap_or(&self.key)
    }

    /// Writes the instance without what stands around it.
    pub(super) fn write(&self, layout: Layout, out: &mut Vec<u8>) {
        layout.write_instance(out, &self.info, &self.lease);
    }

    /// Writes what stands between `before` and this one.
    pub(super) fn write_separators(
        &self,
        layout: Layout,
        before: Option<&Self>,
        out: &mut Vec<u8>,
    ) {
        match before {
            Some(before) if before.app() == self.app() => layout.write_separator(out),
            Some(_) => {
                layout.write_application_close(out);
                layout.write_application_open(out, self.app(), false);
            }
            None => layout.write_application_open(out, self.app(), true),
        }
    }
}
