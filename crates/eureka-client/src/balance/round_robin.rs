//! One instance after the other.

use super::{Balance, Choice};

/// One instance after the other, counted by name.
///
/// The turn of an instance that is not usable goes to any other, not to its neighbour, which
/// would otherwise do the work of two.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundRobin;

impl Balance for RoundRobin {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let next = choice.turn().checked_rem(choice.len())?;
        if choice.is_usable(next) { Some(next) } else { choice.any_usable() }
    }
}
