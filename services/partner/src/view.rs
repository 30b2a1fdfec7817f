//! Partners as they are told; their lists are kept in the same form.

use chrono::{DateTime, Utc};
use erp_values::web::MoneyView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_kit::web::micros;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Address, AddressKind, Contact, Partner, PaymentTerms, Person, Role};

/// An address.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Address)]
pub struct AddressView {
    /// Id.
    pub id: Uuid,
    /// `BILLING` or `SHIPPING`.
    pub kind: String,
    /// Five digits.
    pub postal_code: String,
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// Whether it is meant where none is named.
    pub default: bool,
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        Self {
            id: address.id,
            kind: address.kind.name().to_owned(),
            postal_code: address.postal_code,
            line1: address.line1,
            line2: address.line2,
            default: address.is_default,
        }
    }
}

impl AddressView {
    /// The address; `None` for a kind that this version does not know.
    pub(crate) fn into_address(self) -> Option<Address> {
        Some(Address {
            id: self.id,
            kind: AddressKind::named(&self.kind)?,
            postal_code: self.postal_code,
            line1: self.line1,
            line2: self.line2,
            is_default: self.default,
        })
    }
}

/// A person at a partner. Everything but the id is `null` once that was erased.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Contact)]
pub struct ContactView {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: Option<String>,
    /// Position.
    pub title: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether what was known was erased.
    pub erased: bool,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let erased = contact.person.is_none();
        let (name, title, phone, email) = contact.person.map_or_else(Default::default, |person| {
            (Some(person.name), person.title, person.phone, person.email)
        });
        Self { id: contact.id, name, title, phone, email, erased }
    }
}

impl From<ContactView> for Contact {
    fn from(view: ContactView) -> Self {
        let ContactView { id, name, title, phone, email, erased } = view;
        let name = name.filter(|_| !erased);
        Self { id, person: name.map(|name| Person { name, title, phone, email }) }
    }
}

/// Terms of payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PaymentTerms)]
pub struct TermsView {
    /// `PREPAID` or `NET_DAYS`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Days after the bill, with `NET_DAYS`.
    pub days: Option<i16>,
}

impl From<PaymentTerms> for TermsView {
    fn from(terms: PaymentTerms) -> Self {
        Self { kind: terms.kind().name(), days: terms.days() }
    }
}

/// A partner.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Partner)]
pub struct PartnerView {
    /// Id.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// `CUSTOMER`, `SUPPLIER` or both.
    pub roles: Vec<&'static str>,
    /// Business registration number, as `123-45-67891`.
    pub business_no: Option<String>,
    /// Number of the branch.
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
    /// Addresses.
    pub addresses: Vec<AddressView>,
    /// People.
    pub contacts: Vec<ContactView>,
    /// When it pays.
    pub payment_terms: TermsView,
    /// What it may owe us; `null` is no limit.
    pub credit_limit: Option<MoneyView>,
    /// Currency that it pays in, ISO 4217.
    pub currency: String,
    /// `ACTIVE`, `ON_HOLD`, `INACTIVE` or `DELETED`.
    pub status: &'static str,
    /// Why it is on hold.
    pub hold_reason: Option<String>,
    /// Version, for `If-Match` or the body of a write.
    pub version: i64,
    /// When it was made.
    #[serde(serialize_with = "micros")]
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was written last.
    #[serde(serialize_with = "micros")]
    pub updated_at: DateTime<Utc>,
    /// Who wrote it last.
    pub updated_by: String,
}

impl From<&Partner> for PartnerView {
    fn from(partner: &Partner) -> Self {
        Self::from(partner.clone())
    }
}

impl From<Partner> for PartnerView {
    fn from(partner: Partner) -> Self {
        let draft = partner.draft;
        Self {
            id: partner.id,
            code: partner.code,
            name: draft.name,
            roles: draft.roles.iter().map(Role::name).collect(),
            business_no: draft.business_no.as_ref().map(ToString::to_string),
            sub_business_no: draft.sub_business_no,
            representative: draft.representative,
            business_type: draft.business_type,
            business_item: draft.business_item,
            tax_invoice_email: draft.tax_invoice_email,
            phone: draft.phone,
            addresses: draft.addresses.into_iter().map(AddressView::from).collect(),
            contacts: draft.contacts.into_iter().map(ContactView::from).collect(),
            payment_terms: draft.payment_terms.into(),
            credit_limit: draft.credit_limit.map(MoneyView::from),
            currency: draft.currency.code().to_owned(),
            status: partner.status.name(),
            hold_reason: partner.hold_reason,
            version: partner.version,
            created_at: partner.created.at,
            created_by: partner.created.by,
            updated_at: partner.updated.at,
            updated_by: partner.updated.by,
        }
    }
}

/// A partner as JSON.
#[must_use]
pub fn json(partner: &Partner) -> Value {
    serde_json::to_value(PartnerView::from(partner)).unwrap_or_default()
}
