//! Instances by the weight they tell.

use super::{Balance, Choice};

/// Instances in proportion to their weight, which is metadata `weight` unless the client is told
/// another key; 1 where there is none. Weight 0 means never, unless no other is usable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weighted;

impl Balance for Weighted {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let sums = choice.weights();
        let total = sums.last().copied().unwrap_or_default();
        let point = choice.random_below(total);
        let first = sums.partition_point(|sum| *sum <= point);
        if total > 0 && choice.is_usable(first) { Some(first) } else { among_usable(choice) }
    }
}

/// The same among the usable ones alone, for the rare case that the first choice was not.
fn among_usable(choice: &Choice<'_>) -> Option<usize> {
    let weight = |position| choice.endpoint(position).map_or(0, |e| u64::from(e.weight()));
    let total = choice.usable().map(weight).fold(0, u64::saturating_add);
    let mut left = choice.random_below(total);
    let hit = choice.usable().find(|position| {
        let weight = weight(*position);
        let is_hit = left < weight;
        left = left.saturating_sub(weight);
        is_hit
    });
    hit.or_else(|| choice.any_usable())
}
