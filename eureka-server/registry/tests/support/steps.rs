//! Random steps: operations on a registry, and the passing of time between them.

use std::fmt;

use eureka_registry::{Config, Heartbeat, Moment, Origin};
use eureka_wire::{DataCenterInfo, DataCenterName, InstanceInfo, InstanceStatus, LeaseInfo, Port};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// When every run begins.
pub(crate) const T0: Moment = Moment { wall_ms: 1_700_000_000_000, steady_ms: 5_000 };

/// One name is the beginning of another, and one sorts between them as plain text.
pub(crate) const APPS: [&str; 3] = ["A", "AB", "A-B"];

/// Ids that occur in every application; the last is the answering server's own.
pub(crate) const IDS: [&str; 4] = ["x", "x:1", "y", "own"];

const VIP_LISTS: [&str; 7] = ["a", "b", "a,b", "b,c", "a,a", "", "c,"];

/// An instance that may or may not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Who {
    pub(crate) app: &'static str,
    pub(crate) id: &'static str,
}

/// What an instance says of itself; shown in short, so that a failing run can be read.
#[derive(Clone)]
pub(crate) struct Registration(pub(crate) InstanceInfo);

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(info) = self;
        write!(f, "{}/{} #{} dirty {}", info.app, info.id(), info.port.number, info.last_dirty)?;
        write!(f, " {:?}/{:?}", info.status, info.overridden_status)?;
        write!(f, " vips {:?} {:?}", info.vip_address, info.secure_vip_address)?;
        let has_own_id = info.instance_id.is_some();
        write!(f, " {} s, own id {has_own_id}", info.lease.duration_secs)
    }
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Register {
        registration: Box<Registration>,
        origin: Origin,
    },
    /// So many heartbeats of the same kind at once.
    Renew {
        who: Who,
        beat: Heartbeat,
        times: u32,
    },
    Cancel {
        who: Who,
    },
    SetOverride {
        who: Who,
        status: InstanceStatus,
        last_dirty: Option<i64>,
    },
    RemoveOverride {
        who: Who,
        status: InstanceStatus,
        last_dirty: Option<i64>,
    },
    SetMetadata {
        who: Who,
        entries: Vec<(String, String)>,
        origin: Origin,
    },
    Evict {
        lateness_ms: u64,
        seed: u64,
    },
    Correct,
    ExpireChanges,
    /// Time passes on both clocks.
    Pass {
        ms: u64,
    },
    /// Somebody sets the wall clock.
    JumpWall {
        ms: i64,
    },
}

impl Step {
    /// The moment after this step, if `now` was the one before.
    pub(crate) const fn time_after(&self, now: Moment) -> Moment {
        match self {
            Self::Pass { ms } => now.later_by(*ms),
            Self::JumpWall { ms } => Moment { wall_ms: now.wall_ms.saturating_add(*ms), ..now },
            Self::Register { .. }
            | Self::Renew { .. }
            | Self::Cancel { .. }
            | Self::SetOverride { .. }
            | Self::RemoveOverride { .. }
            | Self::SetMetadata { .. }
            | Self::Evict { .. }
            | Self::Correct
            | Self::ExpireChanges => now,
        }
    }
}

/// Any one step.
pub(crate) fn step() -> impl Strategy<Value = Step> {
    let entries = prop::collection::vec((text(&["k", "l", "m"]), text(&["", "1", "2"])), 0..4);
    prop_oneof![
        8 => (info(), origin()).prop_map(|(info, origin)| {
            Step::Register { registration: Box::new(Registration(info)), origin }
        }),
        8 => (who(), beat(), select(vec![1, 1, 1, 2, 20]))
            .prop_map(|(who, beat, times)| Step::Renew { who, beat, times }),
        2 => who().prop_map(|who| Step::Cancel { who }),
        3 => (who(), status(), option::of(dirty())).prop_map(|(who, status, last_dirty)| {
            Step::SetOverride { who, status, last_dirty }
        }),
        2 => (who(), status(), option::of(dirty())).prop_map(|(who, status, last_dirty)| {
            Step::RemoveOverride { who, status, last_dirty }
        }),
        2 => (who(), entries, origin()).prop_map(|(who, entries, origin)| {
            Step::SetMetadata { who, entries, origin }
        }),
        3 => (select(vec![0, 0, 0, 1, 30_000]), any::<u64>())
            .prop_map(|(lateness_ms, seed)| Step::Evict { lateness_ms, seed }),
        1 => Just(Step::Correct),
        2 => Just(Step::ExpireChanges),
        8 => span().prop_map(|ms| Step::Pass { ms }),
        1 => select(vec![-86_400_000, -3_600_000, -300_000, -1, 1, 300_000, 3_600_000])
            .prop_map(|ms| Step::JumpWall { ms }),
    ]
}

/// Any settings that a registry may be opened with.
pub(crate) fn config() -> impl Strategy<Value = Config> {
    let preservation = (any::<bool>(), select(vec![0.85, 0.5, 0.1, 0.0, 1.0]));
    let clients = (select(vec![10, 30, 60]), select(vec![0, 1, 1, 4]));
    let rest = (select(vec![0, 30_000, 180_000]), prop::bool::weighted(0.8), any::<bool>());
    (preservation, clients, rest).prop_map(|((enabled, share), (interval, open), rest)| Config {
        enable_self_preservation: enabled,
        renewal_percent_threshold: share,
        expected_client_renewal_interval_secs: interval,
        default_open_for_traffic_count: open,
        delta_retention_ms: rest.0,
        sync_when_timestamp_differs: rest.1,
        exact_lease: rest.2,
        own_instance_id: "own".into(),
    })
}

/// Spans that meet the ends of leases, minutes and retention times, and both sides of them.
fn span() -> impl Strategy<Value = u64> {
    let ends = vec![1, 999, 1_000, 29_999, 30_000, 30_001, 60_000, 89_999, 90_000, 180_000];
    prop_oneof![3 => select(ends), 1 => 0..100_000_u64]
}

/// One instance more often than the others, so that much happens to it.
fn who() -> impl Strategy<Value = Who> {
    let any = (select(&APPS), select(&IDS)).prop_map(|(app, id)| Who { app, id });
    prop_oneof![1 => Just(Who { app: APPS[0], id: IDS[0] }), 1 => any]
}

fn status() -> impl Strategy<Value = InstanceStatus> {
    use InstanceStatus::{Down, OutOfService, Starting, Unknown, Up};
    select(vec![Up, Up, Up, OutOfService, OutOfService, Down, Starting, Unknown])
}

fn origin() -> impl Strategy<Value = Origin> {
    select(vec![Origin::Client, Origin::Peer])
}

/// Few enough to be equal often, on both sides of what an absent one means.
fn dirty() -> impl Strategy<Value = i64> {
    -1..4_i64
}

fn text(choice: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(choice).prop_map(ToOwned::to_owned)
}

fn beat() -> impl Strategy<Value = Heartbeat> {
    use InstanceStatus::{Down, OutOfService, Starting, Up};
    // Without `UNKNOWN`: that is told by telling nothing.
    let told = select(vec![Up, OutOfService, OutOfService, Down, Starting]);
    (origin(), option::of(dirty()), option::of(told)).prop_map(
        |(origin, last_dirty, override_status)| Heartbeat { origin, last_dirty, override_status },
    )
}

/// A registration in which every field that is told comes from one number, so that a mixture of
/// two registrations shows.
fn info() -> impl Strategy<Value = InstanceInfo> {
    let statuses = (status(), prop_oneof![3 => Just(InstanceStatus::Unknown), 1 => status()]);
    let vips = (option::of(select(&VIP_LISTS)), option::of(select(&VIP_LISTS)));
    let terms = (10..13, select(vec![1, 30, 60, 90, i32::MAX]));
    let number = 1..200_i32;
    (who(), dirty(), statuses, vips, terms, number, any::<bool>()).prop_map(
        |(who, dirty, (status, overridden), (vips, secure_vips), terms, number, has_own_id)| {
            let host = if has_own_id { format!("host-{number}") } else { who.id.to_owned() };
            InstanceInfo {
                instance_id: has_own_id.then(|| who.id.into()),
                host_name: host.into(),
                app: who.app.into(),
                ip_addr: format!("10.0.0.{number}").into(),
                status,
                overridden_status: overridden,
                port: Port { number, enabled: true },
                data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
                lease: LeaseInfo::of_terms(terms.0, terms.1),
                metadata: [("n", &*number.to_string())].into_iter().collect(),
                vip_address: vips.map(Into::into),
                secure_vip_address: secure_vips.map(Into::into),
                last_dirty: dirty,
                ..InstanceInfo::empty(0)
            }
        },
    )
}
