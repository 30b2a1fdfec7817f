//! The choice among instances.

use eureka_client::{Balance, Choice, Endpoint};
use smallvec::SmallVec;

use super::Asked;
use super::settings::{Algorithm, Balancing};

/// Positions of instances.
type Positions = SmallVec<[usize; 16]>;

/// Chooses an instance for one request.
#[derive(Debug)]
pub(super) struct Chooser<'a> {
    pub(super) rule: &'a Balancing,
    pub(super) asked: &'a Asked,
    /// Number of the request.
    pub(super) turn: usize,
    /// Id of the instance chosen last, where it is preferred.
    pub(super) last: Option<&'a str>,
}

impl Balance for Chooser<'_> {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let is_plain = self.rule.is_plain()
            && self.asked.hint.is_none()
            && self.asked.sticky.is_none()
            && self.rule.algorithm != Algorithm::Weighted;
        if is_plain {
            return self.of_all(choice);
        }
        let mut left: Positions = choice.usable().collect();
        self.narrow(choice, &mut left);
        self.of_some(choice, &left)
    }
}

impl Chooser<'_> {
    /// Of instances of which most are usable: looks at two.
    fn of_all(&self, choice: &Choice<'_>) -> Option<usize> {
        let first = self.first(choice, choice.len())?;
        let second = self.second(choice, first, choice.len());
        match (choice.is_usable(first), second.filter(|second| choice.is_usable(*second))) {
            (true, Some(second)) if busy(choice, second) < busy(choice, first) => Some(second),
            (true, _) => Some(first),
            (false, Some(second)) if self.rule.algorithm == Algorithm::LeastRequest => Some(second),
            (false, _) => choice.any_usable(),
        }
    }

    fn of_some(&self, choice: &Choice<'_>, left: &[usize]) -> Option<usize> {
        if self.rule.algorithm == Algorithm::Weighted {
            return weighted(choice, left);
        }
        let first = self.first(choice, left.len())?;
        let second = self.second(choice, first, left.len()).and_then(|at| left.get(at)).copied();
        let first = left.get(first).copied()?;
        match second {
            Some(second) if busy(choice, second) < busy(choice, first) => Some(second),
            _ => Some(first),
        }
    }

    /// The one whose turn it is. Where all are idle they take turns, whatever the algorithm.
    fn first(&self, choice: &Choice<'_>, count: usize) -> Option<usize> {
        match self.rule.algorithm {
            Algorithm::Random => Some(choice.random_index(count)).filter(|_| count > 0),
            Algorithm::LeastRequest | Algorithm::RoundRobin | Algorithm::Weighted => {
                self.turn.checked_rem(count)
            }
        }
    }

    /// Any other, to compare with.
    fn second(&self, choice: &Choice<'_>, first: usize, count: usize) -> Option<usize> {
        if self.rule.algorithm != Algorithm::LeastRequest || count < 2 {
            return None;
        }
        let step = choice.random_index(count - 1) + 1;
        (first + step).checked_rem(count)
    }

    /// Leaves those that the request and the rule want, where there are such.
    fn narrow(&self, choice: &Choice<'_>, left: &mut Positions) {
        let endpoint = |position: usize| choice.endpoint(position);
        if let Some((size, number)) = self.rule.subset
            && left.len() > size
        {
            let rank = |position: &usize| {
                endpoint(*position).map(|endpoint| hash(number, endpoint.info().id()))
            };
            left.sort_by_key(rank);
            left.truncate(size);
        }
        if self.rule.prefers_zone {
            let local = choice.local().len();
            let is_near = |position: usize| match &self.rule.zone {
                None => position < local,
                Some(zone) => endpoint(position)
                    .and_then(|endpoint| endpoint.zone())
                    .is_some_and(|own| own.eq_ignore_ascii_case(zone)),
            };
            keep(left, is_near);
        }
        if let Some(hint) = &self.asked.hint {
            let has_hint =
                |endpoint: &Endpoint| endpoint.info().metadata.get("hint") == Some(hint.as_str());
            keep(left, |position| endpoint(position).is_some_and(|one| has_hint(one)));
        }
        for id in [self.asked.sticky.as_deref(), self.last].into_iter().flatten() {
            keep(left, |position| endpoint(position).is_some_and(|one| one.info().id() == id));
        }
    }
}

fn keep(left: &mut Positions, is_wanted: impl Fn(usize) -> bool) {
    if left.iter().any(|position| is_wanted(*position)) {
        left.retain(|position| is_wanted(*position));
    }
}

fn busy(choice: &Choice<'_>, position: usize) -> u32 {
    choice.endpoint(position).map_or(u32::MAX, |endpoint| endpoint.load().outstanding())
}

/// A weight that is none is one (LB-12).
fn weighted(choice: &Choice<'_>, left: &[usize]) -> Option<usize> {
    let weight = |position: usize| {
        choice.endpoint(position).map_or(1, |endpoint| u64::from(endpoint.weight().max(1)))
    };
    let total = left.iter().map(|position| weight(*position)).fold(0, u64::saturating_add);
    let mut point = choice.random_below(total);
    let hit = left.iter().find(|position| {
        let weight = weight(**position);
        let is_hit = point < weight;
        point = point.saturating_sub(weight);
        is_hit
    });
    hit.or_else(|| left.first()).copied()
}

/// FNV-1a: the same for the same gateway and instance, in every process.
fn hash(number: u64, id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325 ^ number, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
