//! A partner.

use erp_values::{Currency, Faults, LINE_CHARS_MAX, Money, NAME_CHARS_MAX, Stamp};
use uuid::Uuid;

use super::address::{Address, AddressDraft};
use super::business_no::BusinessNo;
use super::contact::{Contact, ContactDraft};
use super::email::email;
use super::roles::Roles;
use super::status::Status;
use super::terms::PaymentTerms;

/// Characters of a partner's code.
pub const CODE_CHARS_MAX: usize = 40;
/// Characters of a telephone number.
pub const PHONE_CHARS_MAX: usize = 40;
/// Digits of a branch's number.
const SUB_NO_CHARS: usize = 4;

/// What is written of a partner, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Name.
    pub name: String,
    /// What it is to us.
    pub roles: Roles,
    /// Business registration number.
    pub business_no: Option<BusinessNo>,
    /// Number of the branch: four digits.
    pub sub_business_no: Option<String>,
    /// Who speaks for it.
    pub representative: Option<String>,
    /// Kind of business, as registered.
    pub business_type: Option<String>,
    /// Line of business, as registered.
    pub business_item: Option<String>,
    /// Where tax invoices go.
    pub tax_invoice_email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Addresses, at most 50.
    pub addresses: Vec<Address>,
    /// People, at most 50.
    pub contacts: Vec<Contact>,
    /// When it pays.
    pub payment_terms: PaymentTerms,
    /// What it may owe us, in its currency; `None` is no limit.
    pub credit_limit: Option<Money>,
    /// Currency that it pays in.
    pub currency: Currency,
}

/// A partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// What is written of it.
    pub draft: Draft,
    /// Where it stands.
    pub status: Status,
    /// Why it is on hold; `None` if it is not.
    pub hold_reason: Option<String>,
    /// Version, from 1, one more with each write.
    pub version: i64,
    /// Who wrote it first, and when.
    pub created: Stamp,
    /// Who wrote it last, and when.
    pub updated: Stamp,
}

impl Partner {
    /// What its name is found by.
    #[must_use]
    pub fn name_key(&self) -> String {
        erp_values::search_key(&self.draft.name)
    }

    /// What it is found by: name, code and business number, folded. Nothing of the people there, so
    /// that erasing them leaves nothing here.
    #[must_use]
    pub fn search(&self) -> String {
        let number = self.draft.business_no.as_ref().map_or("", BusinessNo::as_str);
        erp_values::search_key(&[self.draft.name.as_str(), &self.code, number].join(" "))
    }

    /// The same without what is known of a contact; `None` if it has no such contact, or one that
    /// was erased before.
    #[must_use]
    pub fn without_person(&self, contact: Uuid) -> Option<Self> {
        let mut after = self.clone();
        let mut contacts = after.draft.contacts.iter_mut();
        contacts.find(|one| one.id == contact)?.person.take()?;
        Some(after)
    }
}

/// What is written of a partner, as it came.
#[derive(Clone, Debug, Default)]
pub struct Unchecked {
    /// Name.
    pub name: Option<String>,
    /// Roles.
    pub roles: Option<Vec<String>>,
    /// Business registration number.
    pub business_no: Option<String>,
    /// Number of the branch.
    pub sub_business_no: Option<String>,
    /// Who speaks for it.
    pub representative: Option<String>,
    /// Kind of business.
    pub business_type: Option<String>,
    /// Line of business.
    pub business_item: Option<String>,
    /// Where tax invoices go.
    pub tax_invoice_email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Addresses.
    pub addresses: Vec<AddressDraft>,
    /// People.
    pub contacts: Vec<ContactDraft>,
    /// Type of its terms of payment and their days.
    pub payment_terms: Option<(Option<String>, Option<i16>)>,
    /// What it may owe us.
    pub credit_limit: Option<Money>,
    /// Currency.
    pub currency: Option<Currency>,
}

impl Unchecked {
    /// Checks everything. `before` is the partner that it is written of, if there is one: entries of
    /// its lists keep their ids; new ones get theirs of `new_id`.
    ///
    /// # Errors
    /// All mistakes, those in `faults` first.
    pub fn check(
        self,
        mut faults: Faults,
        before: Option<&Partner>,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Result<Draft, Faults> {
        let known = before.map(|before| &before.draft);
        let addresses = known.map_or(&[][..], |known| &known.addresses);
        let contacts = known.map_or(&[][..], |known| &known.contacts);
        let terms = match &self.payment_terms {
            None => Some(PaymentTerms::default()),
            Some((kind, days)) => PaymentTerms::read(&mut faults, kind.as_deref(), *days),
        };
        let currency = self.currency.unwrap_or(Currency::KRW);
        self.check_references(&mut faults, currency);
        let mut line = |field, text: Option<&str>, chars_max| faults.line(field, text, chars_max);
        let name = line("name", self.name.as_deref(), NAME_CHARS_MAX);
        let representative = line("representative", self.representative.as_deref(), NAME_CHARS_MAX);
        let business_type = line("businessType", self.business_type.as_deref(), LINE_CHARS_MAX);
        let business_item = line("businessItem", self.business_item.as_deref(), LINE_CHARS_MAX);
        let phone = line("phone", self.phone.as_deref(), PHONE_CHARS_MAX);
        let name = faults.required("name", name);
        let roles = Roles::read(&mut faults, self.roles.as_deref());
        let business_no = business_no(&mut faults, self.business_no.as_deref());
        let sub_business_no = sub_no(&mut faults, self.sub_business_no.as_deref());
        let email = email(&mut faults, "taxInvoiceEmail", self.tax_invoice_email.as_deref());
        let addresses = Address::read_all(&mut faults, self.addresses, addresses, new_id);
        let contacts = Contact::read_all(&mut faults, self.contacts, contacts, new_id);
        // Where one of these is missing, there is a fault that says so.
        let (Some(roles), Some(payment_terms)) = (roles, terms) else { return Err(faults) };
        faults.or(Draft {
            name,
            roles,
            business_no,
            sub_business_no,
            representative,
            business_type,
            business_item,
            tax_invoice_email: email,
            phone,
            addresses,
            contacts,
            payment_terms,
            credit_limit: self.credit_limit,
            currency,
        })
    }

    /// Checks what fields say about each other.
    fn check_references(&self, faults: &mut Faults, currency: Currency) {
        let has = |text: &Option<String>| given(text.as_deref()).is_some();
        if has(&self.sub_business_no) && !has(&self.business_no) {
            let message = "is a branch of a business number: give that too";
            faults.add("subBusinessNo", "NOT_ALLOWED", message);
        }
        let Some(limit) = self.credit_limit else { return };
        if limit.amount_minor() < 0 {
            faults.add("creditLimit.amount", "OUT_OF_RANGE", "must not be negative");
        }
        if limit.currency() != currency {
            let message = "must be the currency of the partner";
            faults.add("creditLimit.currency", "CURRENCY_MISMATCH", message);
        }
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn business_no(faults: &mut Faults, text: Option<&str>) -> Option<BusinessNo> {
    let number = BusinessNo::parse(given(text)?);
    if number.is_none() {
        let message = "must be ten digits with the right check digit";
        faults.add("businessNo", "BUSINESS_NO", message);
    }
    number
}

fn sub_no(faults: &mut Faults, text: Option<&str>) -> Option<String> {
    let text = given(text)?;
    if text.len() == SUB_NO_CHARS && text.chars().all(|c| c.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    faults.add("subBusinessNo", "SUB_BUSINESS_NO", "must be four digits");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unchecked() -> Unchecked {
        Unchecked {
            name: Some("(주)한빛기공".to_owned()),
            roles: Some(vec!["CUSTOMER".to_owned()]),
            business_no: Some("123-45-67891".to_owned()),
            ..Unchecked::default()
        }
    }

    fn check(unchecked: Unchecked) -> Result<Draft, Vec<(String, &'static str)>> {
        let told = |faults: Faults| faults.0.into_iter().map(|one| (one.field, one.code)).collect();
        unchecked.check(Faults::default(), None, &mut Uuid::nil).map_err(told)
    }

    fn won(amount: i64) -> Option<Money> {
        Money::new(amount, Currency::KRW).ok()
    }

    #[test]
    fn what_is_not_said_is_prepaid_won_without_limit() {
        let draft = check(unchecked()).unwrap();
        assert_eq!((draft.payment_terms, draft.currency), (PaymentTerms::Prepaid, Currency::KRW));
        assert_eq!(draft.credit_limit, None);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let wrong = Unchecked {
            name: None,
            roles: None,
            business_no: Some("1234567890".to_owned()),
            sub_business_no: Some("12".to_owned()),
            tax_invoice_email: Some("nobody".to_owned()),
            phone: Some("0".repeat(41)),
            payment_terms: Some((None, None)),
            credit_limit: won(-1),
            currency: Currency::parse("USD"),
            ..Unchecked::default()
        };
        let mut told = check(wrong).unwrap_err();
        told.sort();
        let expected = [
            ("businessNo", "BUSINESS_NO"),
            ("creditLimit.amount", "OUT_OF_RANGE"),
            ("creditLimit.currency", "CURRENCY_MISMATCH"),
            ("name", "REQUIRED"),
            ("paymentTerms.type", "REQUIRED"),
            ("phone", "TOO_LONG"),
            ("roles", "REQUIRED"),
            ("subBusinessNo", "SUB_BUSINESS_NO"),
            ("taxInvoiceEmail", "EMAIL"),
        ];
        assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn a_branch_belongs_to_a_business() {
        let branch = Some("0001".to_owned());
        let alone = Unchecked { business_no: None, sub_business_no: branch.clone(), ..unchecked() };
        let told = Err(vec![("subBusinessNo".to_owned(), "NOT_ALLOWED")]);
        assert_eq!(check(alone), told);
        let both = Unchecked { sub_business_no: branch.clone(), ..unchecked() };
        assert_eq!(check(both).unwrap().sub_business_no, branch);
    }

    #[test]
    fn nothing_of_people_is_searched() {
        let contact =
            ContactDraft { name: Some("김영희".to_owned()), ..ContactDraft::default() };
        let draft = check(Unchecked { contacts: vec![contact], ..unchecked() }).unwrap();
        let stamp = Stamp { at: chrono::DateTime::UNIX_EPOCH, by: "kim".to_owned() };
        let partner = Partner {
            id: Uuid::nil(),
            code: "C000001".to_owned(),
            draft,
            status: Status::Active,
            hold_reason: None,
            version: 1,
            created: stamp.clone(),
            updated: stamp,
        };
        assert_eq!(partner.search(), "(주)한빛기공 c000001 1234567891");
        let erased = partner.without_person(Uuid::nil()).unwrap();
        assert_eq!(erased.draft.contacts, [Contact { id: Uuid::nil(), person: None }]);
        assert_eq!(erased.without_person(Uuid::nil()), None);
        assert_eq!(partner.without_person(Uuid::from_u128(1)), None);
    }
}
