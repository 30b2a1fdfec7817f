//! Numbers that do not repeat, for ids. Nobody may take them for secrets.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

thread_local! {
    static STATE: Cell<u64> = Cell::new(RandomState::new().build_hasher().finish());
}

/// The next number of this thread: `SplitMix64` from a random beginning.
#[must_use]
pub fn next() -> u64 {
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Twice as many bits.
#[must_use]
pub fn wide() -> u128 {
    (u128::from(next()) << 64) | u128::from(next())
}

/// A number from 0 up to 1.
#[must_use]
pub fn fraction() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let part = (next() >> 11) as f64;
    part / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_number_comes_twice_on_any_thread() {
        let draw = || (0..1_000).map(|_| next()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let all = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        assert_eq!(all.collect::<HashSet<_>>().len(), 4_000);
        assert!((0..1_000).map(|_| fraction()).all(|part| (0.0..1.0).contains(&part)));
        assert_ne!(wide(), wide());
    }
}
