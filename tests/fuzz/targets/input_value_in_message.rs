#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| workbot_properties::input_value_in_message(data));
