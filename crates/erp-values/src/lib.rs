//! Values that all business services write alike: money, codes, texts.
//!
//! Pure: no clock, no database, no wire format. A value that exists is valid.

#![warn(clippy::arithmetic_side_effects)]

mod code;
mod money;
mod text;

pub use code::{CodeError, normalized};
pub use money::{AMOUNT_MAX, Currency, Money, MoneyError};
pub use text::{LINE_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, TextError, line, note, search_key};
