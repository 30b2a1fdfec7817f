//! Differences between two values, each with the path to it.

use super::value::Value;

/// Characters of a value that a difference shows.
const SHOWN: usize = 200;

/// Every difference between `wanted` and `got` as `path: what`, the outermost first.
#[must_use]
pub fn differences(wanted: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(wanted, got, "", &mut found);
    found
}

fn collect(wanted: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(want), Value::Object(have)) => {
            if is_reordered(want, have) {
                let names: Vec<_> = have.iter().map(|(name, _)| name.as_str()).collect();
                found.push(format!("{path}: fields in another order: {}", names.join(", ")));
            }
            for (name, value) in want {
                let inner = format!("{path}.{name}");
                match got.get(name) {
                    Some(other) => collect(value, other, &inner, found),
                    None => found.push(format!("{inner}: missing, wanted {}", shown(value))),
                }
            }
            for (name, value) in have.iter().filter(|(name, _)| wanted.get(name).is_none()) {
                found.push(format!("{path}.{name}: not wanted, got {}", shown(value)));
            }
        }
        (Value::List(want), Value::List(have)) if want.len() == have.len() => {
            for (index, (value, other)) in want.iter().zip(have).enumerate() {
                // An index says little about an element; its tag says what it is.
                let tag = value.get("tag").and_then(Value::as_text);
                let tag = tag.map(|tag| format!("<{tag}>")).unwrap_or_default();
                collect(value, other, &format!("{path}[{index}]{tag}"), found);
            }
        }
        (Value::List(want), Value::List(have)) => {
            let (wants, has) = (want.len(), have.len());
            found.push(format!("{path}: {wants} wanted, {has} got: {}", shown(got)));
        }
        _ if wanted == got => {}
        _ => found.push(format!("{path}: wanted {}, got {}", shown(wanted), shown(got))),
    }
}

/// Whether both have the same names in different order.
fn is_reordered(want: &[(String, Value)], have: &[(String, Value)]) -> bool {
    let names = |members: &[(String, Value)]| -> Vec<String> {
        members.iter().map(|(name, _)| name.clone()).collect()
    };
    let (mut one, mut other) = (names(want), names(have));
    if one == other {
        return false;
    }
    one.sort();
    other.sort();
    one == other
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
