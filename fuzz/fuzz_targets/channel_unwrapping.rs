#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| standpipe_tests::model::check("channel_unwrapping", bytes));
