//! Products and categories as clients write them.

use std::collections::BTreeMap;

use erp_values::Faults;
use erp_values::web::MoneyInput;
use serde::Deserialize;
use serde_json::Value;
use service_kit::web::{FieldError, Problem};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{
    Barcode, CategoryDraft, Draft, NewCategory, Prices, Status, TaxCode, Uom, sku,
};

/// A product. `null` is the same as absent. Members that only the service writes may be sent back
/// as they were read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ProductInput {
    /// Article number; the next of a series if it is not given.
    #[schema(max_length = 40)]
    sku: Option<String>,
    /// Name.
    #[schema(value_type = String, max_length = 200)]
    name: Option<String>,
    /// English name.
    #[schema(max_length = 200)]
    name_en: Option<String>,
    /// Size, material, grade.
    #[schema(max_length = 200)]
    spec: Option<String>,
    /// Anything else.
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// Its category, which must exist.
    category_id: Option<Uuid>,
    /// GTIN-8, -12, -13 or -14 with the right check digit.
    barcode: Option<String>,
    /// Base unit of measure; needed by an active product.
    uom: Option<String>,
    /// Digits behind the decimal point of its quantities, 0 if not given.
    #[schema(minimum = 0, maximum = 3)]
    quantity_scale: Option<i16>,
    /// What it is sold for; needed by an active product.
    sale_price: Option<MoneyInput>,
    /// What it is bought for, in the same currency.
    purchase_price: Option<MoneyInput>,
    /// `TAXABLE` if not given.
    tax_code: Option<String>,
    /// True if not given.
    stock_tracked: Option<bool>,
    /// False if not given.
    lot_tracked: Option<bool>,
    /// Who usually supplies it; not checked.
    default_supplier_id: Option<Uuid>,
    /// Days that takes.
    #[schema(minimum = 0, maximum = 365)]
    lead_time_days: Option<i32>,
    /// Anything else by name, at most 50.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    attributes: Option<BTreeMap<String, Option<String>>>,
    /// Of a new product `ACTIVE` (if not given) or `DRAFT`; of an old one what it is.
    status: Option<String>,
    /// The version that is to be changed, instead of `If-Match`.
    version: Option<i64>,
    #[schema(ignore)]
    id: Option<Value>,
    #[schema(ignore)]
    created_at: Option<Value>,
    #[schema(ignore)]
    created_by: Option<Value>,
    #[schema(ignore)]
    updated_at: Option<Value>,
    #[schema(ignore)]
    updated_by: Option<Value>,
}

impl ProductInput {
    /// The version it names.
    pub(crate) const fn version(&self) -> Option<i64> {
        self.version
    }

    /// Status wanted of a new product.
    ///
    /// # Errors
    /// 422 for any but the two that a product can begin with.
    pub(crate) fn first_status(&self) -> Result<Status, Problem> {
        match self.status.as_deref() {
            None | Some("ACTIVE") => Ok(Status::Active),
            Some("DRAFT") => Ok(Status::Draft),
            Some(_) => Err(Problem::invalid(vec![FieldError::new(
                "status",
                "INVALID_VALUE",
                "a new product is DRAFT or ACTIVE",
            )])),
        }
    }

    /// Checks that what only the service writes is as in `current`; nothing for a new product.
    ///
    /// # Errors
    /// 422 with the first that differs.
    pub(crate) fn check_read_only(&self, current: &Value) -> Result<(), Problem> {
        let status = self.status.clone().map(Value::from);
        let status = if current.is_null() { None } else { status };
        let members = [
            ("id", &self.id),
            ("status", &status),
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
            Some((name, _)) => Err(Problem::invalid(vec![FieldError::new(
                name,
                "READ_ONLY",
                "is written by the service alone",
            )])),
        }
    }

    /// The checked product.
    ///
    /// # Errors
    /// 422 with all mistakes.
    pub(crate) fn check(self) -> Result<Draft, Problem> {
        let mut faults = Faults::default();
        let sku = sku(&mut faults, self.sku.as_deref());
        let (name, name_en, spec, description) = Draft::texts(
            &mut faults,
            self.name.as_deref(),
            self.name_en.as_deref(),
            self.spec.as_deref(),
            self.description.as_deref(),
        );
        let barcode = self.barcode.as_deref().filter(|text| !text.trim().is_empty());
        let barcode = barcode.and_then(|text| {
            let barcode = Barcode::parse(text.trim());
            if barcode.is_none() {
                faults.add("barcode", "BARCODE", "must be a GTIN with the right check digit");
            }
            barcode
        });
        let uom = faults.named("uom", self.uom.as_deref(), Uom::named);
        let tax_code = faults.named("taxCode", self.tax_code.as_deref(), TaxCode::named);
        let mut money = |field, input: Option<MoneyInput>| input?.read(&mut faults, field);
        let prices = Prices {
            sale: money("salePrice", self.sale_price),
            purchase: money("purchasePrice", self.purchase_price),
        };
        let given = self.attributes.unwrap_or_default();
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let draft = Draft {
            sku,
            name,
            name_en,
            spec,
            description,
            category_id: self.category_id,
            barcode,
            uom,
            quantity_scale: self.quantity_scale.unwrap_or_default(),
            prices,
            tax_code: tax_code.unwrap_or(TaxCode::Taxable),
            stock_tracked: self.stock_tracked.unwrap_or(true),
            lot_tracked: self.lot_tracked.unwrap_or(false),
            default_supplier_id: self.default_supplier_id,
            lead_time_days: self.lead_time_days,
            attributes: Draft::attributes(given, &mut faults),
        };
        draft.check_numbers(&mut faults);
        Ok(faults.or(draft)?)
    }
}

/// A category.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CategoryInput {
    /// Unique code.
    #[schema(value_type = String, max_length = 40)]
    code: Option<String>,
    /// Name.
    #[schema(value_type = String, max_length = 200)]
    name: Option<String>,
    /// The category above.
    parent_id: Option<Uuid>,
    /// Place among its neighbours, 0 if not given.
    sort: Option<i32>,
    /// The version that is to be changed, instead of `If-Match`.
    version: Option<i64>,
    #[schema(ignore)]
    id: Option<Value>,
    #[schema(ignore)]
    created_at: Option<Value>,
    #[schema(ignore)]
    created_by: Option<Value>,
    #[schema(ignore)]
    updated_at: Option<Value>,
    #[schema(ignore)]
    updated_by: Option<Value>,
}

impl CategoryInput {
    /// The version it names.
    pub(crate) const fn version(&self) -> Option<i64> {
        self.version
    }

    /// Checks that what only the service writes is as in `current`.
    ///
    /// # Errors
    /// 422 with the first that differs.
    pub(crate) fn check_read_only(&self, current: &Value) -> Result<(), Problem> {
        let own = self.clone();
        let as_product = ProductInput {
            id: own.id,
            created_at: own.created_at,
            created_by: own.created_by,
            updated_at: own.updated_at,
            updated_by: own.updated_by,
            ..ProductInput::default()
        };
        as_product.check_read_only(current)
    }

    /// The checked category.
    ///
    /// # Errors
    /// 422 with all mistakes.
    pub(crate) fn check(self) -> Result<NewCategory, Problem> {
        let (code, name, parent_id, sort) = (self.code, self.name, self.parent_id, self.sort);
        Ok(CategoryDraft { code, name, parent_id, sort }.check()?)
    }
}
