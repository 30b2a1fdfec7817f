//! Every input to `http_head::head`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eureka_wire_fuzz::http_head::head(data));
