//! Which instances answer to a virtual address (EP-25).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use eureka_wire::InstanceInfo;

/// Keys of instances by virtual address, plain and secure.
#[derive(Debug, Default)]
pub(crate) struct VipIndex {
    plain: HashMap<Box<str>, BTreeSet<Arc<str>>>,
    secure: HashMap<Box<str>, BTreeSet<Arc<str>>>,
}

impl VipIndex {
    /// Replaces what `key` was listed under.
    pub(crate) fn update(
        &mut self,
        key: &Arc<str>,
        old: Option<&InstanceInfo>,
        new: Option<&InstanceInfo>,
    ) {
        fn plain(info: &InstanceInfo) -> Option<&str> {
            info.vip_address.as_deref()
        }
        fn secure(info: &InstanceInfo) -> Option<&str> {
            info.secure_vip_address.as_deref()
        }
        relist(&mut self.plain, key, old.and_then(plain), new.and_then(plain));
        relist(&mut self.secure, key, old.and_then(secure), new.and_then(secure));
    }

    /// Keys listed under the address `name`, in order.
    pub(crate) fn keys(&self, name: &str, is_secure: bool) -> impl Iterator<Item = &Arc<str>> {
        let index = if is_secure { &self.secure } else { &self.plain };
        index.get(name).into_iter().flatten()
    }
}

fn relist(
    index: &mut HashMap<Box<str>, BTreeSet<Arc<str>>>,
    key: &Arc<str>,
    old: Option<&str>,
    new: Option<&str>,
) {
    if old == new {
        return;
    }
    for name in old.into_iter().flat_map(|list| list.split(',')) {
        if let Some(keys) = index.get_mut(name) {
            keys.remove(key);
            if keys.is_empty() {
                index.remove(name);
            }
        }
    }
    for name in new.into_iter().flat_map(|list| list.split(',')) {
        index.entry(name.into()).or_default().insert(Arc::clone(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_addresses_of_an_instance() {
        let with =
            |vip: &str| InstanceInfo { vip_address: Some(vip.into()), ..InstanceInfo::empty(0) };
        let (mut index, key) = (VipIndex::default(), Arc::<str>::from("k"));
        index.update(&key, None, Some(&with("a,b")));
        index.update(&key, Some(&with("a,b")), Some(&with("b,c")));
        let count = |index: &VipIndex, name: &str| index.keys(name, false).count();
        assert_eq!([count(&index, "a"), count(&index, "b"), count(&index, "c")], [0, 1, 1]);
        index.update(&key, Some(&with("b,c")), None);
        assert!(index.plain.is_empty() && index.secure.is_empty());
    }
}
