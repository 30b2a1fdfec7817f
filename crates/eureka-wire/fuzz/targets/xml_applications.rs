//! Every input to `xml::applications`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eureka_wire_fuzz::xml::applications(data));
