//! The last registrations and cancellations, for the page of recent events.

use std::collections::VecDeque;

use crate::limits::RECENT_EVENTS_MAX;

/// One event: when, and `APP(id)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentEvent {
    /// Wall clock, ms since the epoch.
    pub wall_ms: i64,
    /// Application and id as `APP(id)`.
    pub what: Box<str>,
}

/// The latest events, oldest first; beyond the limit the oldest is dropped.
#[derive(Debug, Default)]
pub(crate) struct Recent(VecDeque<RecentEvent>);

impl Recent {
    pub(crate) fn push(&mut self, wall_ms: i64, app: &str, id: &str) {
        if self.0.len() == RECENT_EVENTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(RecentEvent { wall_ms, what: format!("{app}({id})").into() });
    }

    /// Newest first.
    pub(crate) fn newest_first(&self) -> Vec<RecentEvent> {
        self.0.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest() {
        let mut recent = Recent::default();
        for n in 0..=RECENT_EVENTS_MAX {
            recent.push(0, "A", &n.to_string());
        }
        let events = recent.newest_first();
        assert_eq!(events.len(), RECENT_EVENTS_MAX);
        assert_eq!(&*events[0].what, "A(1000)");
        assert_eq!(&*events[999].what, "A(1)");
    }
}
