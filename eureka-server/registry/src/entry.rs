//! What the registry holds of one instance.

use std::sync::Arc;

use eureka_wire::{InstanceInfo, InstanceStatus};

use crate::Lease;

/// An instance, its lease and the operator's override.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// As of its last change; never altered in place, so a reader's copy stays true.
    pub(crate) info: Arc<InstanceInfo>,
    pub(crate) lease: Lease,
    /// Kept per application and id; the reference keeps it per id alone, which lets two
    /// applications with equal ids override each other (section 8, row 9).
    pub(crate) override_status: Option<InstanceStatus>,
}

/// Application and id joined by a separator that neither can hold.
///
/// Sorted as text, the keys of an application stand together and applications are in order.
#[derive(Debug)]
pub(crate) struct Key(String);

impl Key {
    const SEPARATOR: char = '\0';

    /// `app` in upper case.
    pub(crate) fn new(app: &str, id: &str) -> Self {
        let mut key = String::with_capacity(app.len() + id.len() + 1);
        key.push_str(app);
        key.push(Self::SEPARATOR);
        key.push_str(id);
        Self(key)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Application and id of a key.
    pub(crate) fn split(key: &str) -> (&str, &str) {
        key.split_once(Self::SEPARATOR).unwrap_or((key, ""))
    }
}

impl From<Key> for Arc<str> {
    fn from(key: Key) -> Self {
        key.0.into()
    }
}
