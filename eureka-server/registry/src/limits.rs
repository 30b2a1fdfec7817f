//! Every bound of the registry, with its reason.

/// Bytes of an instance id (W-19): a path segment must be able to hold it.
pub const ID_BYTES_MAX: usize = 512;

/// Bytes of an application name, for the same reason.
pub const APP_BYTES_MAX: usize = 512;

/// Events kept in each list of recent registrations and cancellations.
pub const RECENT_EVENTS_MAX: usize = 1000;

/// Virtual addresses an instance may list; each is an entry of the index.
pub const VIP_ADDRESSES_MAX: usize = 256;
