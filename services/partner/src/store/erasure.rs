//! Blanks what is known of a contact wherever partners are kept as JSON (C-4).

use serde_json::Value;
use uuid::Uuid;

/// Members of a contact that say who it is.
const PERSONAL: [&str; 4] = ["name", "title", "phone", "email"];

/// What was found of a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// It was there.
    pub(super) present: bool,
    /// Something of it was known, and is no more.
    pub(super) blanked: bool,
}

/// Blanks `contact` in a list of contacts.
pub(super) fn blank_in(contacts: &mut Value, contact: Uuid) -> Found {
    let mut found = Found::default();
    let id = contact.to_string();
    for entry in contacts.as_array_mut().into_iter().flatten() {
        let Value::Object(members) = entry else { continue };
        if members.get("id").and_then(Value::as_str) != Some(id.as_str()) {
            continue;
        }
        found.present = true;
        for name in PERSONAL {
            if let Some(value) = members.get_mut(name).filter(|value| !value.is_null()) {
                *value = Value::Null;
                found.blanked = true;
            }
        }
    }
    found
}

/// The same in the changes of an audit row, which have contacts as they were and as they are.
pub(super) fn blank_in_changes(changes: &mut Value, contact: Uuid) -> Found {
    let mut found = Found::default();
    let both = changes.get_mut("contacts").and_then(Value::as_array_mut);
    for contacts in both.into_iter().flatten() {
        let one = blank_in(contacts, contact);
        found.present |= one.present;
        found.blanked |= one.blanked;
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_contact_is_blanked_on_both_sides_and_others_stay() {
        let [one, other] = [1, 2].map(|n| Uuid::from_u128(n).to_string());
        let kim = json!({"id": one, "name": "김", "title": null, "phone": "02", "email": "a@b.kr", "erased": false});
        let lee = json!({"id": other, "name": "이", "phone": "03"});
        let blank = json!({"id": one, "name": null, "title": null, "phone": null, "email": null, "erased": false});
        let mut changes = json!({"name": ["김", "이"], "contacts": [null, [kim, lee]]});
        let done = Found { present: true, blanked: true };
        assert_eq!(blank_in_changes(&mut changes, Uuid::from_u128(1)), done);
        assert_eq!(changes, json!({"name": ["김", "이"], "contacts": [null, [blank, lee]]}));
        let again = Found { present: true, blanked: false };
        assert_eq!(blank_in_changes(&mut changes, Uuid::from_u128(1)), again);
        assert_eq!(blank_in_changes(&mut changes, Uuid::from_u128(3)), Found::default());
        assert_eq!(blank_in_changes(&mut json!({"name": [1, 2]}), Uuid::nil()), Found::default());
    }
}
