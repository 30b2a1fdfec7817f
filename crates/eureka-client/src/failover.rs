//! Which discovery server is asked next: the one that answered last, else the next of the list.
//!
//! Source: `RetryableEurekaHttpClient`, `SessionedEurekaHttpClient`.

use std::time::Duration;

use crate::Server;
use crate::random::{Random, between};

/// Attempts per call (TR-3).
const ATTEMPTS_MAX: usize = 3;

/// Servers, which of them failed lately, and which one is in use. Told the time.
#[derive(Debug)]
pub(crate) struct Failover {
    servers: Vec<Server>,
    quarantine: Vec<Server>,
    in_use: Option<Server>,
    /// Share of the servers in quarantine at which all are let out again.
    refresh_share: f64,
    session: Duration,
    session_ends_ms: Option<u64>,
}

/// The attempts of one call.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    made: usize,
    candidates: Option<std::vec::IntoIter<Server>>,
}

impl Failover {
    /// `servers` in the order they are to be tried, none of them in quarantine.
    pub(crate) const fn new(servers: Vec<Server>, session: Duration, refresh_share: f64) -> Self {
        let quarantine = Vec::new();
        Self { servers, quarantine, in_use: None, refresh_share, session, session_ends_ms: None }
    }

    /// Replaces the servers; the one in use stays if it is still among them.
    pub(crate) fn replace(&mut self, servers: Vec<Server>) {
        self.in_use = self.in_use.take().filter(|server| servers.contains(server));
        self.servers = servers;
    }

    /// Begins a call at `now_ms`. Once in a while, at random between half and one and a half
    /// session lengths, the choice is forgotten, so that clients spread anew and return to their
    /// preferred server (TR-2).
    pub(crate) fn begin(&mut self, now_ms: u64, random: &dyn Random) -> Attempts {
        let is_over = self.session_ends_ms.is_none_or(|end| now_ms >= end);
        if is_over {
            if self.session_ends_ms.is_some() {
                self.in_use = None;
                self.quarantine.clear();
            }
            let half = self.session / 2;
            let length = between(random, half, half.saturating_add(self.session));
            self.session_ends_ms = Some(now_ms.saturating_add(crate::millis(length)));
        }
        Attempts::default()
    }

    /// The server for the next attempt; `None` when no attempt is left.
    pub(crate) fn next(&mut self, attempts: &mut Attempts) -> Option<Server> {
        if attempts.made == ATTEMPTS_MAX {
            return None;
        }
        attempts.made += 1;
        if let Some(server) = &self.in_use {
            return Some(server.clone());
        }
        if attempts.candidates.is_none() {
            // What just failed may be a connection that went stale: it gets its turn, at the end.
            let failed_now = (attempts.made > 1).then(|| self.quarantine.last().cloned()).flatten();
            attempts.candidates = Some(self.candidates(failed_now.as_ref()).into_iter());
        }
        attempts.candidates.as_mut()?.next()
    }

    /// Servers out of quarantine in order, `last` at their end. Once too many are in quarantine it
    /// is given up (TR-3).
    fn candidates(&mut self, last: Option<&Server>) -> Vec<Server> {
        let servers = &self.servers;
        self.quarantine.retain(|server| servers.contains(server));
        // The reference compares with a truncated number of servers: 1 of 2 or 3, 2 of 4.
        let limit = self.servers.len() as f64 * self.refresh_share;
        if (self.quarantine.len() + 1) as f64 > limit {
            self.quarantine.clear();
        }
        let mut candidates: Vec<_> = self
            .servers
            .iter()
            .filter(|server| !self.quarantine.contains(server))
            .cloned()
            .collect();
        // Stable: everything else keeps its order.
        candidates.sort_by_key(|server| Some(server) == last);
        candidates
    }

    /// `server` gave an answer that counts: it is asked first from now on.
    pub(crate) fn succeeded(&mut self, server: &Server) {
        if self.in_use.as_ref() != Some(server) {
            self.in_use = Some(server.clone());
        }
    }

    /// `server` gave none: the next attempt goes elsewhere.
    pub(crate) fn failed(&mut self, server: &Server) {
        if self.in_use.as_ref() == Some(server) {
            self.in_use = None;
        }
        self.quarantine.retain(|other| other != server);
        self.quarantine.push(server.clone());
    }

    /// The server that answered last.
    pub(crate) const fn in_use(&self) -> Option<&Server> {
        self.in_use.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    const SESSION: Duration = Duration::from_secs(1_200);

    fn servers(count: usize) -> Vec<Server> {
        (0..count).map(|i| Server::parse(&format!("http://s{i}/")).unwrap()).collect()
    }

    fn failover(count: usize) -> Failover {
        Failover::new(servers(count), SESSION, 0.66)
    }

    /// One call in which the servers in `down` fail: who was asked, and whether one answered.
    fn call(failover: &mut Failover, down: &[usize]) -> (Vec<usize>, bool) {
        let all = servers(9);
        let mut attempts = failover.begin(0, &SeededRandom::new(1));
        let mut asked = Vec::new();
        while let Some(server) = failover.next(&mut attempts) {
            let number = all.iter().position(|other| *other == server).unwrap();
            asked.push(number);
            if down.contains(&number) {
                failover.failed(&server);
            } else {
                failover.succeeded(&server);
                return (asked, true);
            }
        }
        (asked, false)
    }

    #[test]
    fn the_server_that_answered_is_kept() {
        let mut failover = failover(3);
        assert_eq!(call(&mut failover, &[0]), (vec![0, 1], true));
        assert_eq!(call(&mut failover, &[]), (vec![1], true));
        assert_eq!(call(&mut failover, &[1]), (vec![1, 0], true));
    }

    #[test]
    fn a_single_server_is_asked_once_and_a_kept_one_once_more() {
        let mut failover = failover(1);
        assert_eq!(call(&mut failover, &[0]), (vec![0], false));
        assert_eq!(call(&mut failover, &[]), (vec![0], true));
        assert_eq!(call(&mut failover, &[0]), (vec![0, 0], false));
    }

    #[test]
    fn of_two_servers_the_one_that_just_failed_comes_last() {
        let mut failover = failover(2);
        assert_eq!(call(&mut failover, &[]), (vec![0], true));
        assert_eq!(call(&mut failover, &[0]), (vec![0, 1], true));
        assert_eq!(call(&mut failover, &[0, 1]), (vec![1, 0, 1], false));
    }

    #[test]
    fn three_attempts_are_made_at_most() {
        let mut failover = failover(5);
        assert_eq!(call(&mut failover, &[0, 1, 2, 3, 4]), (vec![0, 1, 2], false));
    }

    #[test]
    fn who_is_in_quarantine_is_left_out_until_too_many_are() {
        // Of four servers two in quarantine are too many.
        let mut failover = failover(4);
        assert_eq!(call(&mut failover, &[0]), (vec![0, 1], true));
        failover.in_use = None;
        assert_eq!(call(&mut failover, &[]), (vec![1], true));
        failover.in_use = None;
        assert_eq!(call(&mut failover, &[1]), (vec![1, 2], true));
        failover.in_use = None;
        assert_eq!(call(&mut failover, &[]), (vec![0], true));
    }

    #[test]
    fn after_a_session_the_choice_is_made_anew() {
        let random = SeededRandom::new(1);
        let mut failover = failover(2);
        assert_eq!(call(&mut failover, &[0]), (vec![0, 1], true));
        let end = failover.session_ends_ms.unwrap();
        assert!((600_000..=1_800_000).contains(&end));

        failover.begin(end - 1, &random);
        assert!(failover.in_use().is_some());
        let mut attempts = failover.begin(end, &random);
        assert_eq!(failover.next(&mut attempts), Some(servers(1).remove(0)));
    }

    #[test]
    fn a_server_that_left_the_list_is_not_kept() {
        let mut failover = failover(2);
        assert_eq!(call(&mut failover, &[]), (vec![0], true));
        failover.replace(servers(2).split_off(1));
        assert_eq!(call(&mut failover, &[]), (vec![1], true));
        failover.replace(Vec::new());
        assert_eq!(call(&mut failover, &[]), (vec![], false));
    }
}
