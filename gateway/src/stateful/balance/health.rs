//! Which instances answered their health check, and when the next ones are due
//! (`configurations: health-check`, LB-9). Told the time; asking is done elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

/// How instances are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HealthRule {
    pub(crate) interval: Duration,
    pub(crate) initial_delay: Duration,
    pub(crate) path: String,
    /// Where instances answer; `None`: where they take requests.
    pub(crate) port: Option<u16>,
    /// Whether one answer is not enough.
    pub(crate) repeats: bool,
}

/// The checks of one service.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    state: Mutex<HashMap<Box<str>, Check>>,
    alive: ArcSwap<HashSet<Box<str>>>,
}

#[derive(Debug)]
struct Check {
    /// `None`: one is under way, or none will be.
    due: Option<Duration>,
    is_alive: bool,
}

impl Checks {
    /// Ids of the instances to ask now, which are then counted as under way. `ids` are all there
    /// are: what is known of others is forgotten. `room` is how many are asked at most.
    pub(crate) fn begin<'i>(
        &self,
        rule: &HealthRule,
        ids: impl Iterator<Item = &'i str>,
        now: Duration,
        room: usize,
    ) -> Vec<Box<str>> {
        let mut state = self.state.lock();
        let mut before = std::mem::take(&mut *state);
        let mut asked = Vec::new();
        for id in ids {
            let first = now.saturating_add(rule.initial_delay);
            let (id, mut check) = before
                .remove_entry(id)
                .unwrap_or_else(|| (id.into(), Check { due: Some(first), is_alive: false }));
            if asked.len() < room && check.due.is_some_and(|due| due <= now) {
                check.due = None;
                asked.push(id.clone());
            }
            state.insert(id, check);
        }
        if !before.is_empty() {
            self.publish(&state);
        }
        asked
    }

    /// Notes what came of a check; true if that is news. `spread`, from 0 to 1, keeps the checks of
    /// many instances apart.
    pub(crate) fn end(
        &self,
        rule: &HealthRule,
        id: &str,
        is_alive: bool,
        now: Duration,
        spread: f64,
    ) -> bool {
        let mut state = self.state.lock();
        let Some(check) = state.get_mut(id) else { return false };
        // A tenth sooner or later.
        let next = rule.interval.mul_f64(0.9 + 0.2 * spread.clamp(0.0, 1.0));
        check.due = Some(now.saturating_add(next)).filter(|_| rule.repeats || !is_alive);
        let is_news = check.is_alive != is_alive;
        check.is_alive = is_alive;
        if is_news {
            self.publish(&state);
        }
        is_news
    }

    /// Those that answered well last.
    pub(crate) fn alive(&self) -> Arc<HashSet<Box<str>>> {
        self.alive.load_full()
    }

    fn publish(&self, state: &HashMap<Box<str>, Check>) {
        let alive = state.iter().filter(|(_, check)| check.is_alive).map(|(id, _)| id.clone());
        self.alive.store(Arc::new(alive.collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn rule() -> HealthRule {
        HealthRule {
            interval: S * 10,
            initial_delay: S,
            path: "/".to_owned(),
            port: None,
            repeats: true,
        }
    }

    fn begin(checks: &Checks, rule: &HealthRule, ids: &[&str], now: Duration) -> Vec<Box<str>> {
        checks.begin(rule, ids.iter().copied(), now, 9)
    }

    #[test]
    fn each_is_asked_after_the_delay_and_then_at_every_interval() {
        let (checks, rule) = (Checks::default(), rule());
        assert!(begin(&checks, &rule, &["a", "b"], S * 0).is_empty());
        assert_eq!(begin(&checks, &rule, &["a", "b"], S).len(), 2);
        assert!(begin(&checks, &rule, &["a", "b"], S * 2).is_empty(), "under way");
        assert!(
            checks.end(&rule, "a", true, S * 2, 0.5) && !checks.end(&rule, "b", false, S * 2, 0.5)
        );
        assert_eq!(checks.alive().iter().map(|id| &**id).collect::<Vec<_>>(), ["a"]);
        assert!(begin(&checks, &rule, &["a", "b"], S * 11).is_empty());
        assert_eq!(begin(&checks, &rule, &["a"], S * 12), ["a".into()]);
        assert!(checks.end(&rule, "a", false, S * 13, 0.0), "it fell ill");
        assert!(checks.alive().is_empty());
        assert_eq!(begin(&checks, &rule, &["a"], S * 22), ["a".into()], "a tenth sooner");
    }

    #[test]
    fn who_is_gone_is_forgotten_and_one_answer_may_be_enough() {
        let (checks, rule) = (Checks::default(), HealthRule { repeats: false, ..rule() });
        begin(&checks, &rule, &["a", "b"], S * 0);
        begin(&checks, &rule, &["a", "b"], S);
        checks.end(&rule, "a", true, S, 0.5);
        checks.end(&rule, "b", false, S, 0.5);
        assert_eq!(begin(&checks, &rule, &["a", "b"], S * 99), ["b".into()], "until it answers");
        begin(&checks, &rule, &["b"], S * 99);
        assert!(checks.alive().is_empty());
        assert!(!checks.end(&rule, "a", true, S * 99, 0.5), "an answer that comes too late");
    }
}
