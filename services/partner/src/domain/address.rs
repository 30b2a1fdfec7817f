//! Addresses of a partner.

use erp_values::{Faults, LINE_CHARS_MAX, closed_list};
use uuid::Uuid;

use super::entry;

/// Addresses of one partner.
pub const ADDRESSES_MAX: usize = 50;
/// Digits of a postal code.
const POSTAL_CODE_CHARS: usize = 5;

closed_list! {
    /// What an address is for.
    AddressKind {
        Billing = 1, "BILLING", "Bills go there.";
        Shipping = 2, "SHIPPING", "Goods go there.";
    }
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub kind: AddressKind,
    /// Five digits.
    pub postal_code: String,
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// Whether it is meant where none is named; at most one of each kind is.
    pub is_default: bool,
}

/// An address as it came.
#[derive(Clone, Debug, Default)]
pub struct AddressDraft {
    /// Its id, if the partner has it already.
    pub id: Option<Uuid>,
    /// What it is for.
    pub kind: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// Whether it is meant where none is named.
    pub is_default: bool,
}

impl Address {
    /// Reads all addresses of a partner that has had `known`; new ones get their id of `new_id`.
    pub fn read_all(
        faults: &mut Faults,
        drafts: Vec<AddressDraft>,
        known: &[Self],
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Vec<Self> {
        if drafts.len() > ADDRESSES_MAX {
            faults.add("addresses", "TOO_MANY", format!("must be at most {ADDRESSES_MAX}"));
            return Vec::new();
        }
        let known: Vec<Uuid> = known.iter().map(|address| address.id).collect();
        let mut all: Vec<Self> = Vec::new();
        let mut used = Vec::new();
        for (at, draft) in drafts.into_iter().enumerate() {
            let at = format!("addresses[{at}]");
            let id = entry::id(faults, &at, draft.id, &known, &mut used, new_id);
            let Some(address) = draft.read(faults, &at, id) else { continue };
            let another = |other: &Self| other.is_default && other.kind == address.kind;
            if address.is_default && all.iter().any(another) {
                let message = "another address of this kind is the default already";
                faults.add(format!("{at}.default"), "DEFAULT_TWICE", message);
            }
            all.push(address);
        }
        all
    }
}

impl AddressDraft {
    fn read(self, faults: &mut Faults, at: &str, id: Uuid) -> Option<Address> {
        let field = |name: &str| format!("{at}.{name}");
        if self.kind.is_none() {
            faults.add(field("kind"), "REQUIRED", "must be given");
        }
        let kind = faults.named(&field("kind"), self.kind.as_deref(), AddressKind::named);
        let postal_code = self.postal_code.as_deref().map(str::trim).unwrap_or_default();
        let is_code = postal_code.chars().count() == POSTAL_CODE_CHARS
            && postal_code.chars().all(|c| c.is_ascii_digit());
        if !is_code {
            faults.add(field("postalCode"), "POSTAL_CODE", "must be five digits");
        }
        let line1 = faults.line(&field("line1"), self.line1.as_deref(), LINE_CHARS_MAX);
        let line1 = faults.required(&field("line1"), line1);
        let line2 = faults.line(&field("line2"), self.line2.as_deref(), LINE_CHARS_MAX);
        let postal_code = postal_code.to_owned();
        Some(Address { id, kind: kind?, postal_code, line1, line2, is_default: self.is_default })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(kind: &str, is_default: bool) -> AddressDraft {
        AddressDraft {
            id: None,
            kind: Some(kind.to_owned()),
            postal_code: Some("06236".to_owned()),
            line1: Some("서울 강남구 테헤란로 1".to_owned()),
            line2: None,
            is_default,
        }
    }

    fn read(drafts: Vec<AddressDraft>) -> Result<Vec<Address>, Vec<(String, &'static str)>> {
        let (mut faults, mut last) = (Faults::default(), 0);
        let mut new_id = || {
            last += 1;
            Uuid::from_u128(last)
        };
        let all = Address::read_all(&mut faults, drafts, &[], &mut new_id);
        let told = |faults: Faults| faults.0.into_iter().map(|one| (one.field, one.code)).collect();
        faults.or(all).map_err(told)
    }

    #[test]
    fn one_default_of_each_kind_is_enough() {
        let (bills, goods) = (draft("BILLING", true), draft("SHIPPING", true));
        let all = read(vec![bills.clone(), goods, draft("BILLING", false)]).unwrap();
        assert_eq!(all.iter().map(|one| one.id.as_u128()).collect::<Vec<_>>(), [1, 2, 3]);
        let twice = Err(vec![("addresses[1].default".to_owned(), "DEFAULT_TWICE")]);
        assert_eq!(read(vec![bills.clone(), bills]), twice);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let wrong = AddressDraft { postal_code: Some("0623".to_owned()), ..draft("OFFICE", false) };
        let empty = AddressDraft::default();
        assert_eq!(
            read(vec![wrong, empty]).unwrap_err(),
            [
                ("addresses[0].kind".to_owned(), "INVALID_VALUE"),
                ("addresses[0].postalCode".to_owned(), "POSTAL_CODE"),
                ("addresses[1].kind".to_owned(), "REQUIRED"),
                ("addresses[1].postalCode".to_owned(), "POSTAL_CODE"),
                ("addresses[1].line1".to_owned(), "REQUIRED"),
            ]
        );
    }

    #[test]
    fn fifty_are_allowed_and_one_more_is_not() {
        assert_eq!(read(vec![draft("SHIPPING", false); 50]).unwrap().len(), 50);
        let many = Err(vec![("addresses".to_owned(), "TOO_MANY")]);
        assert_eq!(read(vec![draft("SHIPPING", false); 51]), many);
    }
}
