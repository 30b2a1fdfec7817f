//! Any instance.

use super::{Balance, Choice};

/// Every instance with the same likelihood.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomChoice;

impl Balance for RandomChoice {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let first = choice.random_index(choice.len());
        if choice.is_usable(first) { Some(first) } else { choice.any_usable() }
    }
}
