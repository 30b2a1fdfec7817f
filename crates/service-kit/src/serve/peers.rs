//! Connections of each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::connection::Counted;

/// Counts connections by the address that they come from, if there is a limit (DS-7).
#[derive(Debug)]
pub(super) struct Peers {
    each_max: usize,
    /// Bounded by the connections that are open: who has none is forgotten now and then.
    open: HashMap<IpAddr, Arc<AtomicUsize>>,
    /// Addresses at which those without connections are forgotten.
    full: usize,
}

impl Peers {
    /// 0 is no limit, and nothing is counted.
    pub(super) fn new(each_max: usize) -> Self {
        Self { each_max, open: HashMap::new(), full: 1024 }
    }

    /// Counts a connection; an error if its address has too many.
    pub(super) fn count(&mut self, ip: IpAddr) -> Result<Option<Counted>, TooMany> {
        if self.each_max == 0 {
            return Ok(None);
        }
        if self.open.len() >= self.full {
            self.open.retain(|_, count| count.load(Relaxed) > 0);
            self.full = 2 * self.open.len().max(512);
        }
        let count = self.open.entry(ip).or_default();
        if count.load(Relaxed) >= self.each_max {
            return Err(TooMany);
        }
        count.fetch_add(1, Relaxed);
        Ok(Some(Counted::new(Arc::clone(count))))
    }
}

/// The address has as many connections as one may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_address_has_so_many_at_a_time_and_is_forgotten_without() {
        let mut peers = Peers::new(2);
        let one = IpAddr::from(Ipv4Addr::LOCALHOST);
        let kept = (peers.count(one).unwrap(), peers.count(one).unwrap());
        assert_eq!(peers.count(one).unwrap_err(), TooMany);
        drop(kept.0);
        assert!(peers.count(one).unwrap().is_some());
        for n in 0..2000_u32 {
            assert!(peers.count(Ipv4Addr::from(n).into()).is_ok());
        }
        assert!(peers.open.len() <= 1025, "{}", peers.open.len());
        assert!(peers.open.contains_key(&one));
        assert!(Peers::new(0).count(one).unwrap().is_none());
    }
}
