//! Partners as clients write them.

use erp_values::web::{MoneyInput, currency};
use erp_values::{Faults, LINE_CHARS_MAX};
use serde::Deserialize;
use serde_json::Value;
use service_kit::web::{FieldError, Problem};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{
    AddressDraft, CODE_CHARS_MAX, ContactDraft, Draft, Partner, Status, Unchecked,
};

/// An address. One that the partner has already is named by its id.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AddressInput {
    /// Its id, if the partner has it already.
    id: Option<Uuid>,
    /// `BILLING` or `SHIPPING`.
    #[schema(value_type = String)]
    kind: Option<String>,
    /// Five digits.
    #[schema(value_type = String, min_length = 5, max_length = 5)]
    postal_code: Option<String>,
    /// First line.
    #[schema(value_type = String, max_length = 200)]
    line1: Option<String>,
    /// Second line.
    #[schema(max_length = 200)]
    line2: Option<String>,
    /// Whether it is meant where none is named; at most one of each kind.
    default: Option<bool>,
}

impl From<AddressInput> for AddressDraft {
    fn from(input: AddressInput) -> Self {
        let AddressInput { id, kind, postal_code, line1, line2, default } = input;
        Self { id, kind, postal_code, line1, line2, is_default: default.unwrap_or_default() }
    }
}

/// A person at the partner. One that the partner has already is named by its id.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ContactInput {
    /// Its id, if the partner has it already.
    id: Option<Uuid>,
    /// Name.
    #[schema(value_type = String, max_length = 200)]
    name: Option<String>,
    /// Position.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Telephone number.
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Mail address.
    #[schema(max_length = 254)]
    email: Option<String>,
    #[schema(ignore)]
    erased: Option<bool>,
}

impl From<ContactInput> for ContactDraft {
    fn from(input: ContactInput) -> Self {
        let ContactInput { id, name, title, phone, email, erased } = input;
        Self { id, name, title, phone, email, erased }
    }
}

/// Terms of payment.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsInput {
    /// `PREPAID` or `NET_DAYS`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Option<String>,
    /// Days after the bill, with `NET_DAYS` only.
    #[schema(minimum = 0, maximum = 180)]
    days: Option<i16>,
}

/// A partner. `null` is the same as absent. Members that only the service writes may be sent back
/// as they were read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PartnerInput {
    /// Code; the next of a series if it is not given.
    #[schema(max_length = 40)]
    code: Option<String>,
    /// Name.
    #[schema(value_type = String, max_length = 200)]
    name: Option<String>,
    /// `CUSTOMER`, `SUPPLIER` or both, at least one.
    #[schema(value_type = Vec<String>, min_items = 1)]
    roles: Option<Vec<String>>,
    /// Business registration number: ten digits, with or without hyphens.
    business_no: Option<String>,
    /// Number of the branch: four digits.
    #[schema(min_length = 4, max_length = 4)]
    sub_business_no: Option<String>,
    /// Who speaks for it.
    #[schema(max_length = 200)]
    representative: Option<String>,
    /// Kind of business, as registered.
    #[schema(max_length = 200)]
    business_type: Option<String>,
    /// Line of business, as registered.
    #[schema(max_length = 200)]
    business_item: Option<String>,
    /// Where tax invoices go.
    #[schema(max_length = 254)]
    tax_invoice_email: Option<String>,
    /// Telephone number.
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Addresses, at most 50.
    #[schema(max_items = 50)]
    addresses: Option<Vec<AddressInput>>,
    /// People, at most 50.
    #[schema(max_items = 50)]
    contacts: Option<Vec<ContactInput>>,
    /// When it pays; `PREPAID` if not given.
    payment_terms: Option<TermsInput>,
    /// What it may owe us, in its currency; no limit if not given.
    credit_limit: Option<MoneyInput>,
    /// Currency that it pays in, ISO 4217; `KRW` if not given.
    currency: Option<String>,
    /// Of a new partner `ACTIVE` (if not given) or `INACTIVE`; of an old one what it is.
    status: Option<String>,
    /// The version that is to be changed, instead of `If-Match`.
    version: Option<i64>,
    #[schema(ignore)]
    id: Option<Value>,
    #[schema(ignore)]
    hold_reason: Option<Value>,
    #[schema(ignore)]
    created_at: Option<Value>,
    #[schema(ignore)]
    created_by: Option<Value>,
    #[schema(ignore)]
    updated_at: Option<Value>,
    #[schema(ignore)]
    updated_by: Option<Value>,
}

impl PartnerInput {
    /// The version it names.
    pub(crate) const fn version(&self) -> Option<i64> {
        self.version
    }

    /// Status wanted of a new partner.
    ///
    /// # Errors
    /// 422 for any but the two that a partner can begin with.
    pub(crate) fn first_status(&self) -> Result<Status, Problem> {
        match self.status.as_deref() {
            None | Some("ACTIVE") => Ok(Status::Active),
            Some("INACTIVE") => Ok(Status::Inactive),
            Some(_) => {
                Err(invalid("status", "INVALID_VALUE", "a new partner is ACTIVE or INACTIVE"))
            }
        }
    }

    /// Checks that what only the service writes is as in `current`; nothing for a new partner.
    ///
    /// # Errors
    /// 422 with the first that differs.
    pub(crate) fn check_read_only(&self, current: &Value) -> Result<(), Problem> {
        let status = self.status.clone().map(Value::from);
        let status = if current.is_null() { None } else { status };
        let members = [
            ("id", &self.id),
            ("status", &status),
            ("holdReason", &self.hold_reason),
            ("createdAt", &self.created_at),
            ("createdBy", &self.created_by),
            ("updatedAt", &self.updated_at),
            ("updatedBy", &self.updated_by),
        ];
        let changed = members.into_iter().find(|(name, value)| {
            value.as_ref().is_some_and(|value| current.get(name) != Some(value))
        });
        match changed {
            None => Ok(()),
            Some((name, _)) => Err(invalid(name, "READ_ONLY", "is written by the service alone")),
        }
    }

    /// The checked partner and its code, which may still have to be given. `before` is what it is
    /// written of.
    ///
    /// # Errors
    /// 422 with all mistakes.
    pub(crate) fn check(
        self,
        before: Option<&Partner>,
    ) -> Result<(Option<String>, Draft), Problem> {
        let mut faults = Faults::default();
        let code = self.code.as_deref().filter(|code| !code.trim().is_empty());
        let code = code.and_then(|code| faults.code("code", code, CODE_CHARS_MAX));
        let unchecked = Unchecked {
            name: self.name,
            roles: self.roles,
            business_no: self.business_no,
            sub_business_no: self.sub_business_no,
            representative: self.representative,
            business_type: self.business_type,
            business_item: self.business_item,
            tax_invoice_email: self.tax_invoice_email,
            phone: self.phone,
            addresses: drafts(self.addresses),
            contacts: drafts(self.contacts),
            payment_terms: self.payment_terms.map(|terms| (terms.kind, terms.days)),
            credit_limit: self.credit_limit.and_then(|one| one.read(&mut faults, "creditLimit")),
            currency: currency(&mut faults, "currency", self.currency.as_deref()),
        };
        let draft = unchecked.check(faults, before, &mut Uuid::now_v7)?;
        Ok((code, draft))
    }
}

fn drafts<I: Into<D>, D>(inputs: Option<Vec<I>>) -> Vec<D> {
    inputs.unwrap_or_default().into_iter().map(Into::into).collect()
}

fn invalid(field: &'static str, code: &'static str, message: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, code, message)])
}

/// Why a partner is put on hold.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    /// Reason.
    #[schema(value_type = String, max_length = 200)]
    reason: Option<String>,
}

impl HoldInput {
    /// The reason.
    ///
    /// # Errors
    /// 422 if there is none.
    pub(crate) fn check(self) -> Result<String, Problem> {
        let mut faults = Faults::default();
        let reason = faults.line("reason", self.reason.as_deref(), LINE_CHARS_MAX);
        let reason = faults.required("reason", reason);
        Ok(faults.or(reason)?)
    }
}
