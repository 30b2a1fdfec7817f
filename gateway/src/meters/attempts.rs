//! Attempts by route, instance and what came of them (MT-7).

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use eureka_client::Endpoint;
use service_kit::metrics::{Counter, Registry};

use super::Spread;

/// Pairs of a route and an instance of which a thread keeps handles; beyond that it begins anew.
const KEPT_MAX: usize = 16_384;

/// Counters of one route at one instance on one thread: few, looked through in turn.
type Outcomes = Vec<(Outcome, Counter)>;

thread_local! {
    static KEPT: RefCell<HashMap<u64, Outcomes, BuildHasherDefault<Spread>>> = RefCell::default();
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An answer with this status.
    Status(u16),
    /// None, for a reason of this name.
    Failed(&'static str),
}

/// Counts an attempt of the route `id`.
pub(super) fn count(registry: &Registry, id: &str, endpoint: &Endpoint, outcome: Outcome) {
    let info = endpoint.info();
    let key = mixed(mixed(mixed(0, id), &info.app), info.id());
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX && !kept.contains_key(&key) {
            kept.clear();
        }
        let outcomes = kept.entry(key).or_default();
        if let Some((_, counter)) = outcomes.iter().find(|(known, _)| *known == outcome) {
            return counter.increment();
        }
        let number;
        let status = match outcome {
            Outcome::Status(status) => {
                number = status.to_string();
                &number
            }
            Outcome::Failed(name) => name,
        };
        let tags =
            [("routeId", id), ("service", &*info.app), ("instance", info.id()), ("status", status)];
        let counter = registry.counter(
            "gateway.instance.requests",
            "Attempts at instances, by the status of the answer or the reason why there is none.",
            &tags,
        );
        counter.increment();
        outcomes.push((outcome, counter));
    });
}

/// A text mixed into a number, eight bytes at a time. Only this process's own configuration and
/// registry decide what it is fed with.
pub(super) fn mixed(start: u64, text: &str) -> u64 {
    let mix =
        |hash: u64, number: u64| (hash.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let hash = chunks
        .iter()
        .fold(start ^ text.len() as u64, |hash, chunk| mix(hash, u64::from_le_bytes(*chunk)));
    let rest = rest.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
    mix(hash, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        let key = |route, app, id| mixed(mixed(mixed(0, route), app), id);
        let all = [
            key("a", "b", "c"),
            key("ab", "", "c"),
            key("a", "b", "c1"),
            key("a", "b", ""),
            key("abcdefgh", "b", "c"),
            key("abcdefghi", "b", "c"),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
