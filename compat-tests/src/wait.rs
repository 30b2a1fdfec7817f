//! Waiting for something that another process does.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Time between two looks at a condition.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// Blocks the calling thread for `length`.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness has no runtime whose thread could block"
)]
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Looks at `probe` until it gives a value, at most for `patience`.
///
/// # Errors
///
/// When `patience` is over; the message names `what` was waited for. An error of `probe` itself ends
/// the wait at once.
pub fn until_some<T>(
    what: &str,
    patience: Duration,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = probe()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("waited {patience:?} in vain for: {what}");
        }
        pause(LOOK_AGAIN_AFTER);
    }
}

/// Looks at `holds` until it is true, at most for `patience`.
///
/// # Errors
///
/// When `patience` is over; the message names `what` was waited for.
pub fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    until_some(what, patience, || Ok(holds().then_some(())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_looked_at_again_until_it_holds() {
        let mut looks = 0;

        until("three looks", Duration::from_secs(60), || {
            looks += 1;
            looks == 3
        })
        .unwrap();

        assert_eq!(looks, 3);
    }

    #[test]
    fn running_out_of_patience_names_what_was_missing() {
        let error = until("the moon", Duration::ZERO, || false).unwrap_err();

        assert!(error.to_string().contains("the moon"), "{error}");
    }
}
