//! JSON as the Java codecs write and read it.

mod batch;
mod decode;
mod encode;
mod members;
mod number;
mod text;

pub use batch::{decode_batch, encode_batch, encode_outcomes};
pub(crate) use decode::adopt_legacy_id;
pub use decode::{decode_application, decode_applications, decode_instance};
pub(crate) use encode::{bool_text, lease_members, shown_amazon, shown_sid};
pub use encode::{encode_application, encode_instance, write_instance};
pub use text::write_text;
