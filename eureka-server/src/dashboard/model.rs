//! What the pages show, as plain data the server fills in.
//!
//! Nothing here knows the registry: the server lends its strings and says how long ago things were.

use std::borrow::Cow;
use std::time::Duration;

use eureka_wire::{InstanceStatus, Metadata};

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
    /// Plain port; `None` when not enabled.
    pub port: Option<u16>,
    /// TLS port; `None` when not enabled.
    pub secure_port: Option<u16>,
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

/// Lease of an instance, told in spans so that a step of the clock bends none of them.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRow {
    /// Time since its latest registration.
    pub age: Duration,
    /// Time since its last renewal; `None` before the first.
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
