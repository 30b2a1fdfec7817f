//! A product.

use std::collections::BTreeMap;

use erp_values::{Currency, Faults, LINE_CHARS_MAX, Money, NAME_CHARS_MAX, NOTE_CHARS_MAX, Stamp};
use uuid::Uuid;

use super::barcode::Barcode;
use super::status::Status;
use super::unit::{TaxCode, Uom};

/// Characters of an article number.
pub const SKU_CHARS_MAX: usize = 40;
/// Digits behind the decimal point of a quantity.
const QUANTITY_SCALE_MAX: i16 = 3;
/// Days a supplier may take.
const LEAD_TIME_DAYS_MAX: i32 = 365;
/// Attributes of a product.
const ATTRIBUTES_MAX: usize = 50;
/// Characters of an attribute's name.
const ATTRIBUTE_NAME_CHARS_MAX: usize = 100;

/// Prices, of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// What it is sold for.
    pub sale: Option<Money>,
    /// What it is bought for.
    pub purchase: Option<Money>,
}

impl Prices {
    /// Their currency, if there is a price.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.sale.or(self.purchase).map(|price| price.currency())
    }
}

/// What is written of a product, checked. Its article number may still have to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Article number; `None` asks for the next of the series.
    pub sku: Option<String>,
    /// Name.
    pub name: String,
    /// English name.
    pub name_en: Option<String>,
    /// Size, material, grade.
    pub spec: Option<String>,
    /// Anything else.
    pub description: Option<String>,
    /// Its category.
    pub category_id: Option<Uuid>,
    /// GTIN.
    pub barcode: Option<Barcode>,
    /// Base unit.
    pub uom: Option<Uom>,
    /// Digits behind the decimal point of its quantities, 0 to 3.
    pub quantity_scale: i16,
    /// Prices.
    pub prices: Prices,
    /// How it is taxed.
    pub tax_code: TaxCode,
    /// Whether there is stock of it; a service has none.
    pub stock_tracked: bool,
    /// Whether its stock is kept by lot.
    pub lot_tracked: bool,
    /// Who usually supplies it; not checked here.
    pub default_supplier_id: Option<Uuid>,
    /// Days that takes, 0 to 365.
    pub lead_time_days: Option<i32>,
    /// Anything else by name.
    pub attributes: BTreeMap<String, String>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: Uuid,
    /// Article number.
    pub sku: String,
    /// What is written of it; its own `sku` is not looked at.
    pub draft: Draft,
    /// Where it stands.
    pub status: Status,
    /// Version, from 1, one more with each write.
    pub version: i64,
    /// Who wrote it first, and when.
    pub created: Stamp,
    /// Who wrote it last, and when.
    pub updated: Stamp,
}

impl Product {
    /// What is still missing before it may be ACTIVE.
    #[must_use]
    pub fn missing_for_sale(&self) -> Faults {
        let mut faults = Faults::default();
        if self.draft.prices.sale.is_none() {
            faults.add("salePrice", "REQUIRED", "an active product needs a price");
        }
        if self.draft.uom.is_none() {
            faults.add("uom", "REQUIRED", "an active product needs a unit of measure");
        }
        faults
    }

    /// What of `draft` is frozen, now that the product was once active (G-7).
    #[must_use]
    pub fn frozen_by(&self, draft: &Draft) -> Option<(&'static str, &'static str)> {
        if self.status == Status::Draft {
            return None;
        }
        let own = &self.draft;
        if own.uom.is_some() && own.uom != draft.uom {
            Some(("uom", "UOM_FROZEN"))
        } else if own.quantity_scale != draft.quantity_scale {
            Some(("quantityScale", "UOM_FROZEN"))
        } else if own.stock_tracked != draft.stock_tracked {
            Some(("stockTracked", "STOCK_TRACKING_FROZEN"))
        } else if own.lot_tracked != draft.lot_tracked {
            Some(("lotTracked", "STOCK_TRACKING_FROZEN"))
        } else {
            None
        }
    }

    /// What its name is found by.
    #[must_use]
    pub fn name_key(&self) -> String {
        erp_values::search_key(&self.draft.name)
    }

    /// What it is found by: name, article number, barcode and specification, folded.
    #[must_use]
    pub fn search(&self) -> String {
        let barcode = self.draft.barcode.as_ref().map_or("", Barcode::as_str);
        let spec = self.draft.spec.as_deref().unwrap_or_default();
        let parts = [self.draft.name.as_str(), &self.sku, barcode, spec];
        erp_values::search_key(&parts.join(" "))
    }
}

impl Draft {
    /// Checks and composes texts, quantities and prices; notes what is wrong in `faults`.
    pub fn check_numbers(&self, faults: &mut Faults) {
        if !(0..=QUANTITY_SCALE_MAX).contains(&self.quantity_scale) {
            faults.add("quantityScale", "OUT_OF_RANGE", "must be 0 to 3");
        }
        if self.lead_time_days.is_some_and(|days| !(0..=LEAD_TIME_DAYS_MAX).contains(&days)) {
            faults.add("leadTimeDays", "OUT_OF_RANGE", "must be 0 to 365");
        }
        for (field, price) in
            [("salePrice", self.prices.sale), ("purchasePrice", self.prices.purchase)]
        {
            if price.is_some_and(|price| price.amount_minor() < 0) {
                faults.add(format!("{field}.amount"), "OUT_OF_RANGE", "must not be negative");
            }
        }
        if let Prices { sale: Some(sale), purchase: Some(purchase) } = self.prices
            && sale.currency() != purchase.currency()
        {
            let message = "must be of the same currency as the sale price";
            faults.add("purchasePrice.currency", "CURRENCY_MISMATCH", message);
        }
    }

    /// Checks the attributes; `None` values have been taken out.
    #[must_use]
    pub fn attributes(
        given: BTreeMap<String, String>,
        faults: &mut Faults,
    ) -> BTreeMap<String, String> {
        if given.len() > ATTRIBUTES_MAX {
            faults.add("attributes", "TOO_MANY", format!("must be at most {ATTRIBUTES_MAX}"));
            return BTreeMap::new();
        }
        let mut attributes = BTreeMap::new();
        for (name, value) in given {
            let field = format!("attributes.{}", name.chars().take(50).collect::<String>());
            let before = faults.0.len();
            let name = faults.line(&field, Some(&name), ATTRIBUTE_NAME_CHARS_MAX);
            let value = faults.line(&field, Some(&value), LINE_CHARS_MAX);
            match name {
                Some(name) => {
                    attributes.insert(name, value.unwrap_or_default());
                }
                None if faults.0.len() == before => {
                    faults.add("attributes", "REQUIRED", "an attribute must have a name");
                }
                None => {}
            }
        }
        attributes
    }

    /// Texts of a product, checked: name, English name, specification, description.
    pub fn texts(
        faults: &mut Faults,
        name: Option<&str>,
        name_en: Option<&str>,
        spec: Option<&str>,
        description: Option<&str>,
    ) -> (String, Option<String>, Option<String>, Option<String>) {
        let own = faults.line("name", name, NAME_CHARS_MAX);
        (
            faults.required("name", own),
            faults.line("nameEn", name_en, NAME_CHARS_MAX),
            faults.line("spec", spec, LINE_CHARS_MAX),
            faults.note("description", description, NOTE_CHARS_MAX),
        )
    }
}

/// An article number as written; `None` where the next of the series is wanted.
pub fn sku(faults: &mut Faults, text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    faults.code("sku", text, SKU_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            sku: None,
            name: "육각볼트".to_owned(),
            name_en: None,
            spec: Some("Ｍ８×30".to_owned()),
            description: None,
            category_id: None,
            barcode: Barcode::parse("8801234567893"),
            uom: Some(Uom::Ea),
            quantity_scale: 0,
            prices: Prices { sale: Money::new(1_200, Currency::KRW).ok(), purchase: None },
            tax_code: TaxCode::Taxable,
            stock_tracked: true,
            lot_tracked: false,
            default_supplier_id: None,
            lead_time_days: None,
            attributes: BTreeMap::new(),
        }
    }

    fn product(status: Status) -> Product {
        let stamp = Stamp { at: chrono::DateTime::UNIX_EPOCH, by: "anonymous".to_owned() };
        Product {
            id: Uuid::nil(),
            sku: "BOLT-1".to_owned(),
            draft: draft(),
            status,
            version: 1,
            created: stamp.clone(),
            updated: stamp,
        }
    }

    #[test]
    fn a_product_is_found_by_all_its_names() {
        assert_eq!(product(Status::Active).search(), "육각볼트 bolt-1 8801234567893 m8×30");
    }

    #[test]
    fn units_and_stock_keeping_are_frozen_once_active() {
        let changed = Draft { uom: Some(Uom::Box), ..draft() };
        assert_eq!(product(Status::Draft).frozen_by(&changed), None);
        assert_eq!(product(Status::Active).frozen_by(&changed), Some(("uom", "UOM_FROZEN")));
        let service = Draft { stock_tracked: false, ..draft() };
        assert!(product(Status::Discontinued).frozen_by(&service).is_some());
        assert_eq!(product(Status::Active).frozen_by(&draft()), None);
    }

    #[test]
    fn numbers_have_limits_on_both_sides() {
        let faults = |draft: Draft| {
            let mut faults = Faults::default();
            draft.check_numbers(&mut faults);
            faults.0.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert!(
            faults(Draft { quantity_scale: 3, lead_time_days: Some(365), ..draft() }).is_empty()
        );
        assert_eq!(faults(Draft { quantity_scale: 4, ..draft() }), ["quantityScale"]);
        assert_eq!(faults(Draft { quantity_scale: -1, ..draft() }), ["quantityScale"]);
        assert_eq!(faults(Draft { lead_time_days: Some(366), ..draft() }), ["leadTimeDays"]);
        let dollars = Money::new(5, Currency::parse("USD").unwrap()).ok();
        let prices = Prices { purchase: dollars, ..draft().prices };
        assert_eq!(faults(Draft { prices, ..draft() }), ["purchasePrice.currency"]);
        let prices = Prices { sale: Money::new(-1, Currency::KRW).ok(), purchase: None };
        assert_eq!(faults(Draft { prices, ..draft() }), ["salePrice.amount"]);
    }
}
