//! The requests: three status changes, then a delta fetch, on and on.

use std::sync::Arc;

use anyhow::Result;

use super::witness::Witness;
use crate::bench::estate::{self, Estate, Instance};
use crate::bench::script::{Answered, Script, Scripts, Step};
use crate::script::Random;

/// Status changes before each delta fetch.
pub const CHANGES: usize = 3;

/// The script of one connection. It has instances of its own, so it knows the state of each.
#[derive(Debug)]
pub struct Changes {
    instances: Vec<Changing>,
    delta: Vec<u8>,
    random: Random,
    witness: Arc<Witness>,
    /// Indices of the instances changed since the last delta.
    changed: Vec<usize>,
    /// Whether the delta that was asked for will be looked into.
    looks: bool,
}

/// An instance that goes in and out of service.
#[derive(Debug)]
struct Changing {
    id: String,
    is_up: bool,
    up: Vec<u8>,
    out: Vec<u8>,
}

impl Changes {
    /// Scripts for `connections` connections that share out the instances of the estate.
    #[must_use]
    pub fn scripts(estate: &Estate, connections: usize, witness: &Arc<Witness>) -> Scripts {
        let script = |connection: usize| {
            let own = estate.instances.iter().skip(connection).step_by(connections);
            let random = Random::new(u64::try_from(connection).unwrap_or_default());
            Box::new(Self {
                instances: own.map(Changing::new).collect(),
                delta: estate::fetch("apps/delta", true),
                random,
                witness: Arc::clone(witness),
                changed: Vec::with_capacity(CHANGES),
                looks: false,
            }) as Box<dyn Script>
        };
        (0..connections).map(script).collect()
    }

    /// An instance that was not changed since the last delta.
    fn pick(&mut self) -> usize {
        loop {
            let index = self.random.below(self.instances.len());
            if !self.changed.contains(&index) || self.instances.len() <= CHANGES {
                return index;
            }
        }
    }
}

impl Changing {
    fn new(instance: &Instance) -> Self {
        let (up, out) = (instance.status_change("UP"), instance.status_change("OUT_OF_SERVICE"));
        Self { id: instance.id.clone(), is_up: true, up, out }
    }

    const fn status(&self) -> &'static str {
        if self.is_up { "UP" } else { "OUT_OF_SERVICE" }
    }
}

impl Script for Changes {
    fn next(&mut self) -> Option<Step<'_>> {
        if self.changed.len() == CHANGES {
            self.looks = self.witness.is_due();
            return Some(Step { request: &self.delta, status: 200, keep_body: self.looks });
        }
        let index = self.pick();
        self.changed.push(index);
        let instance = self.instances.get_mut(index)?;
        instance.is_up = !instance.is_up;
        let request = if instance.is_up { &instance.up } else { &instance.out };
        Some(Step { request, status: 200, keep_body: false })
    }

    fn answered(&mut self, answer: Answered) -> Result<()> {
        // A delta is asked for when all changes are made, and so are three answers out of four.
        let Some(body) = answer.body else {
            if answer.body_bytes > 0 {
                self.changed.clear();
            }
            return Ok(());
        };
        let changed = self.changed.drain(..).filter_map(|index| self.instances.get(index));
        let expected: Vec<_> = changed.map(|it| (it.id.as_str(), it.status())).collect();
        self.witness.look(&body, &expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answered {
        Answered { body_bytes: 0, body: None }
    }

    #[test]
    fn every_change_changes_something() {
        let estate = Estate::new(20);
        let mut scripts = Changes::scripts(&estate, 2, &Arc::new(Witness::new(true)));
        let mut out = std::collections::HashSet::new();

        for turn in 0..400 {
            let text = String::from_utf8_lossy(scripts[0].next().unwrap().request).into_owned();
            let is_delta = text.contains("/apps/delta ");
            assert_eq!(is_delta, turn % 4 == 3, "{text}");
            if let Some((id, status)) = text.split_once("/status?value=") {
                let changes = if status.starts_with("UP") {
                    out.remove(id)
                } else {
                    out.insert(id.to_owned())
                };
                assert!(changes, "{text}");
            }
            let body_bytes = usize::from(is_delta);
            scripts[0].answered(Answered { body_bytes, ..answer() }).unwrap();
        }
    }

    #[test]
    fn connections_do_not_share_instances() {
        let estate = Estate::new(20);
        let mut scripts = Changes::scripts(&estate, 2, &Arc::new(Witness::new(true)));
        let mut asked = |index: usize| {
            let mut texts = std::collections::HashSet::new();
            for turn in 0..80 {
                let text =
                    String::from_utf8_lossy(scripts[index].next().unwrap().request).into_owned();
                texts.extend(text.split_once("/status?").map(|(id, _)| id.to_owned()));
                scripts[index].answered(Answered { body_bytes: turn % 4 / 3, ..answer() }).unwrap();
            }
            texts
        };

        let (first, second) = (asked(0), asked(1));

        assert_eq!((first.len(), second.len()), (10, 10));
        assert!(first.is_disjoint(&second));
    }
}
