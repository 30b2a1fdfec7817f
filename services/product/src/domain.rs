//! Products and categories: what they are and what may be done to them. Pure.

mod barcode;
mod category;
mod product;
mod status;
mod unit;

pub use barcode::Barcode;
pub use category::{Category, CategoryDraft, DEPTH_MAX, NewCategory};
pub use product::{Draft, Prices, Product, SKU_CHARS_MAX, sku};
pub use status::{Action, Refusal, Status};
pub use unit::{TaxCode, Uom};
