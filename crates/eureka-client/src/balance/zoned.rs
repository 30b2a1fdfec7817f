//! The own zone first.

use super::{Balance, Choice};

/// Chooses among the instances of the own zone; among all where none of those is usable, or the
/// client has no zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zoned<B>(pub B);

impl<B: Balance> Balance for Zoned<B> {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let local = choice.local();
        let near = if local.is_empty() { None } else { self.0.choose(&local) };
        near.or_else(|| self.0.choose(choice))
    }
}
