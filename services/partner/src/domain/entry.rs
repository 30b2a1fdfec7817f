//! Entries of a partner's lists keep their id from one version to the next.

use erp_values::Faults;
use uuid::Uuid;

/// The id of an entry that came with `given`: one that the partner has and that no entry before it
/// used, or a new one. `used` are those of the entries before it.
pub(super) fn id(
    faults: &mut Faults,
    at: &str,
    given: Option<Uuid>,
    known: &[Uuid],
    used: &mut Vec<Uuid>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Uuid {
    let Some(id) = given else { return new_id() };
    if !known.contains(&id) {
        let message = "the partner has none with this id; leave it out for a new one";
        faults.add(format!("{at}.id"), "UNKNOWN_ID", message);
    } else if used.contains(&id) {
        faults.add(format!("{at}.id"), "DUPLICATE_ID", "is given more than once");
    }
    used.push(id);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_partners_own_and_used_once() {
        let [own, foreign] = [1, 2].map(Uuid::from_u128);
        let (mut faults, mut used) = (Faults::default(), Vec::new());
        let mut read =
            |given| id(&mut faults, "x[0]", given, &[own], &mut used, &mut || Uuid::from_u128(9));
        assert_eq!(read(None), Uuid::from_u128(9));
        assert_eq!([read(Some(own)), read(Some(own)), read(Some(foreign))], [own, own, foreign]);
        let codes: Vec<_> = faults.0.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["DUPLICATE_ID", "UNKNOWN_ID"]);
    }
}
