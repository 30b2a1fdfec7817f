//! Every input to `json::instance`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eureka_wire_fuzz::json::instance(data));
