//! Which routes may take a request, found by host and path without asking each (RO-1 to RO-4).
//!
//! The index may name a route that does not match in the end, never leave one out: the route's own
//! conditions decide.

mod tree;

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::host::{HostPattern, Reach};
use crate::predicate::Predicate;
use crate::{Request, Route};
use tree::Tree;

/// Trees of paths by what the routes say about the host.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Routes that may take any host.
    any: Tree,
    exact: HashMap<Box<str>, Tree, Fast>,
    /// By the labels at the end of a host.
    suffix: HashMap<Box<str>, Tree, Fast>,
}

impl Index {
    pub(super) fn new(routes: &[Arc<Route>]) -> Self {
        let mut index = Self::default();
        for (position, route) in routes.iter().enumerate() {
            // A position beyond 4 billion cannot be: routes take more bytes than that.
            let Ok(position) = u32::try_from(position) else { break };
            let reaches = reaches(route);
            if reaches.is_empty() || reaches.contains(&Reach::All) {
                index.any.insert(route, position);
                continue;
            }
            for reach in reaches {
                let tree = match reach {
                    Reach::Exact(host) => index.exact.entry(host.into_boxed_str()).or_default(),
                    Reach::Suffix(end) => index.suffix.entry(end.into_boxed_str()).or_default(),
                    Reach::All => &mut index.any,
                };
                tree.insert(route, position);
            }
        }
        index
    }

    /// All routes that may take the request.
    pub(super) fn collect<'t>(&'t self, request: &Request<'_>, into: &mut Candidates<'t>) {
        self.any.collect(request.path, into);
        if self.exact.is_empty() && self.suffix.is_empty() {
            return;
        }
        let host = lower(request.host);
        // A pattern without port may be meant for hosts with one (`include-port=false`).
        let plain = host.rsplit_once(':').map(|(name, _)| name);
        for host in [Some(&*host), plain].into_iter().flatten() {
            if let Some(tree) = self.exact.get(host) {
                tree.collect(request.path, into);
            }
            if self.suffix.is_empty() {
                continue;
            }
            let mut end = host;
            loop {
                if let Some(tree) = self.suffix.get(end) {
                    tree.collect(request.path, into);
                }
                match end.split_once('.') {
                    Some((_, rest)) => end = rest,
                    None => break,
                }
            }
        }
    }
}

/// What the first Host predicate of a route reaches; nothing without one.
fn reaches(route: &Route) -> Vec<Reach> {
    let hosts = route.predicates().iter().find_map(|predicate| {
        if let Predicate::Host { patterns, .. } = predicate { Some(patterns) } else { None }
    });
    hosts.map(|patterns| patterns.iter().map(HostPattern::reach).collect()).unwrap_or_default()
}

fn lower(host: &str) -> Cow<'_, str> {
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// Positions of routes that may match, each part in ascending order.
#[derive(Debug, Default)]
pub(super) struct Candidates<'t> {
    parts: SmallVec<[&'t [u32]; 8]>,
}

impl<'t> Candidates<'t> {
    pub(super) fn push(&mut self, part: &'t [u32]) {
        if !part.is_empty() {
            self.parts.push(part);
        }
    }

    /// The least position not given yet.
    pub(super) fn next(&mut self) -> Option<usize> {
        let least = self.parts.iter().filter_map(|part| part.first()).min().copied()?;
        for part in &mut self.parts {
            if let Some((first, rest)) = part.split_first()
                && *first == least
            {
                *part = rest;
            }
        }
        usize::try_from(least).ok()
    }
}

/// A hasher for keys that come from configuration: nobody can choose them to collide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fnv(u64);

pub(super) type Fast = BuildHasherDefault<Fnv>;

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // The maps take their high bits from what varies least.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// A number for a text.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(bytes);
    hasher.finish()
}
