//! What must hold for every input, whoever made it up.
//!
//! A property takes the bytes of one input and panics where it does not hold. The targets in
//! `targets/` hand them to libFuzzer.

pub mod http_head;
pub mod json;
mod meter;
pub mod oracle;
pub mod xml;

/// Time of receipt given to the decoders, ms since the epoch.
const NOW: i64 = 1_800_000_000_000;
