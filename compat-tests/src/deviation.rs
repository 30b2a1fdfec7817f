//! Where our server differs from the reference on purpose, as data with reasons.

use crate::case::Value;
use crate::subject::ReferenceLine;

/// A member that some reference servers send although no client may depend on it.
#[derive(Clone, Copy, Debug)]
struct StrayMember {
    name: &'static str,
    line: ReferenceLine,
    /// Why its absence is right.
    #[expect(dead_code, reason = "read by people")]
    reason: &'static str,
}

const STRAY_MEMBERS: [StrayMember; 1] = [StrayMember {
    name: "registeredApplicationsEmpty",
    line: ReferenceLine::Boot40,
    reason: "eureka-core 2.0.6 serialises a getter of its own by accident, in compact lists only; \
             2.0.5 and the clients of every generation do without",
}];

/// What a comparison with a reference of one generation overlooks.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    line: ReferenceLine,
}

impl Leniency {
    /// Overlooks what this generation does by accident.
    #[must_use]
    pub const fn towards(line: ReferenceLine) -> Self {
        Self { line }
    }

    /// An observation of the reference without the members that it sends by accident.
    #[must_use]
    pub fn forgive(&self, mut observation: Value) -> Value {
        for stray in STRAY_MEMBERS.iter().filter(|stray| stray.line == self.line) {
            forget(&mut observation, stray.name);
        }
        observation
    }
}

/// Takes every JSON member and every XML element `name` out of a normal form.
fn forget(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => {
            members.retain(|(key, _)| key != name);
            members.iter_mut().for_each(|(_, member)| forget(member, name));
        }
        Value::List(elements) => {
            elements.retain(|it| it.get("tag").and_then(Value::as_text) != Some(name));
            elements.iter_mut().for_each(|element| forget(element, name));
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accidents_are_forgiven_to_their_generation_only() {
        let seen = Value::parse(
            r#"{"a": {"registeredApplicationsEmpty": false, "b": 1},
                "children": [{"tag": "registeredApplicationsEmpty"}, {"tag": "c"}]}"#,
        )
        .unwrap();

        assert_eq!(
            Leniency::towards(ReferenceLine::Boot40).forgive(seen.clone()).to_string(),
            r#"{"a": {"b": 1}, "children": [{"tag": "c"}]}"#
        );
        assert_eq!(Leniency::towards(ReferenceLine::Boot35).forgive(seen.clone()), seen);
    }
}
