//! A port and whether it is in use.

/// A port as an instance tells it. Numbers outside 0 to 65,535 are kept as they came (W-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Port number.
    pub number: i32,
    /// Whether the instance listens there.
    pub enabled: bool,
}

impl Port {
    /// What an absent `port` means: 7001, enabled.
    pub const DEFAULT: Self = Self { number: 7001, enabled: true };
    /// What an absent `securePort` means: 7002, disabled.
    pub const DEFAULT_SECURE: Self = Self { number: 7002, enabled: false };
}
