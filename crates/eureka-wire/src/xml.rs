//! XML as the Java codecs write and read it.

mod decode;
mod encode;
mod names;
mod text;
mod tree;

pub use decode::{decode_application, decode_applications, decode_instance};
pub use encode::{encode_application, encode_instance, encode_outcomes, write_instance};
pub use names::{escape_name, unescape_name};
pub use text::write_text;
