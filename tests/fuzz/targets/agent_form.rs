#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| workbot_properties::agent_form(data));
