//! What a written product becomes, by itself or of what it was.

use erp_values::Stamp;
use serde_json::Value;
use service_kit::web::{FieldError, Precondition, Problem};
use uuid::Uuid;

use crate::domain::{Product, Status};
use crate::input::ProductInput;
use crate::view;

/// A new product; its `sku` is empty where the next of the series is wanted.
///
/// # Errors
/// 422 with all mistakes.
pub(crate) fn made(input: ProductInput, stamp: Stamp) -> Result<Product, Problem> {
    input.check_read_only(&Value::Null)?;
    let status = input.first_status()?;
    let draft = input.check()?;
    let product = Product {
        id: Uuid::now_v7(),
        sku: draft.sku.clone().unwrap_or_default(),
        draft,
        status,
        version: 1,
        created: stamp.clone(),
        updated: stamp,
    };
    check_for_sale(&product)?;
    Ok(product)
}

/// `before` with what `input` says; `None` if that is what it is already.
pub(crate) fn rewritten(
    before: &Product,
    input: ProductInput,
    condition: &Precondition,
) -> Result<Option<Product>, Problem> {
    condition.check(before.version)?;
    input.check_read_only(&view::json(before))?;
    let mut draft = input.check()?;
    let sku = draft.sku.take().unwrap_or_else(|| before.sku.clone());
    if let Some((field, code)) = before.frozen_by(&draft) {
        let message = "cannot be changed once the product was active";
        let problem = Problem::conflict(code, format!("{field}: {message}"));
        return Err(problem.with_errors(vec![FieldError::new(field, code, message)]));
    }
    let after = Product { sku, draft, ..before.clone() };
    if after == *before {
        return Ok(None);
    }
    check_alive(before)?;
    check_for_sale(&after)?;
    Ok(Some(after))
}

/// 409 for a deleted product.
///
/// # Errors
/// It is deleted.
pub(crate) fn check_alive(product: &Product) -> Result<(), Problem> {
    if product.status == Status::Deleted {
        return Err(Problem::conflict("ILLEGAL_STATE", "a deleted product cannot be changed"));
    }
    Ok(())
}

/// 422 if an active product lacks what it needs.
fn check_for_sale(product: &Product) -> Result<(), Problem> {
    let missing = product.missing_for_sale();
    if product.status == Status::Active && !missing.0.is_empty() {
        return Err(missing.into());
    }
    Ok(())
}
