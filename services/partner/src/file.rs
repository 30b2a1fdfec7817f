//! Partners as rows of a CSV file.

use serde_json::{Map, Value, json};
use service_kit::web::{CellKind, Column, FieldError, guarded};

use crate::domain::{Partner, Role};
use crate::view::{AddressView, ContactView};

const fn text(name: &'static str) -> Column {
    Column { name, kind: CellKind::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: CellKind::Number }
}

const fn list(name: &'static str) -> Column {
    Column { name, kind: CellKind::Json }
}

/// Columns of a file. Roles are separated by blanks, addresses and contacts are lists in JSON, and
/// the credit limit is in minor units of `currency`.
pub(crate) static COLUMNS: [Column; 18] = [
    text("code"),
    text("name"),
    text("roles"),
    text("businessNo"),
    text("subBusinessNo"),
    text("representative"),
    text("businessType"),
    text("businessItem"),
    text("taxInvoiceEmail"),
    text("phone"),
    text("paymentTerms"),
    number("paymentDays"),
    number("creditLimit"),
    text("currency"),
    list("addresses"),
    list("contacts"),
    text("status"),
    number("version"),
];

/// The header of an exported file.
pub(crate) fn header() -> Vec<String> {
    COLUMNS.iter().map(|column| column.name.to_owned()).collect()
}

/// The cells of a partner, in the order of [`COLUMNS`].
pub(crate) fn cells(partner: &Partner) -> Vec<String> {
    let draft = &partner.draft;
    let text = |text: &Option<String>| text.as_deref().map(guarded).unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let addresses: Vec<AddressView> =
        draft.addresses.iter().cloned().map(AddressView::from).collect();
    let contacts: Vec<ContactView> =
        draft.contacts.iter().cloned().map(ContactView::from).collect();
    let list = |list: Value| if list == json!([]) { String::new() } else { list.to_string() };
    vec![
        guarded(&partner.code),
        guarded(&draft.name),
        draft.roles.iter().map(Role::name).collect::<Vec<_>>().join(" "),
        draft.business_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(&draft.sub_business_no),
        text(&draft.representative),
        text(&draft.business_type),
        text(&draft.business_item),
        text(&draft.tax_invoice_email),
        text(&draft.phone),
        draft.payment_terms.kind().name().to_owned(),
        number(draft.payment_terms.days().map(i64::from)),
        number(draft.credit_limit.map(|limit| limit.amount_minor())),
        draft.currency.code().to_owned(),
        list(json!(addresses)),
        list(json!(contacts)),
        partner.status.name().to_owned(),
        partner.version.to_string(),
    ]
}

/// What a row writes, as a client would write it in JSON: its `members` over `current`, which is
/// `null` for a new partner. Columns that the file does not have stay as they are.
pub(crate) fn written(
    mut members: Map<String, Value>,
    current: &Value,
) -> Result<Value, Vec<FieldError>> {
    if let Some(Value::String(roles)) = members.get("roles") {
        let roles: Vec<&str> = roles.split([' ', ',', ';', '|']).collect();
        let roles = roles.into_iter().filter(|role| !role.is_empty()).collect::<Vec<_>>();
        let roles = json!(roles);
        members.insert("roles".to_owned(), roles);
    }
    let terms = terms(&mut members, current)?;
    let limit = credit_limit(&mut members, current);
    // The version of the file belongs to another partner.
    if current.is_null() {
        members.remove("version");
    }
    let mut written = current.as_object().cloned().unwrap_or_default();
    written.extend(members);
    written.extend(terms.map(|terms| ("paymentTerms".to_owned(), terms)));
    written.extend(limit.map(|limit| ("creditLimit".to_owned(), limit)));
    Ok(Value::Object(written))
}

/// Takes the terms of payment out of `members`; `None` if the file says nothing of them.
fn terms(
    members: &mut Map<String, Value>,
    current: &Value,
) -> Result<Option<Value>, Vec<FieldError>> {
    let (kind, days) = (members.remove("paymentTerms"), members.remove("paymentDays"));
    if kind.is_none() && days.is_none() {
        return Ok(None);
    }
    let own = |name| current.pointer(name).cloned().unwrap_or_default();
    let kind = kind.unwrap_or_else(|| own("/paymentTerms/type"));
    let days = days.unwrap_or_else(|| own("/paymentTerms/days"));
    match (kind.is_null(), days.is_null()) {
        (true, true) => Ok(Some(Value::Null)),
        (true, false) => {
            let message = "must be given with paymentDays";
            Err(vec![FieldError::new("paymentTerms", "REQUIRED", message)])
        }
        (false, _) => Ok(Some(json!({"type": kind, "days": days}))),
    }
}

/// Takes the credit limit out of `members`; `None` if the file changes neither it nor its currency.
fn credit_limit(members: &mut Map<String, Value>, current: &Value) -> Option<Value> {
    let given = members.get("currency").filter(|given| !given.is_null());
    let is_said = given.is_some() || members.contains_key("creditLimit");
    let currency = given.or_else(|| current.get("currency")).cloned();
    let amount = members.remove("creditLimit");
    if !is_said {
        return None;
    }
    let own = || current.pointer("/creditLimit/amount").cloned().unwrap_or_default();
    let amount = amount.unwrap_or_else(own);
    let currency = currency.unwrap_or_else(|| "KRW".into());
    Some(if amount.is_null() {
        Value::Null
    } else {
        json!({"amount": amount, "currency": currency})
    })
}

#[cfg(test)]
mod tests {
    use erp_values::Stamp;
    use service_kit::web::{CsvRow, columns, from_value, members};

    use super::*;
    use crate::input::PartnerInput;
    use crate::{edit, view};

    fn full() -> Partner {
        let stamp = Stamp { at: chrono::DateTime::UNIX_EPOCH, by: "kim".to_owned() };
        let body = json!({
            "code": "C-1", "name": "(주)한빛기공", "roles": ["CUSTOMER", "SUPPLIER"],
            "businessNo": "1234567891", "subBusinessNo": "0001", "phone": "-",
            "paymentTerms": {"type": "NET_DAYS", "days": 30}, "currency": "USD",
            "creditLimit": {"amount": 5000, "currency": "USD"},
            "addresses": [{"kind": "BILLING", "postalCode": "04524", "line1": "서울", "default": true}],
            "contacts": [{"name": "김영희", "email": "kim@example.com"}]
        });
        edit::made(from_value::<PartnerInput>(body).unwrap(), stamp).unwrap()
    }

    fn row(header: &[&str], cells: &[&str], current: &Value) -> Result<Value, Vec<FieldError>> {
        let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let row = CsvRow { line: 2, values: strings(cells) };
        let known = columns(&COLUMNS, &strings(header)).unwrap();
        written(members(&known, &row)?, current)
    }

    #[test]
    fn what_is_written_out_is_read_as_it_was() {
        let partner = full();
        let cells = cells(&partner);
        assert_eq!((cells[2].as_str(), cells[9].as_str()), ("CUSTOMER SUPPLIER", "'-"));
        // The guard is taken away where the file is read.
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim_start_matches('\'')).collect();
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let current = view::json(&partner);
        assert_eq!(row(&names, &cells, &current).unwrap(), current);
    }

    #[test]
    fn columns_that_are_missing_stay() {
        let current = view::json(&full());
        let after = row(&["code", "paymentDays"], &["C-1", "60"], &current).unwrap();
        assert_eq!(after["paymentTerms"], json!({"type": "NET_DAYS", "days": 60}));
        assert_eq!(after["creditLimit"], current["creditLimit"]);
        let after = row(&["code", "creditLimit"], &["C-1", ""], &current).unwrap();
        assert_eq!((&after["creditLimit"], &after["phone"]), (&Value::Null, &json!("-")));
        let after = row(&["code", "creditLimit"], &["C-1", "7"], &current).unwrap();
        assert_eq!(after["creditLimit"], json!({"amount": 7, "currency": "USD"}));
    }

    #[test]
    fn a_new_row_is_in_won_and_days_need_terms() {
        let new = row(
            &["name", "roles", "creditLimit"],
            &["가", "CUSTOMER; SUPPLIER", "7"],
            &Value::Null,
        );
        let expected = json!({
            "name": "가", "roles": ["CUSTOMER", "SUPPLIER"],
            "creditLimit": {"amount": 7, "currency": "KRW"}
        });
        assert_eq!(new.unwrap(), expected);
        let wrong = row(&["name", "paymentDays"], &["가", "30"], &Value::Null).unwrap_err();
        assert_eq!(wrong[0].field, "paymentTerms");
    }
}
