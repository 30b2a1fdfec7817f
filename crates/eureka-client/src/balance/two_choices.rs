//! The less busy of two.

use super::{Balance, Choice};

/// Of two instances chosen at random the one with fewer calls of this process under way.
///
/// Slow instances get less without anyone measuring time, and no caller herds to the idlest.
#[derive(Clone, Copy, Debug, Default)]
pub struct TwoChoices;

impl Balance for TwoChoices {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let first = choice.random_index(choice.len());
        // Any but the first: count on from it, around the end.
        let step = choice.random_index(choice.len().saturating_sub(1)).saturating_add(1);
        let second = first.saturating_add(step).checked_rem(choice.len())?;
        let busy = |position: usize| {
            let endpoint = choice.endpoint(position).filter(|_| choice.is_usable(position))?;
            Some(endpoint.load().outstanding())
        };
        match (busy(first), busy(second)) {
            (Some(one), Some(other)) if other < one => Some(second),
            (Some(_), _) => Some(first),
            (None, Some(_)) => Some(second),
            (None, None) => choice.any_usable(),
        }
    }
}
