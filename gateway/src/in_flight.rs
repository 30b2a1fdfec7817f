//! Requests under way, where their number has a limit (DS-10).
//!
//! One counts until the last byte of its answer, or the end of its tunnel. Who comes when all places
//! are taken is told so at once: a queue would only make everybody late.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use gateway_routing::{Route, RouteError};
use parking_lot::Mutex;

use crate::config::edge::Edge;
use crate::upstream::Place;

/// Addresses at which those without requests are forgotten.
const PLACES_MAX: usize = 1024;

/// Counts requests under way somewhere.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    /// Room for one request more, if there are less than `max`.
    pub(crate) fn enter(self: &Arc<Self>, max: usize) -> Option<Held> {
        let more = |now: usize| (now < max).then(|| now.saturating_add(1));
        self.0.fetch_update(Relaxed, Relaxed, more).ok()?;
        Some(Held { count: Arc::clone(self), before: None })
    }

    /// Requests under way.
    pub(crate) fn now(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// A request under way; it counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    count: Arc<Count>,
    /// The same request elsewhere.
    before: Option<Box<Self>>,
}

impl Held {
    /// As one with what the request holds already.
    pub(crate) fn and(mut self, before: Option<Box<Self>>) -> Box<Self> {
        self.before = before;
        Box::new(self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.count.0.fetch_sub(1, Relaxed);
    }
}

/// Limits of one route.
#[derive(Debug)]
pub(crate) struct RouteCap {
    /// Requests of the route at a time; 0 is no limit.
    max: usize,
    pub(crate) count: Arc<Count>,
    /// Requests of it at one instance at a time; 0 is no limit.
    pub(crate) instance_max: usize,
    /// Requests that were refused: by the route itself, and for want of an instance with room.
    pub(crate) refused: AtomicU64,
    pub(crate) refused_by_instances: AtomicU64,
}

impl RouteCap {
    /// What `route` or the gateway says; `None` if nothing has a limit.
    ///
    /// # Errors
    /// Metadata that is no number.
    pub(crate) fn of(route: &Route, edge: &Edge) -> Result<Option<Box<Self>>, RouteError> {
        let max = told(route, "gateway.in-flight-max")?.unwrap_or(edge.route_max);
        let own = told(route, "gateway.instance-in-flight-max")?;
        let instance_max = own.unwrap_or(edge.instance_max);
        let cap = Self {
            max,
            count: Arc::default(),
            instance_max,
            refused: AtomicU64::new(0),
            refused_by_instances: AtomicU64::new(0),
        };
        Ok((max > 0 || instance_max > 0).then(|| Box::new(cap)))
    }

    /// Room for one request more.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn enter(&self) -> Result<Option<Held>, Full> {
        if self.max == 0 {
            return Ok(None);
        }
        let held = self.count.enter(self.max);
        if held.is_none() {
            self.refused.fetch_add(1, Relaxed);
        }
        held.map(Some).ok_or(Full)
    }
}

fn told(route: &Route, key: &str) -> Result<Option<usize>, RouteError> {
    let metadata = &route.definition().metadata;
    let Some(text) = metadata.text_at(key) else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| RouteError {
        origin: metadata.get(key).map(|node| node.origin.clone()).unwrap_or_default(),
        route: Some(route.id().to_owned()),
        problem: format!("metadata {key}: {text:?} is not a whole number"),
        ..RouteError::default()
    })
}

/// All places are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Requests under way at addresses, for routes that limit them.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<HashMap<(Box<str>, u16), Arc<Count>>>);

impl Places {
    /// Room for one request more at `place`.
    pub(crate) fn enter(&self, place: Place<'_>, max: usize) -> Option<Held> {
        let count = {
            let mut places = self.0.lock();
            if places.len() >= PLACES_MAX {
                places.retain(|_, count| count.now() > 0 || Arc::strong_count(count) > 1);
            }
            Arc::clone(places.entry((place.host.into(), place.port)).or_default())
        };
        count.enter(max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_when_one_has_ended_ds_10() {
        let count = Arc::<Count>::default();
        let first = count.enter(2).unwrap();
        let second = count.enter(2).unwrap().and(Some(Box::new(first)));
        assert!(count.enter(2).is_none());
        assert_eq!(count.now(), 2);
        drop(second);
        assert_eq!(count.now(), 0);
        assert!(count.enter(0).is_none());
    }

    #[test]
    fn places_are_counted_apart_and_forgotten_when_nobody_is_there() {
        let places = Places::default();
        let at = |port| Place { host: "a", port, is_secure: false };
        let held = places.enter(at(1), 1).unwrap();
        assert!(places.enter(at(1), 1).is_none());
        for port in 2..3000 {
            assert!(places.enter(at(port), 1).is_some());
        }
        assert!(places.0.lock().len() <= PLACES_MAX + 1);
        assert!(places.enter(at(1), 1).is_none());
        drop(held);
        assert!(places.enter(at(1), 1).is_some());
    }
}
