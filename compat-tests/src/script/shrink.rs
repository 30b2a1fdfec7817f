//! Making a failing script small enough to read.

use anyhow::Result;

use super::{Mismatch, Pair, Script};
use crate::case::Value;

/// Runs that shrinking one script may cost.
const RUNS_MAX: usize = 400;

/// The smallest script found that the two servers still answer differently, and how.
///
/// Steps are taken out first, many at once, then members of the bodies that are left. Gives `None` if
/// the script itself is answered alike this time.
///
/// # Errors
///
/// When a registry cannot be emptied between runs.
pub fn shrink(pair: &mut Pair, script: &Script) -> Result<Option<(Script, Vec<Mismatch>)>> {
    let mut shrinking = Shrinking { pair, runs_left: RUNS_MAX };
    let Some(mut mismatches) = shrinking.failure_of(script)? else {
        return Ok(None);
    };
    let mut smallest = script.clone();
    shrinking.fewer_steps(&mut smallest, &mut mismatches)?;
    shrinking.smaller_bodies(&mut smallest, &mut mismatches)?;
    Ok(Some((smallest, mismatches)))
}

struct Shrinking<'a> {
    pair: &'a mut Pair,
    runs_left: usize,
}

impl Shrinking<'_> {
    fn failure_of(&mut self, script: &Script) -> Result<Option<Vec<Mismatch>>> {
        if self.runs_left == 0 {
            return Ok(None);
        }
        self.runs_left -= 1;
        Ok(Some(self.pair.run(script)?).filter(|mismatches| !mismatches.is_empty()))
    }

    /// Takes `attempt` in place of the smallest script if it fails too.
    fn accept(
        &mut self,
        attempt: Script,
        smallest: &mut Script,
        mismatches: &mut Vec<Mismatch>,
    ) -> Result<bool> {
        let Some(found) = self.failure_of(&attempt)? else {
            return Ok(false);
        };
        *smallest = attempt;
        *mismatches = found;
        Ok(true)
    }

    fn fewer_steps(&mut self, smallest: &mut Script, found: &mut Vec<Mismatch>) -> Result<()> {
        // Nothing after the first difference can have caused it.
        if let Some(first) = found.first() {
            let mut attempt = smallest.clone();
            attempt.steps.truncate(first.step + 1);
            self.accept(attempt, smallest, found)?;
        }
        let mut chunk = smallest.steps.len().div_ceil(2);
        while chunk > 0 {
            let mut start = 0;
            while start < smallest.steps.len() {
                let mut attempt = smallest.clone();
                let end = (start + chunk).min(attempt.steps.len());
                attempt.steps.drain(start..end);
                if !self.accept(attempt, smallest, found)? {
                    start += chunk;
                }
            }
            chunk /= 2;
        }
        Ok(())
    }

    fn smaller_bodies(&mut self, smallest: &mut Script, found: &mut Vec<Mismatch>) -> Result<()> {
        for index in 0..smallest.steps.len() {
            let mut target = 0;
            loop {
                let mut attempt = smallest.clone();
                let Some(step) = attempt.steps.get_mut(index) else {
                    break;
                };
                let mut countdown = target;
                if !remove_nth_member(&mut step.body, &mut countdown) {
                    break;
                }
                if !self.accept(attempt, smallest, found)? {
                    target += 1;
                }
            }
        }
        Ok(())
    }
}

/// Takes out the member or element that comes after `countdown` others, outer ones first. False if
/// there are not that many.
fn remove_nth_member(value: &mut Value, countdown: &mut usize) -> bool {
    match value {
        Value::Object(members) => {
            if *countdown < members.len() {
                members.remove(*countdown);
                return true;
            }
            *countdown -= members.len();
            members.iter_mut().any(|(_, member)| remove_nth_member(member, countdown))
        }
        Value::List(elements) => {
            if *countdown < elements.len() {
                elements.remove(*countdown);
                return true;
            }
            *countdown -= elements.len();
            elements.iter_mut().any(|element| remove_nth_member(element, countdown))
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_removed_one_by_one_outer_ones_first() {
        let whole = Value::parse(r#"{"a": {"b": 1, "c": [2]}, "d": 3}"#).unwrap();
        let without = |nth: usize| {
            let mut value = whole.clone();
            remove_nth_member(&mut value, &mut nth.clone()).then(|| value.to_string())
        };

        assert_eq!(without(0).as_deref(), Some(r#"{"d": 3}"#));
        assert_eq!(without(1).as_deref(), Some(r#"{"a": {"b": 1, "c": [2]}}"#));
        assert_eq!(without(2).as_deref(), Some(r#"{"a": {"c": [2]}, "d": 3}"#));
        assert_eq!(without(4).as_deref(), Some(r#"{"a": {"b": 1, "c": []}, "d": 3}"#));
        assert_eq!(without(5), None);
    }
}
