//! Which status wins (section 3.5).

use eureka_wire::InstanceStatus::{self, OutOfService, Up};

use crate::Origin;

/// Effective status of an instance that says `incoming`; the first rule that applies decides.
///
/// `existing` is the status held before, where there was a lease.
#[must_use]
pub fn effective_status(
    incoming: InstanceStatus,
    override_status: Option<InstanceStatus>,
    existing: Option<InstanceStatus>,
    origin: Origin,
) -> InstanceStatus {
    // An instance that says it is not ready is believed, whatever the operator wants.
    if !matches!(incoming, Up | OutOfService) {
        return incoming;
    }
    if let Some(status) = override_status {
        return status;
    }
    match existing {
        Some(status @ (Up | OutOfService)) if origin == Origin::Client => status,
        _ => incoming,
    }
}

#[cfg(test)]
mod tests {
    use eureka_wire::InstanceStatus::{Down, Starting, Unknown};

    use super::*;

    #[test]
    fn every_row_of_the_table() {
        for (incoming, override_status, existing, origin, expected) in [
            (Down, Some(Up), Some(Up), Origin::Client, Down),
            (Starting, Some(OutOfService), None, Origin::Client, Starting),
            (Unknown, Some(Up), None, Origin::Peer, Unknown),
            (Up, Some(OutOfService), Some(Up), Origin::Client, OutOfService),
            (Up, Some(Down), None, Origin::Client, Down),
            (OutOfService, None, Some(Up), Origin::Client, Up),
            (OutOfService, None, Some(Up), Origin::Peer, OutOfService),
            (Up, None, Some(OutOfService), Origin::Client, OutOfService),
            (Up, None, Some(OutOfService), Origin::Peer, Up),
            (OutOfService, None, Some(Down), Origin::Client, OutOfService),
            (Up, None, Some(Starting), Origin::Client, Up),
            (Up, None, None, Origin::Client, Up),
        ] {
            assert_eq!(
                effective_status(incoming, override_status, existing, origin),
                expected,
                "{incoming:?} {override_status:?} {existing:?} {origin:?}"
            );
        }
    }
}
