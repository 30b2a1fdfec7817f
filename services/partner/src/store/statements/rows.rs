//! Rows as the partners they stand for.

use erp_values::{Currency, Money, Stamp};
use sqlx::types::Json;
use sqlx::{Row as _, error::Error};

use super::Row;
use crate::domain::{
    Address, BusinessNo, Contact, Draft, Partner, PaymentTerms, Roles, Status, TermsType,
};
use crate::view::{AddressView, ContactView};

/// Columns of a partner.
pub(super) const COLUMNS: &str = "id, code, name, is_customer, is_supplier, business_no, sub_no, \
     representative, business_type, business_item, tax_invoice_email, phone, addresses, contacts, \
     terms_type, terms_days, credit_limit, currency, status, hold_reason, version, created_at, \
     created_by, updated_at, updated_by";

/// A value that this version does not know: a newer one wrote it.
fn unknown(column: &str) -> Error {
    Error::ColumnDecode {
        index: column.to_owned(),
        source: "a value this version does not know".into(),
    }
}

pub(super) fn partner(row: &Row) -> Result<Partner, Error> {
    Ok(Partner {
        id: row.try_get("id")?,
        code: row.try_get("code")?,
        draft: draft(row)?,
        status: Status::coded(row.try_get("status")?).ok_or_else(|| unknown("status"))?,
        hold_reason: row.try_get("hold_reason")?,
        version: row.try_get("version")?,
        created: Stamp { at: row.try_get("created_at")?, by: row.try_get("created_by")? },
        updated: Stamp { at: row.try_get("updated_at")?, by: row.try_get("updated_by")? },
    })
}

fn draft(row: &Row) -> Result<Draft, Error> {
    let currency: String = row.try_get("currency")?;
    let currency = Currency::parse(&currency).ok_or_else(|| unknown("currency"))?;
    let limit = row.try_get::<Option<i64>, _>("credit_limit")?;
    let limit = limit.map(|amount| Money::new(amount, currency)).transpose();
    let roles = Roles::new(row.try_get("is_customer")?, row.try_get("is_supplier")?);
    let business_no: Option<String> = row.try_get("business_no")?;
    let branch: String = row.try_get("sub_no")?;
    let addresses: Json<Vec<AddressView>> = row.try_get("addresses")?;
    let addresses: Option<Vec<Address>> =
        addresses.0.into_iter().map(AddressView::into_address).collect();
    let contacts: Json<Vec<ContactView>> = row.try_get("contacts")?;
    Ok(Draft {
        name: row.try_get("name")?,
        roles: roles.ok_or_else(|| unknown("roles"))?,
        business_no: business_no.as_deref().and_then(BusinessNo::parse),
        sub_business_no: Some(branch).filter(|branch| !branch.is_empty()),
        representative: row.try_get("representative")?,
        business_type: row.try_get("business_type")?,
        business_item: row.try_get("business_item")?,
        tax_invoice_email: row.try_get("tax_invoice_email")?,
        phone: row.try_get("phone")?,
        addresses: addresses.ok_or_else(|| unknown("addresses"))?,
        contacts: contacts.0.into_iter().map(Contact::from).collect(),
        payment_terms: terms(row)?,
        credit_limit: limit.map_err(|_| unknown("credit_limit"))?,
        currency,
    })
}

fn terms(row: &Row) -> Result<PaymentTerms, Error> {
    let days: Option<i16> = row.try_get("terms_days")?;
    match (TermsType::coded(row.try_get("terms_type")?), days) {
        (Some(TermsType::Prepaid), None) => Ok(PaymentTerms::Prepaid),
        (Some(TermsType::NetDays), Some(days)) => Ok(PaymentTerms::NetDays(days)),
        (None, _) | (Some(TermsType::Prepaid), Some(_)) | (Some(TermsType::NetDays), None) => {
            Err(unknown("terms_type"))
        }
    }
}
