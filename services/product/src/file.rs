//! Products as rows of a CSV file.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use service_kit::web::{CellKind, Column, FieldError, guarded};
use uuid::Uuid;

use crate::domain::{Barcode, Category, Product, Uom};

const fn text(name: &'static str) -> Column {
    Column { name, kind: CellKind::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: CellKind::Number }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: CellKind::Flag }
}

/// Columns of a file. Prices are minor units of `currency`, categories go by their codes, and
/// attributes are one JSON object.
pub(crate) static COLUMNS: [Column; 20] = [
    text("sku"),
    text("name"),
    text("nameEn"),
    text("spec"),
    text("description"),
    text("categoryCode"),
    text("barcode"),
    text("uom"),
    number("quantityScale"),
    number("salePrice"),
    number("purchasePrice"),
    text("currency"),
    text("taxCode"),
    flag("stockTracked"),
    flag("lotTracked"),
    text("defaultSupplierId"),
    number("leadTimeDays"),
    Column { name: "attributes", kind: CellKind::Json },
    text("status"),
    number("version"),
];

/// Codes of categories.
#[derive(Debug)]
pub(crate) struct CategoryCodes {
    ids: HashMap<String, Uuid>,
    codes: HashMap<Uuid, String>,
}

impl CategoryCodes {
    pub(crate) fn of(categories: &[Category]) -> Self {
        let pairs = || categories.iter().map(|one| (one.draft.code.clone(), one.id));
        Self { ids: pairs().collect(), codes: pairs().map(|(code, id)| (id, code)).collect() }
    }
}

/// The header of an exported file.
pub(crate) fn header() -> Vec<String> {
    COLUMNS.iter().map(|column| column.name.to_owned()).collect()
}

/// The cells of a product, in the order of [`COLUMNS`].
pub(crate) fn cells(product: &Product, categories: &CategoryCodes) -> Vec<String> {
    let draft = &product.draft;
    let text = |text: &Option<String>| text.as_deref().map(guarded).unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let attributes = match draft.attributes.is_empty() {
        true => String::new(),
        false => json!(draft.attributes).to_string(),
    };
    let prices = draft.prices;
    vec![
        guarded(&product.sku),
        guarded(&draft.name),
        text(&draft.name_en),
        text(&draft.spec),
        text(&draft.description),
        draft.category_id.and_then(|id| categories.codes.get(&id).cloned()).unwrap_or_default(),
        draft.barcode.as_ref().map(Barcode::as_str).unwrap_or_default().to_owned(),
        draft.uom.map(Uom::name).unwrap_or_default().to_owned(),
        draft.quantity_scale.to_string(),
        number(prices.sale.map(|price| price.amount_minor())),
        number(prices.purchase.map(|price| price.amount_minor())),
        prices.currency().map(|currency| currency.code().to_owned()).unwrap_or_default(),
        draft.tax_code.name().to_owned(),
        draft.stock_tracked.to_string(),
        draft.lot_tracked.to_string(),
        draft.default_supplier_id.map(|id| id.to_string()).unwrap_or_default(),
        number(draft.lead_time_days.map(i64::from)),
        attributes,
        product.status.name().to_owned(),
        product.version.to_string(),
    ]
}

/// What a row writes, as a client would write it in JSON: its `members` over `current`, which is
/// `null` for a new product. Columns that the file does not have stay as they are.
pub(crate) fn written(
    mut members: Map<String, Value>,
    current: &Value,
    categories: &CategoryCodes,
) -> Result<Value, Vec<FieldError>> {
    if let Some(code) = members.remove("categoryCode") {
        members.insert("categoryId".to_owned(), category(&code, categories)?);
    }
    let prices = prices(&mut members, current);
    // The version of the file belongs to another product.
    if current.is_null() {
        members.remove("version");
    }
    let mut written = current.as_object().cloned().unwrap_or_default();
    written.extend(members);
    written.extend(prices);
    Ok(Value::Object(written))
}

fn category(code: &Value, categories: &CategoryCodes) -> Result<Value, Vec<FieldError>> {
    let Some(code) = code.as_str() else { return Ok(Value::Null) };
    let id = categories.ids.get(&code.trim().to_uppercase());
    let unknown = || {
        let message = "there is no such category";
        vec![FieldError::new("categoryCode", "UNKNOWN_CATEGORY", message)]
    };
    id.map(|id| json!(id)).ok_or_else(unknown)
}

/// Takes amounts and currency out of `members` and gives the prices they make.
fn prices(members: &mut Map<String, Value>, current: &Value) -> Vec<(String, Value)> {
    let fields = ["salePrice", "purchasePrice"];
    let given = members.remove("currency");
    let own = || fields.iter().find_map(|field| current.pointer(&format!("/{field}/currency")));
    let currency = given.clone().filter(|given| !given.is_null());
    let currency = currency.or_else(|| own().cloned()).unwrap_or_else(|| "KRW".into());
    let mut prices = Vec::new();
    for field in fields {
        let amount = match members.remove(field) {
            Some(amount) => amount,
            None if given.is_none() => continue,
            None => current.pointer(&format!("/{field}/amount")).cloned().unwrap_or_default(),
        };
        let price = match amount.is_null() {
            true => Value::Null,
            false => json!({"amount": amount, "currency": currency}),
        };
        prices.push((field.to_owned(), price));
    }
    prices
}

#[cfg(test)]
mod tests {
    use erp_values::Stamp;
    use service_kit::web::{CsvRow, columns, from_value, members};

    use super::*;
    use crate::domain::NewCategory;
    use crate::input::ProductInput;
    use crate::{edit, view};

    fn categories() -> CategoryCodes {
        let stamp = Stamp { at: chrono::DateTime::UNIX_EPOCH, by: "kim".to_owned() };
        let draft = NewCategory {
            code: "BOLT".to_owned(),
            name: "볼트".to_owned(),
            parent_id: None,
            sort: 0,
        };
        let (created, updated) = (stamp.clone(), stamp);
        CategoryCodes::of(&[Category {
            id: Uuid::from_u128(7),
            draft,
            version: 1,
            created,
            updated,
        }])
    }

    fn product(body: Value) -> Product {
        let stamp = Stamp { at: chrono::DateTime::UNIX_EPOCH, by: "kim".to_owned() };
        edit::made(from_value::<ProductInput>(body).unwrap(), stamp).unwrap()
    }

    fn full() -> Product {
        product(json!({
            "sku": "A-1", "name": "=볼트", "spec": "M8", "categoryId": Uuid::from_u128(7),
            "barcode": "8801234567893", "uom": "EA", "quantityScale": 2, "leadTimeDays": 3,
            "salePrice": {"amount": 1200, "currency": "USD"}, "taxCode": "EXEMPT",
            "purchasePrice": {"amount": 900, "currency": "USD"}, "stockTracked": false,
            "attributes": {"색": "은색", "b": "2"}
        }))
    }

    fn row(header: &[&str], cells: &[&str], current: &Value) -> Result<Value, Vec<FieldError>> {
        let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let row = CsvRow { line: 2, values: strings(cells) };
        let known = columns(&COLUMNS, &strings(header)).unwrap();
        written(members(&known, &row)?, current, &categories())
    }

    #[test]
    fn what_is_written_out_is_read_as_it_was() {
        let product = full();
        let cells = cells(&product, &categories());
        assert_eq!(cells[1], "'=볼트");
        // The guard is taken away where the file is read.
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim_start_matches('\'')).collect();
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let current = view::json(&product);
        assert_eq!(row(&names, &cells, &current).unwrap(), current);
    }

    #[test]
    fn columns_that_are_missing_stay_and_empty_cells_take_away() {
        let current = view::json(&full());
        let after = row(&["sku", "spec", "salePrice"], &["A-1", "", "1500"], &current).unwrap();
        assert_eq!((&after["spec"], &after["name"]), (&Value::Null, &"=볼트".into()));
        assert_eq!(after["salePrice"], json!({"amount": 1500, "currency": "USD"}));
        assert_eq!(after["purchasePrice"]["amount"], 900);
        let after = row(&["sku", "currency"], &["A-1", "KRW"], &current).unwrap();
        assert_eq!(after["purchasePrice"], json!({"amount": 900, "currency": "KRW"}));
        let after = row(&["sku", "attributes"], &["A-1", "{\"c\":\"3\"}"], &current).unwrap();
        assert_eq!(after["attributes"], json!({"c": "3"}));
    }

    #[test]
    fn a_new_row_is_in_won_and_has_no_version_yet() {
        let header = ["name", "salePrice", "categoryCode", "version"];
        let new = row(&header, &["너트", "70", " bolt", "9"], &Value::Null).unwrap();
        let expected = json!({
            "name": "너트", "salePrice": {"amount": 70, "currency": "KRW"},
            "categoryId": Uuid::from_u128(7)
        });
        assert_eq!(new, expected);
        let wrong = row(&header, &["너트", "70", "NUT", ""], &Value::Null).unwrap_err();
        assert_eq!((wrong[0].code, wrong[0].field.as_str()), ("UNKNOWN_CATEGORY", "categoryCode"));
    }
}
