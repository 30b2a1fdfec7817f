//! The choice among instances.

use std::collections::HashSet;
use std::time::Duration;

use eureka_client::{Balance, Choice, Endpoint};
use gateway_routing::Version;
use smallvec::SmallVec;

use super::Asked;
use super::settings::{Algorithm, Balancing};
use super::version::{METADATA, Wanted};

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
    /// Ids of the instances that are well, where that is asked (LB-9).
    pub(super) alive: Option<&'a HashSet<Box<str>>>,
    /// On a steady clock; zero where nobody measures.
    pub(super) now: Duration,
}

impl Balance for Chooser<'_> {
    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let is_plain = self.rule.is_plain()
            && self.asked.hint.is_none()
            && self.asked.sticky.is_none()
            && self.asked.hash.is_none()
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
            (true, Some(second)) if self.is_better(choice, second, first) => Some(second),
            (true, _) => Some(first),
            (false, Some(second)) if self.rule.algorithm.compares() => Some(second),
            (false, _) => choice.any_usable(),
        }
    }

    fn of_some(&self, choice: &Choice<'_>, left: &[usize]) -> Option<usize> {
        if self.rule.algorithm == Algorithm::Weighted {
            return weighted(choice, left);
        }
        if let Some(hash) = self.asked.hash {
            return ranked(choice, left, hash);
        }
        let first = self.first(choice, left.len())?;
        let second = self.second(choice, first, left.len()).and_then(|at| left.get(at)).copied();
        let first = left.get(first).copied()?;
        match second {
            Some(second) if self.is_better(choice, second, first) => Some(second),
            _ => Some(first),
        }
    }

    /// The one whose turn it is. Where all are idle they take turns, whatever the algorithm.
    fn first(&self, choice: &Choice<'_>, count: usize) -> Option<usize> {
        match self.rule.algorithm {
            Algorithm::Random | Algorithm::Ewma => {
                Some(choice.random_index(count)).filter(|_| count > 0)
            }
            // Of requests that say nothing to tell them apart, too.
            Algorithm::LeastRequest
            | Algorithm::RoundRobin
            | Algorithm::Weighted
            | Algorithm::Hash => self.turn.checked_rem(count),
        }
    }

    /// Any other, to compare with.
    fn second(&self, choice: &Choice<'_>, first: usize, count: usize) -> Option<usize> {
        if !self.rule.algorithm.compares() || count < 2 {
            return None;
        }
        let step = choice.random_index(count - 1) + 1;
        (first + step).checked_rem(count)
    }

    /// Whether `one` is expected to be done sooner than `other`.
    fn is_better(&self, choice: &Choice<'_>, one: usize, other: usize) -> bool {
        if self.rule.algorithm != Algorithm::Ewma {
            return busy(choice, one) < busy(choice, other);
        }
        let cost = |position: usize| {
            let load = choice.endpoint(position).map(|endpoint| endpoint.load());
            load.map_or(f64::MAX, |load| load.latency().cost(load.outstanding(), self.now))
        };
        cost(one) < cost(other)
    }

    /// Leaves those of a version, or none.
    fn narrow_to_version(&self, choice: &Choice<'_>, left: &mut Positions) {
        let Some(rule) = &self.rule.version else { return };
        let own = |position: usize| {
            let endpoint = choice.endpoint(position)?;
            endpoint.info().metadata.get(METADATA).and_then(Version::parse)
        };
        let has = |position: usize| match self.asked.version {
            Wanted::Version(wanted) => own(position) == Some(wanted),
            Wanted::Anything => true,
            Wanted::Untold | Wanted::Missing | Wanted::Garbage => false,
        };
        if rule.falls_back {
            keep(left, has);
        } else {
            left.retain(|position| has(*position));
        }
    }

    /// Leaves those that the request and the rule want, where there are such.
    fn narrow(&self, choice: &Choice<'_>, left: &mut Positions) {
        let endpoint = |position: usize| choice.endpoint(position);
        self.narrow_to_version(choice, left);
        if let Some(alive) = self.alive {
            keep(left, |position| {
                endpoint(position).is_some_and(|one| alive.contains(one.info().id()))
            });
        }
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

/// The one that ranks highest for a key: who is gone leaves its keys to all others alike, and
/// nobody else's key moves (rendezvous hashing).
fn ranked(choice: &Choice<'_>, left: &[usize], key: u64) -> Option<usize> {
    let rank = |position: &usize| {
        let hashed = choice.endpoint(*position).map(|endpoint| hash(key, endpoint.info().id()));
        hashed.map(mixed)
    };
    left.iter().copied().max_by_key(rank)
}

/// All bits of a hash depend on all others (the last step of `SplitMix64`).
const fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The key of what requests are told apart by.
pub(super) fn key(text: &str) -> u64 {
    mixed(hash(0, text))
}

/// FNV-1a: the same for the same gateway and instance, in every process.
fn hash(number: u64, id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325 ^ number, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
