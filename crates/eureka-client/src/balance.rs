//! Which instance a call goes to.
//!
//! A balancer is a pure choice among the instances of a name; clock and chance are handed to it.
//! Instances that are left out for failing, or that this call has tried, are not chosen.

mod random;
mod round_robin;
mod two_choices;
mod weighted;
mod zoned;

use std::fmt::{self, Debug};
use std::sync::Arc;

pub use random::RandomChoice;
pub use round_robin::RoundRobin;
pub use two_choices::TwoChoices;
pub use weighted::Weighted;
pub use zoned::Zoned;

use crate::random::index;
use crate::snapshot::{Group, Members};
use crate::{Clock, Endpoint, Random};

/// A way to choose.
pub trait Balance: Debug + Send + Sync {
    /// Position of the instance chosen; `None` only if none is usable.
    fn choose(&self, choice: &Choice<'_>) -> Option<usize>;
}

/// What there is to choose from.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    members: &'a Members,
    /// Drawn once, so that a second look of the same choice does not skip anybody.
    turn: usize,
    /// Only the first so many.
    length: usize,
    tried: &'a [Arc<Endpoint>],
    heeds_ejection: bool,
    clock: &'a dyn Clock,
    random: &'a dyn Random,
}

impl<'a> Choice<'a> {
    /// A choice among all of `members`, which belong to `group`, but those in `tried`. Counts as
    /// one turn of the group.
    #[must_use]
    pub fn new(
        group: &'a Group,
        members: &'a Members,
        tried: &'a [Arc<Endpoint>],
        clock: &'a dyn Clock,
        random: &'a dyn Random,
    ) -> Self {
        let length = members.len();
        Self { members, turn: group.turn(), length, tried, heeds_ejection: true, clock, random }
    }

    /// The same without regard to instances that are left out for failing.
    #[must_use]
    pub const fn with_ejected(self) -> Self {
        Self { heeds_ejection: false, ..self }
    }

    /// The same among the instances of the own zone.
    #[must_use]
    pub fn local(self) -> Self {
        Self { length: self.members.local().min(self.length), ..self }
    }

    /// Number of instances, usable or not.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The instance at `position`.
    #[must_use]
    pub fn endpoint(&self, position: usize) -> Option<&'a Arc<Endpoint>> {
        self.members.endpoints().get(..self.length)?.get(position)
    }

    /// Whether the instance at `position` may be chosen.
    #[must_use]
    pub fn is_usable(&self, position: usize) -> bool {
        self.endpoint(position).is_some_and(|endpoint| self.may_use(endpoint))
    }

    fn may_use(&self, endpoint: &Arc<Endpoint>) -> bool {
        let is_out = self.heeds_ejection && endpoint.load().is_ejected(self.clock);
        !is_out && !self.tried.iter().any(|tried| Arc::ptr_eq(tried, endpoint))
    }

    /// Positions of the usable instances.
    pub fn usable(&self) -> impl Iterator<Item = usize> {
        (0..self.length).filter(|position| self.is_usable(*position))
    }

    /// Any usable instance, all equally likely.
    #[must_use]
    pub fn any_usable(&self) -> Option<usize> {
        self.usable().nth(self.random_index(self.usable().count()))
    }

    /// Sums of weights: of the first instance, of the first two, and so on.
    #[must_use]
    pub fn weights(&self) -> &'a [u64] {
        self.members.weights().get(..self.length).unwrap_or_default()
    }

    /// A random number below `length`; 0 where that is 0.
    #[must_use]
    pub fn random_index(&self, length: usize) -> usize {
        index(self.random, length)
    }

    /// A random number below `limit`; 0 where that is 0.
    #[must_use]
    pub fn random_below(&self, limit: u64) -> u64 {
        crate::random::below(self.random, limit)
    }

    /// How many choices were made for this name before.
    #[must_use]
    pub const fn turn(&self) -> usize {
        self.turn
    }

    /// Lets `balance` choose. Where every instance is left out for failing, the choice is among
    /// all of them: a try that may fail is better than a call that must.
    #[must_use]
    pub fn made_by(&self, balance: &dyn Balance) -> Option<&'a Arc<Endpoint>> {
        let chosen = balance.choose(self).or_else(|| balance.choose(&self.with_ejected()))?;
        self.endpoint(chosen)
    }
}

impl Debug for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").field("len", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
