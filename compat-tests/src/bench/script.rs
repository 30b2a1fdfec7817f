//! What one connection of the load asks, request after request.

use std::sync::Arc;

use anyhow::Result;

/// One request and the status that must answer it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The request as it goes over the wire.
    pub request: &'a [u8],
    /// The only right status; any other fails the run.
    pub status: u16,
    /// Whether [`Script::answered`] wants to see the body.
    pub keep_body: bool,
}

/// A complete answer with the right status.
#[derive(Debug)]
pub struct Answered {
    /// Length of the body without transfer framing, in bytes.
    pub body_bytes: usize,
    /// The body, when it was to be kept.
    pub body: Option<Vec<u8>>,
}

/// The requests of one connection. It asks the next one only when the last one is answered.
pub trait Script: Send {
    /// The next request; `None` when there is no more to do.
    fn next(&mut self) -> Option<Step<'_>>;

    /// Takes the answer to the request that [`Script::next`] gave last.
    ///
    /// # Errors
    ///
    /// When it is not the right answer; this fails the run.
    fn answered(&mut self, answer: Answered) -> Result<()>;
}

/// The scripts of a run, one for each connection.
pub type Scripts = Vec<Box<dyn Script>>;

/// The same requests again and again, beginning anywhere among them.
#[derive(Debug)]
pub struct Cycle {
    requests: Arc<Vec<Vec<u8>>>,
    status: u16,
    position: usize,
    stride: usize,
}

impl Cycle {
    /// Scripts for `connections` connections that share the requests: each takes every
    /// `connections`-th, so that together they ask all of them in turn.
    #[must_use]
    pub fn scripts(requests: Vec<Vec<u8>>, status: u16, connections: usize) -> Scripts {
        let requests = Arc::new(requests);
        let script = |position| {
            let requests = Arc::clone(&requests);
            Box::new(Self { requests, status, position, stride: connections }) as Box<dyn Script>
        };
        (0..connections).map(script).collect()
    }
}

impl Script for Cycle {
    fn next(&mut self) -> Option<Step<'_>> {
        let count = self.requests.len();
        let at = self.position.checked_rem(count)?;
        self.position = at + self.stride;
        let request = self.requests.get(at)?;
        Some(Step { request, status: self.status, keep_body: false })
    }

    fn answered(&mut self, _answer: Answered) -> Result<()> {
        Ok(())
    }
}

/// Each request once.
#[derive(Debug)]
pub struct Once {
    requests: std::vec::IntoIter<Vec<u8>>,
    current: Vec<u8>,
    status: u16,
}

impl Once {
    /// Scripts for `connections` connections that share out the requests.
    #[must_use]
    pub fn scripts(requests: Vec<Vec<u8>>, status: u16, connections: usize) -> Scripts {
        let mut parts: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
        for (turn, request) in requests.into_iter().enumerate() {
            if let Some(part) = parts.get_mut(turn % connections.max(1)) {
                part.push(request);
            }
        }
        let script = |part: Vec<Vec<u8>>| {
            let requests = part.into_iter();
            Box::new(Self { requests, current: Vec::new(), status }) as Box<dyn Script>
        };
        parts.into_iter().map(script).collect()
    }
}

impl Script for Once {
    fn next(&mut self) -> Option<Step<'_>> {
        self.current = self.requests.next()?;
        Some(Step { request: &self.current, status: self.status, keep_body: false })
    }

    fn answered(&mut self, _answer: Answered) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|number| vec![number]).collect()
    }

    /// What the scripts ask when they take turns, until all end or `limit` requests were asked.
    fn asked(mut scripts: Scripts, limit: usize) -> Vec<u8> {
        let mut asked = Vec::new();
        while asked.len() < limit {
            let before = asked.len();
            for script in &mut scripts {
                asked.extend(script.next().map(|step| step.request[0]));
            }
            if asked.len() == before {
                break;
            }
        }
        asked
    }

    #[test]
    fn connections_share_a_cycle() {
        let asked = asked(Cycle::scripts(requests(6), 200, 3), 12);

        assert_eq!(asked, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_cycle_shorter_than_its_connections_goes_on() {
        assert_eq!(asked(Cycle::scripts(requests(2), 200, 3), 6), [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn once_is_once() {
        let mut asked = asked(Once::scripts(requests(7), 204, 3), 100);
        asked.sort_unstable();

        assert_eq!(asked, [0, 1, 2, 3, 4, 5, 6]);
    }
}
