//! What is known of the registry at one moment, ready to be looked up.
//!
//! A snapshot never changes. Looking something up neither waits nor allocates.

mod group;
mod index;

use std::fmt;
use std::sync::Arc;

pub use group::{Group, Members};

use crate::Endpoint;
use crate::cache::Registry;
use crate::endpoint::View;
use crate::random::Random;
use index::Index;

/// The instances known at one moment, by application, VIP and secure VIP.
///
/// Names are compared without regard to ASCII case (CL-15).
#[derive(Default)]
pub struct Snapshot {
    /// By application, then by id.
    endpoints: Box<[Arc<Endpoint>]>,
    applications: Index,
    vips: Index,
    secure_vips: Index,
}

impl Snapshot {
    /// Arranges `registry`; groups continue where their like of `previous` was.
    pub(crate) fn new(
        registry: &Registry,
        view: &View,
        previous: &Self,
        random: &dyn Random,
    ) -> Self {
        let endpoints: Box<[_]> = registry.values().flat_map(|app| app.values()).cloned().collect();
        let build = |previous: &Index, names: fn(&Endpoint) -> Names<'_>| {
            let pairs = endpoints.iter().flat_map(|e| names(e).map(move |name| (name, e)));
            Index::new(pairs, view, previous, random)
        };
        Self {
            applications: build(&previous.applications, |endpoint| {
                Names::of(Some(&endpoint.info().app))
            }),
            vips: build(&previous.vips, |endpoint| {
                Names::of(endpoint.info().vip_address.as_deref())
            }),
            secure_vips: build(&previous.secure_vips, |endpoint| {
                Names::of(endpoint.info().secure_vip_address.as_deref())
            }),
            endpoints,
        }
    }

    /// Instances of an application.
    #[must_use]
    pub fn application(&self, name: &str) -> Option<&Group> {
        self.applications.get(name)
    }

    /// Instances behind a virtual address.
    #[must_use]
    pub fn vip(&self, name: &str) -> Option<&Group> {
        self.vips.get(name)
    }

    /// Instances behind a virtual address over TLS.
    #[must_use]
    pub fn secure_vip(&self, name: &str) -> Option<&Group> {
        self.secure_vips.get(name)
    }

    /// What `http://name/` (or `https://name/` if `secure`) means: the instances behind that
    /// virtual address, else those of the application.
    #[must_use]
    pub fn service(&self, name: &str, secure: bool) -> Option<&Group> {
        let by_address = if secure { self.secure_vip(name) } else { self.vip(name) };
        by_address.or_else(|| self.application(name))
    }

    /// Every application.
    pub fn applications(&self) -> impl Iterator<Item = &Group> {
        self.applications.iter()
    }

    /// One instance.
    #[must_use]
    pub fn instance(&self, app: &str, id: &str) -> Option<&Arc<Endpoint>> {
        self.application(app)?.all().endpoints().iter().find(|endpoint| endpoint.info().id() == id)
    }

    /// Every instance, whatever its status, sorted by application and id.
    #[must_use]
    pub fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.endpoints).finish()
    }
}

/// Names separated by commas, without trimming (CL-15); empty ones are none.
struct Names<'a>(std::str::Split<'a, char>);

impl<'a> Names<'a> {
    fn of(list: Option<&'a str>) -> Self {
        Self(list.unwrap_or_default().split(','))
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0.find(|name| !name.is_empty())
    }
}

#[cfg(test)]
pub(crate) mod tests;
