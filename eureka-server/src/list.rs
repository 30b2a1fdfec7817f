//! Full and delta answers: encoded once per change, joined per version, shared by all who ask.

mod block;
mod codes;
mod crc;
mod deflate;
mod document;
mod fragment;
mod item;
mod piece;
mod view;

pub use document::Body;
pub use view::{Kind, Lists};
