//! Weight groups: which of several routes is drawn for a request (LC-3, PR-12).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Route;

/// Groups of a table, made anew with every table: a route that is gone has no weight.
#[derive(Debug, Default)]
pub(super) struct Weights {
    groups: Vec<Group>,
    /// Group of each route by position; empty if there are no groups.
    group_of: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Group {
    /// What makes its number differ from that of other groups.
    salt: u64,
    /// Positions of routes with the sum of all weights up to and with theirs.
    sums: Vec<(usize, u64)>,
}

impl Weights {
    pub(super) fn new(routes: &[Arc<Route>]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(usize, u32)>> = BTreeMap::new();
        for (position, route) in routes.iter().enumerate() {
            if let Some((group, weight)) = route.weight() {
                by_name.entry(group).or_default().push((position, weight));
            }
        }
        if by_name.is_empty() {
            return Self::default();
        }
        let mut group_of = vec![None; routes.len()];
        let mut groups = Vec::new();
        for (name, members) in by_name {
            let mut sum = 0_u64;
            let sums = members.into_iter().map(|(position, weight)| {
                if let Some(own) = group_of.get_mut(position) {
                    *own = Some(groups.len());
                }
                sum = sum.saturating_add(u64::from(weight));
                (position, sum)
            });
            let sums = sums.collect();
            groups.push(Group { salt: super::index::hash(name.as_bytes()), sums });
        }
        Self { groups, group_of }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether the route at a position is the drawn one of its group, or in no group.
    pub(super) fn takes(&self, position: usize, random: u64) -> bool {
        let group = self.group_of.get(position).copied().flatten();
        group
            .and_then(|at| self.groups.get(at))
            .is_none_or(|group| group.drawn(random) == Some(position))
    }
}

impl Group {
    /// The drawn route; `None` if all weights are 0.
    fn drawn(&self, random: u64) -> Option<usize> {
        let total = self.sums.last()?.1;
        // The high half of the product is an even draw from 0 up to the total.
        let product = u128::from(mixed(random ^ self.salt)) * u128::from(total);
        let draw = u64::try_from(product >> 64).unwrap_or(u64::MAX);
        let at = self.sums.partition_point(|(_, sum)| *sum <= draw);
        self.sums.get(at).map(|(position, _)| *position)
    }
}

/// Spreads every bit of a number over all others (the finalizer of `SplitMix64`).
const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_weights_pr_12() {
        let group = Group { salt: 7, sums: vec![(3, 8), (5, 8), (9, 10)] };
        let mut counts = BTreeMap::new();
        for random in 0..10_000 {
            *counts.entry(group.drawn(random)).or_insert(0_u32) += 1;
        }
        assert!((7_800..8_200).contains(&counts[&Some(3)]), "{counts:?}");
        assert!((1_800..2_200).contains(&counts[&Some(9)]), "{counts:?}");
        assert_eq!(counts.len(), 2, "a weight of 0 is never drawn");
        assert_eq!(Group { salt: 7, sums: vec![(1, 0)] }.drawn(5), None);
    }
}
