//! The last registrations and cancellations, for the page of recent events.

use std::collections::VecDeque;

use crate::limits::{APP_BYTES_MAX, ID_BYTES_MAX, RECENT_EVENTS_MAX, clipped};

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
        // A cancellation of nobody may name anything of any length.
        let (app, id) = (clipped(app, APP_BYTES_MAX), clipped(id, ID_BYTES_MAX));
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

    #[test]
    fn keeps_only_the_beginning_of_what_no_registration_could_be_called() {
        let mut recent = Recent::default();
        recent.push(0, &"ä".repeat(300), &"x".repeat(513));
        recent.push(0, &"A".repeat(512), &"ä".repeat(256));
        let events = recent.newest_first();
        assert_eq!(*events[1].what, *format!("{}({})", "ä".repeat(256), "x".repeat(512)));
        assert_eq!(*events[0].what, *format!("{}({})", "A".repeat(512), "ä".repeat(256)));
        recent.push(0, "A", &format!("{}ä", "x".repeat(511)));
        assert_eq!(*recent.newest_first()[0].what, *format!("A({})", "x".repeat(511)));
    }
}
