//! Made-up rows for the tests of this room.

use std::sync::LazyLock;
use std::time::Duration;

use eureka_wire::{InstanceStatus, Metadata};

use super::model::{InstanceRow, LeaseRow};

/// 2026-01-31 12:00:00 UTC.
pub(super) const NOW: u64 = 1_769_860_800_000;

static NO_METADATA: LazyLock<Metadata> = LazyLock::new(Metadata::default);

/// An instance that is UP, registered an hour ago and renewed ten seconds ago.
pub(super) fn row<'a>(app: &'a str, id: &'a str) -> InstanceRow<'a> {
    InstanceRow {
        app,
        id,
        host: "node-1",
        ip: "10.0.0.1",
        status: InstanceStatus::Up,
        override_status: None,
        port: Some(8080),
        secure_port: None,
        vip: "",
        secure_vip: "",
        group: "",
        home_page: "",
        status_page: "",
        health_check: "",
        secure_health_check: "",
        ami: None,
        zone: None,
        metadata: &NO_METADATA,
        lease: LeaseRow {
            age: Duration::from_secs(3_600),
            silence: Some(Duration::from_secs(10)),
            remaining_ms: 170_000,
            term: Duration::from_secs(90),
        },
        last_dirty_ms: NOW - 3_600_000,
    }
}
