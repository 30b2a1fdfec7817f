//! People at a partner. What is known of them can be erased, for good (C-4).

use erp_values::{Faults, LINE_CHARS_MAX, NAME_CHARS_MAX};
use uuid::Uuid;

use super::email::email;
use super::entry;
use super::partner::PHONE_CHARS_MAX;

/// Contacts of one partner.
pub const CONTACTS_MAX: usize = 50;

/// What is known of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Position.
    pub title: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: Uuid,
    /// Who it is; `None` once that was erased.
    pub person: Option<Person>,
}

/// A contact as it came.
#[derive(Clone, Debug, Default)]
pub struct ContactDraft {
    /// Its id, if the partner has it already.
    pub id: Option<Uuid>,
    /// Name.
    pub name: Option<String>,
    /// Position.
    pub title: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether it was erased; written by the service alone.
    pub erased: Option<bool>,
}

impl Contact {
    /// Reads all contacts of a partner that has had `known`; new ones get their id of `new_id`.
    pub fn read_all(
        faults: &mut Faults,
        drafts: Vec<ContactDraft>,
        known: &[Self],
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Vec<Self> {
        if drafts.len() > CONTACTS_MAX {
            faults.add("contacts", "TOO_MANY", format!("must be at most {CONTACTS_MAX}"));
            return Vec::new();
        }
        let ids: Vec<Uuid> = known.iter().map(|contact| contact.id).collect();
        let mut used = Vec::new();
        let mut all = Vec::new();
        for (at, draft) in drafts.into_iter().enumerate() {
            let at = format!("contacts[{at}]");
            let id = entry::id(faults, &at, draft.id, &ids, &mut used, new_id);
            let was_erased =
                known.iter().any(|contact| contact.id == id && contact.person.is_none());
            if draft.erased.is_some_and(|erased| erased != was_erased) {
                let message = "is written by the service alone";
                faults.add(format!("{at}.erased"), "READ_ONLY", message);
            }
            let person = draft.read(faults, &at, was_erased);
            all.push(Self { id, person });
        }
        all
    }
}

impl ContactDraft {
    /// The person; `None` for one that was erased: an old copy must not bring it back.
    fn read(&self, faults: &mut Faults, at: &str, was_erased: bool) -> Option<Person> {
        let field = |name: &str| format!("{at}.{name}");
        if was_erased {
            let given = [&self.name, &self.title, &self.phone, &self.email];
            if given.into_iter().flatten().any(|text| !text.trim().is_empty()) {
                let message = "was erased; add a new contact without this id";
                faults.add(at, "CONTACT_ERASED", message);
            }
            return None;
        }
        let name = faults.line(&field("name"), self.name.as_deref(), NAME_CHARS_MAX);
        Some(Person {
            name: faults.required(&field("name"), name),
            title: faults.line(&field("title"), self.title.as_deref(), LINE_CHARS_MAX),
            phone: faults.line(&field("phone"), self.phone.as_deref(), PHONE_CHARS_MAX),
            email: email(faults, &field("email"), self.email.as_deref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> ContactDraft {
        ContactDraft { name: Some(name.to_owned()), ..ContactDraft::default() }
    }

    fn read(
        drafts: Vec<ContactDraft>,
        known: &[Contact],
    ) -> Result<Vec<Contact>, Vec<(String, &'static str)>> {
        let mut faults = Faults::default();
        let all = Contact::read_all(&mut faults, drafts, known, &mut || Uuid::from_u128(9));
        let told = |faults: Faults| faults.0.into_iter().map(|one| (one.field, one.code)).collect();
        faults.or(all).map_err(told)
    }

    #[test]
    fn a_contact_has_a_name_and_there_are_at_most_fifty() {
        assert_eq!(read(vec![named("김한빛"); 50], &[]).unwrap().len(), 50);
        let many = Err(vec![("contacts".to_owned(), "TOO_MANY")]);
        assert_eq!(read(vec![named("김한빛"); 51], &[]), many);
        let wrong = ContactDraft { email: Some("nobody".to_owned()), ..named(" ") };
        let told = [
            ("contacts[0].name".to_owned(), "REQUIRED"),
            ("contacts[0].email".to_owned(), "EMAIL"),
        ];
        assert_eq!(read(vec![wrong], &[]).unwrap_err(), told);
    }

    #[test]
    fn what_was_erased_stays_so() {
        let id = Uuid::from_u128(1);
        let erased = Contact { id, person: None };
        let known = [erased.clone()];
        let again = ContactDraft { id: Some(id), erased: Some(true), ..ContactDraft::default() };
        assert_eq!(read(vec![again], &known), Ok(vec![erased]));
        let old_copy = ContactDraft { id: Some(id), erased: Some(false), ..named("김한빛") };
        let told = [
            ("contacts[0].erased".to_owned(), "READ_ONLY"),
            ("contacts[0]".to_owned(), "CONTACT_ERASED"),
        ];
        assert_eq!(read(vec![old_copy], &known).unwrap_err(), told);
        let claimed = ContactDraft { erased: Some(true), ..named("김한빛") };
        assert_eq!(
            read(vec![claimed], &known).unwrap_err(),
            [("contacts[0].erased".to_owned(), "READ_ONLY")]
        );
    }
}
