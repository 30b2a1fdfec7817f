//! Every input to `xml::instance`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eureka_wire_fuzz::xml::instance(data));
