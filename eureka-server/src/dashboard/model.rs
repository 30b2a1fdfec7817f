//! What the pages show, as plain data the server fills in.
//!
//! Nothing here knows the registry: the server lends its strings and says how long ago things were.

use std::borrow::Cow;
use std::time::Duration;

use eureka_wire::{DataCenterInfo, InstanceInfo, InstanceStatus, Metadata, Port};

use super::format;
use super::links::Links;
use super::preservation::SelfPreservation;
use super::query::Query;
use super::select::Selection;

/// Everything the first page shows. Source: SPR-1, SPR-3.
#[derive(Debug)]
pub struct Page<'a> {
    /// Now, milliseconds since the epoch; shown as the current time.
    pub now_ms: u64,
    /// Addresses of the pages and assets, relative to the request.
    pub links: Links,
    /// Facts about this server.
    pub system: System<'a>,
    /// Renewals expected and seen; the page derives verdict and wording from it.
    pub preservation: SelfPreservation,
    /// When expired leases are looked for.
    pub eviction: EvictionSchedule,
    /// Peers this server replicates to.
    pub replicas: &'a [Replica<'a>],
    /// What the reader asked for; the same value that `selection` was made with.
    pub query: &'a Query,
    /// The part of the registry that answers `query`.
    pub selection: Selection<'a>,
    /// Rows of "General Info".
    pub general: &'a [Fact<'a>],
    /// Rows of "Instance Info", about this server's own instance.
    pub instance: &'a [Fact<'a>],
}

/// Facts about the server itself.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    /// `eureka.environment`.
    pub environment: &'a str,
    /// `eureka.datacenter`.
    pub data_center: &'a str,
    /// Version of this program.
    pub version: &'a str,
    /// Time since the start of the process.
    pub uptime: Duration,
    /// Address a client puts into `defaultZone`, shown while nothing is registered,
    /// e.g. `http://localhost:8761/eureka/`.
    pub service_url: &'a str,
}

/// A peer in "DS Replicas".
#[derive(Clone, Copy, Debug)]
pub struct Replica<'a> {
    /// Shown text, usually the host name.
    pub name: &'a str,
    /// Address without credentials; linked only when it is an http or https address.
    pub url: &'a str,
}

/// One named value of an information table.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// Left cell.
    pub name: &'a str,
    /// Right cell.
    pub value: Cow<'a, str>,
}

/// When the server looks for expired leases, and how many it may take. Source: EV-1, EV-3.
#[derive(Clone, Copy, Debug)]
pub struct EvictionSchedule {
    /// Time until the next pass; `None` when none is planned.
    pub next_pass_in: Option<Duration>,
    /// Time between passes, `eureka.server.eviction-interval-timer-in-ms`.
    pub interval: Duration,
    /// Most instances one pass may remove from the registry as it is now.
    pub limit: usize,
}

/// One instance as the dashboard sees it. Text the instance did not send is empty.
///
/// Cheap to make and to copy, so that a selection can run over rows made on the fly from a
/// registry of any size and keep the few it shows.
#[derive(Clone, Copy, Debug)]
pub struct InstanceRow<'a> {
    /// Application name, upper case.
    pub app: &'a str,
    /// Instance id.
    pub id: &'a str,
    /// `hostName`.
    pub host: &'a str,
    /// `ipAddr`.
    pub ip: &'a str,
    /// Effective status.
    pub status: InstanceStatus,
    /// Operator's override; `None` when there is none (`UNKNOWN` on the wire).
    pub override_status: Option<InstanceStatus>,
    /// Plain port as told; `None` when not enabled.
    pub port: Option<i32>,
    /// TLS port as told; `None` when not enabled.
    pub secure_port: Option<i32>,
    /// `vipAddress`.
    pub vip: &'a str,
    /// `secureVipAddress`.
    pub secure_vip: &'a str,
    /// `appGroupName`.
    pub group: &'a str,
    /// `homePageUrl`.
    pub home_page: &'a str,
    /// `statusPageUrl`.
    pub status_page: &'a str,
    /// `healthCheckUrl`.
    pub health_check: &'a str,
    /// `secureHealthCheckUrl`.
    pub secure_health_check: &'a str,
    /// Amazon image id.
    pub ami: Option<&'a str>,
    /// Availability zone.
    pub zone: Option<&'a str>,
    /// Metadata as registered.
    pub metadata: &'a Metadata,
    /// Its lease.
    pub lease: LeaseRow,
    /// `lastDirtyTimestamp`, milliseconds since the epoch; 0 when not given.
    pub last_dirty_ms: u64,
}

impl<'a> InstanceRow<'a> {
    /// Row of an instance registered under `app`, with the lease the registry holds of it.
    #[must_use]
    pub fn new(app: &'a str, info: &'a InstanceInfo, lease: LeaseRow) -> Self {
        let port = |port: &Port| port.enabled.then_some(port.number);
        let amazon = info.data_center.as_ref().and_then(DataCenterInfo::amazon);
        let text = |text: &'a Option<Box<str>>| text.as_deref().unwrap_or_default();
        let overridden = info.overridden_status;
        Self {
            app,
            id: info.id(),
            host: &info.host_name,
            ip: &info.ip_addr,
            status: info.status,
            override_status: (overridden != InstanceStatus::Unknown).then_some(overridden),
            port: port(&info.port),
            secure_port: port(&info.secure_port),
            vip: text(&info.vip_address),
            secure_vip: text(&info.secure_vip_address),
            group: text(&info.app_group_name),
            home_page: text(&info.home_page_url),
            status_page: text(&info.status_page_url),
            health_check: text(&info.health_check_url),
            secure_health_check: text(&info.secure_health_check_url),
            ami: amazon.and_then(|amazon| amazon.get("ami-id")),
            zone: amazon.and_then(|amazon| amazon.get("availability-zone")),
            metadata: &info.metadata,
            lease,
            last_dirty_ms: u64::try_from(info.last_dirty).unwrap_or_default(),
        }
    }
}

/// Lease of an instance, told in spans so that a step of the clock bends none of them.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRow {
    /// Time since its latest registration.
    pub age: Duration,
    /// Time since its last renewal; `None` before the first since it registered.
    pub silence: Option<Duration>,
    /// Milliseconds until it runs out unless renewed, with the two terms of LS-4 counted; negative
    /// once it has run out.
    pub remaining_ms: i64,
    /// Length the instance asked for.
    pub term: Duration,
}

/// One event of the page of recent registrations and cancellations.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// What, as `APP(id)`.
    pub what: Cow<'a, str>,
}

impl Event<'_> {
    pub(super) fn time(&self) -> String {
        format::timestamp(self.at_ms)
    }

    pub(super) fn machine_time(&self) -> String {
        format::machine_timestamp(self.at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_row_takes_over_what_the_instance_says() {
        let amazon: Metadata =
            [("ami-id", "ami-1"), ("availability-zone", "ap-2a")].into_iter().collect();
        let info = InstanceInfo {
            instance_id: Some("id-1".into()),
            status: InstanceStatus::Down,
            overridden_status: InstanceStatus::OutOfService,
            port: Port { number: 8080, enabled: true },
            secure_port: Port { number: 8443, enabled: false },
            vip_address: Some("a,b".into()),
            status_page_url: Some("http://a/".into()),
            data_center: Some(DataCenterInfo::Amazon(amazon)),
            last_dirty: -1,
            ..InstanceInfo::empty(0)
        };

        let row = InstanceRow::new("APP", &info, fixture::row("", "").lease);

        assert_eq!((row.app, row.id, row.vip), ("APP", "id-1", "a,b"));
        assert_eq!((row.status, row.port), (InstanceStatus::Down, Some(8080)));
        assert_eq!(row.override_status, Some(InstanceStatus::OutOfService));
        assert_eq!((row.secure_port, row.group, row.last_dirty_ms), (None, "", 0));
        assert_eq!((row.ami, row.zone), (Some("ami-1"), Some("ap-2a")));
        assert_eq!(row.status_page, "http://a/");
    }

    #[test]
    fn no_override_is_told_as_unknown_on_the_wire() {
        let info = InstanceInfo::empty(0);

        let row = InstanceRow::new("APP", &info, fixture::row("", "").lease);

        assert_eq!((row.override_status, row.ami, row.zone), (None, None, None));
    }
}
