//! The discovery servers of all zones, and in which order they are asked (ZN-1 to ZN-3).

use std::collections::BTreeMap;

use crate::Server;
use crate::random::{Random, shuffle};

/// Zone of servers that belong to none in particular, and of those without a list of their own.
pub const DEFAULT_ZONE: &str = "defaultZone";

/// Discovery servers by zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zones {
    names: Vec<String>,
    servers: BTreeMap<String, Vec<Server>>,
}

impl Zones {
    /// The zones of the region, own first; with none there is only [`DEFAULT_ZONE`].
    #[must_use]
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), servers: BTreeMap::new() }
    }

    /// Adds a server to `zone`.
    pub fn add(&mut self, zone: &str, server: Server) {
        self.servers.entry(zone.to_owned()).or_default().push(server);
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let none = self.names.is_empty().then_some(DEFAULT_ZONE);
        self.names.iter().map(String::as_str).chain(none)
    }

    /// Own zone, if it was named.
    pub(crate) fn named_own(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// Own zone: the first of the named ones.
    fn own(&self) -> &str {
        self.named_own().unwrap_or(DEFAULT_ZONE)
    }

    /// Servers in the order they are to be tried: those of the own zone in random order, then the
    /// others in random order; the other way round where the same zone is not preferred. A zone
    /// without servers of its own has those of [`DEFAULT_ZONE`]. None comes twice.
    #[must_use]
    pub fn order(&self, prefer_same_zone: bool, random: &dyn Random) -> Vec<Server> {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for zone in self.names() {
            let servers = self.servers.get(zone).or_else(|| self.servers.get(DEFAULT_ZONE));
            let part = if zone.eq_ignore_ascii_case(self.own()) { &mut own } else { &mut others };
            part.extend(servers.into_iter().flatten());
        }
        shuffle(random, &mut own);
        shuffle(random, &mut others);
        let (first, second) = if prefer_same_zone { (own, others) } else { (others, own) };
        let mut order: Vec<Server> = Vec::with_capacity(first.len() + second.len());
        for server in first.into_iter().chain(second) {
            if !order.contains(server) {
                order.push(server.clone());
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    fn zones() -> Zones {
        let mut zones = Zones::new(["a", "b"]);
        for (zone, host) in
            [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), (DEFAULT_ZONE, "d1")]
        {
            zones.add(zone, Server::parse(&format!("http://{host}/")).unwrap());
        }
        zones
    }

    fn hosts(order: &[Server]) -> Vec<String> {
        order.iter().map(|server| server.url().host_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_own_zone_comes_first_and_zones_that_are_not_named_never() {
        let mut seen = Vec::new();
        for seed in 0..20 {
            let order = hosts(&zones().order(true, &SeededRandom::new(seed)));
            assert_eq!(order.last().map(String::as_str), Some("b1"));
            assert_eq!(order.len(), 3);
            seen.push(order);
        }
        assert!(seen.iter().any(|order| order[0] == "a1"));
        assert!(seen.iter().any(|order| order[0] == "a2"));
    }

    #[test]
    fn without_preference_the_others_come_first() {
        let order = hosts(&zones().order(false, &SeededRandom::new(1)));
        assert_eq!(order[0], "b1");
        assert_eq!(order.len(), 3);
    }

    #[test]
    fn a_zone_without_servers_has_the_default_ones_and_none_comes_twice() {
        let mut zones = zones();
        zones.names = vec!["x".to_owned(), "y".to_owned()];
        assert_eq!(hosts(&zones.order(true, &SeededRandom::new(1))), ["d1"]);
        zones.names.clear();
        assert_eq!(hosts(&zones.order(true, &SeededRandom::new(1))), ["d1"]);
    }
}
