//! How much of its share a new instance gets (BY-15).

use std::time::Duration;

/// Least share, so that it warms up at all.
const SHARE_MIN: f64 = 0.1;

/// From a tenth to 1 over the `window` after the registration. Times are ms since the epoch, of two
/// machines: an instance of the future is new, unless it is further away than anybody's clock.
pub(super) fn share(registered_ms: i64, now_ms: u64, window: Duration) -> f64 {
    let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let age_ms = now_ms.saturating_sub(registered_ms);
    if registered_ms <= 0 || age_ms >= window_ms || age_ms <= window_ms.saturating_neg() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
    let share = age_ms.max(0) as f64 / window_ms as f64;
    share.max(SHARE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_from_a_tenth_to_the_whole() {
        let window = Duration::from_secs(30);
        let at = |now_ms| share(1_000_000, now_ms, window);
        for (now, wanted) in [
            (1_000_000, 0.1),
            (1_015_000, 0.5),
            (1_029_700, 0.99),
            (1_030_000, 1.0),
            (9_000_000, 1.0),
            (999_000, 0.1),
            (900_000, 1.0),
        ] {
            assert!((at(now) - wanted).abs() < 1e-9, "{now}: {}", at(now));
        }
        assert!((share(0, 5, window) - 1.0).abs() < 1e-9, "a time that nobody told");
    }
}
