//! Values that all business services write alike: money, codes, texts.
//!
//! Pure: no clock, no database. A value that exists is valid. How values travel is in `web`, behind
//! the feature of that name.

#![warn(clippy::arithmetic_side_effects)]

mod closed_list;
mod code;
mod fault;
mod money;
mod stamp;
mod text;
#[cfg(feature = "web")]
pub mod web;

pub use code::{CodeError, normalized};
pub use fault::{Fault, Faults};
pub use money::{AMOUNT_MAX, Currency, Money, MoneyError};
pub use stamp::Stamp;
pub use text::{LINE_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, TextError, line, note, search_key};
