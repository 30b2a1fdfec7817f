//! An instance as callers see it: where to reach it, and how it has been doing.

use std::fmt;
use std::sync::Arc;

use eureka_wire::{InstanceInfo, InstanceStatus};

use crate::load::{Ejection, Load};
use crate::{Clock, Settings};

/// Amazon's name for the zone of an instance.
const AMAZON_ZONE: &str = "availability-zone";
/// Spring's name for the zone of an instance.
pub(crate) const ZONE: &str = "zone";

/// One instance of an application.
#[derive(Clone)]
pub struct Endpoint {
    info: InstanceInfo,
    load: Arc<Load>,
    weight: u32,
}

impl Endpoint {
    /// `info` with the history of `previous`, if that is the same process at the same address.
    pub(crate) fn new(info: InstanceInfo, previous: Option<&Self>, weight_key: &str) -> Self {
        let weight = info.metadata.get(weight_key).and_then(|text| text.trim().parse().ok());
        let same = previous.filter(|old| {
            (&old.info.host_name, &old.info.ip_addr, old.info.port, old.info.secure_port)
                == (&info.host_name, &info.ip_addr, info.port, info.secure_port)
        });
        let load = same.map_or_else(Arc::default, |old| Arc::clone(&old.load));
        Self { info, load, weight: weight.unwrap_or(1) }
    }

    /// Everything the instance tells about itself.
    #[must_use]
    pub const fn info(&self) -> &InstanceInfo {
        &self.info
    }

    /// Whether it takes traffic.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.info.status == InstanceStatus::Up
    }

    /// Its zone: metadata `zone`, else Amazon's; `None` if it tells none.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        let amazon = || self.info.data_center.as_ref()?.amazon()?.get(AMAZON_ZONE);
        self.info.metadata.get(ZONE).or_else(amazon)
    }

    /// Its share of the traffic among its likes; 1 unless its metadata says otherwise.
    #[must_use]
    pub const fn weight(&self) -> u32 {
        self.weight
    }

    /// Calls of this process to it.
    #[must_use]
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Port for `secure` calls or plain ones; `None` if it takes none such.
    #[must_use]
    pub fn port(&self, secure: bool) -> Option<u16> {
        let port = if secure { self.info.secure_port } else { self.info.port };
        u16::try_from(port.number).ok().filter(|_| port.enabled)
    }

    /// Says that a call begins. Tell the guard how it ended; a guard that is dropped untold counts
    /// neither as success nor as failure.
    #[must_use = "the call is over when the guard is dropped"]
    pub fn call(self: &Arc<Self>) -> InFlight {
        self.load.begin();
        InFlight { endpoint: Arc::clone(self) }
    }

    /// Whether nothing that a caller could act on differs; lease times do not count.
    pub(crate) fn tells_the_same(&self, other: &InstanceInfo) -> bool {
        let own = &self.info;
        let ignoring = InstanceInfo {
            lease: own.lease,
            last_updated: own.last_updated,
            action: own.action,
            is_coordinating: own.is_coordinating,
            ..other.clone()
        };
        ignoring == *own
            && own.lease.duration_secs == other.lease.duration_secs
            && own.lease.renewal_interval_secs == other.lease.renewal_interval_secs
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.info.app, self.info.id(), self.info.status.as_str())
    }
}

/// A call under way; counted as outstanding until dropped.
#[derive(Debug)]
pub struct InFlight {
    endpoint: Arc<Endpoint>,
}

impl InFlight {
    /// The instance that is called.
    #[must_use]
    pub const fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// The call came through.
    pub fn succeeded(self) {
        self.endpoint.load.succeeded();
    }

    /// The call failed. Enough of that in a row leave the instance out for a while; true if now.
    pub fn failed(self, ejection: Ejection, clock: &dyn Clock) -> bool {
        self.endpoint.load.failed(ejection, clock.monotonic_ms())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.endpoint.load.end();
    }
}

/// What the client must know to see instances as callers do.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) own_zone: Option<Box<str>>,
    pub(crate) weight_key: Box<str>,
    pub(crate) only_up: bool,
}

impl View {
    pub(crate) fn of(settings: &Settings, own_zone: Option<&str>) -> Self {
        Self {
            own_zone: own_zone.map(Into::into),
            weight_key: settings.weight_key.as_str().into(),
            only_up: settings.filter_only_up,
        }
    }

    pub(crate) fn is_local(&self, endpoint: &Endpoint) -> bool {
        match (&self.own_zone, endpoint.zone()) {
            (Some(own), Some(zone)) => own.eq_ignore_ascii_case(zone),
            _ => false,
        }
    }
}

#[cfg(test)]
impl Default for View {
    fn default() -> Self {
        Self::of(&Settings::default(), None)
    }
}

#[cfg(test)]
mod tests {
    use eureka_wire::{DataCenterInfo, Port};

    use super::*;

    fn info(metadata: &[(&str, &str)]) -> InstanceInfo {
        InstanceInfo { metadata: metadata.iter().copied().collect(), ..InstanceInfo::empty(0) }
    }

    fn weight(text: &str) -> u32 {
        Endpoint::new(info(&[("weight", text)]), None, "weight").weight()
    }

    #[test]
    fn a_weight_that_is_no_number_is_one() {
        assert_eq!(weight(" 20 "), 20);
        assert_eq!(weight("0"), 0);
        for text in ["", "-1", "many", "99999999999"] {
            assert_eq!(weight(text), 1, "{text}");
        }
        assert_eq!(Endpoint::new(info(&[]), None, "weight").weight(), 1);
    }

    #[test]
    fn the_zone_of_the_metadata_comes_before_amazons() {
        let amazon = [(AMAZON_ZONE, "us-east-1c")].into_iter().collect();
        let mut told = info(&[]);
        told.data_center = Some(DataCenterInfo::Amazon(amazon));
        assert_eq!(Endpoint::new(told.clone(), None, "").zone(), Some("us-east-1c"));
        told.metadata.set("zone", "a");
        assert_eq!(Endpoint::new(told, None, "").zone(), Some("a"));
        assert_eq!(Endpoint::new(info(&[]), None, "").zone(), None);
    }

    #[test]
    fn a_port_must_be_enabled_and_exist() {
        let mut told = info(&[]);
        told.secure_port = Port { number: 443, enabled: false };
        let endpoint = Endpoint::new(told.clone(), None, "");
        assert_eq!((endpoint.port(false), endpoint.port(true)), (Some(7001), None));
        told.port.number = 65_536;
        assert_eq!(Endpoint::new(told, None, "").port(false), None);
    }

    #[test]
    fn history_stays_with_the_address() {
        let first = Arc::new(Endpoint::new(info(&[]), None, ""));
        let call = first.call();
        let same = Endpoint::new(info(&[("a", "b")]), Some(&first), "");
        let mut elsewhere = info(&[]);
        elsewhere.port.number = 1;
        let moved = Endpoint::new(elsewhere, Some(&first), "");

        assert_eq!((same.load().outstanding(), moved.load().outstanding()), (1, 0));
        drop(call);
        assert_eq!(same.load().outstanding(), 0);
    }

    #[test]
    fn lease_times_are_no_change_and_a_status_is() {
        let endpoint = Endpoint::new(info(&[]), None, "");
        let mut later = info(&[]);
        later.lease.last_renewal_timestamp = 99;
        later.last_updated = 99;
        assert!(endpoint.tells_the_same(&later));
        later.lease.duration_secs = 5;
        assert!(!endpoint.tells_the_same(&later));
        later = InstanceInfo { status: InstanceStatus::Down, ..info(&[]) };
        assert!(!endpoint.tells_the_same(&later));
    }
}
