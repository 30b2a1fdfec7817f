//! Every bound of the registry, with its reason.

/// Bytes of an instance id (W-19): a path segment must be able to hold it.
pub const ID_BYTES_MAX: usize = 512;

/// Bytes of an application name, for the same reason.
pub const APP_BYTES_MAX: usize = 512;

/// Events kept in each list of recent registrations and cancellations.
pub const RECENT_EVENTS_MAX: usize = 1000;

/// Virtual addresses an instance may list; each is an entry of the index.
pub const VIP_ADDRESSES_MAX: usize = 256;

/// The beginning of `text`, at most `bytes_max` of it.
pub(crate) fn clipped(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max).rev().find_map(|end| text.get(..end));
    if text.len() > bytes_max { end.unwrap_or_default() } else { text }
}
