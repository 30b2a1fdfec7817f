//! Every input to `json::batch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eureka_wire_fuzz::json::batch(data));
