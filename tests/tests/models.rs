//! Every machine against its reference model and the laws, on random histories.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use standpipe_tests::model;

macro_rules! models {
    ($($name:ident: $cases:literal cases of up to $bytes:literal bytes;)*) => {
        $(proptest! {
            #![proptest_config(ProptestConfig { cases: $cases, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $name(bytes in vec(any::<u8>(), 0..$bytes)) {
                model::check(stringify!($name), &bytes);
            }
        })*

        #[test]
        fn every_target_is_here() {
            let here = [$(stringify!($name)),*];
            assert!(model::TARGETS.iter().all(|(name, _)| here.contains(name)));
        }
    };
}

models! {
    addresses: 4096 cases of up to 128 bytes;
    ancillary: 2048 cases of up to 256 bytes;
    buffered_writer: 2048 cases of up to 256 bytes;
    capture: 1024 cases of up to 256 bytes;
    certificate: 2048 cases of up to 256 bytes;
    channel: 1024 cases of up to 512 bytes;
    channel_laws: 4096 cases of up to 512 bytes;
    channel_unwrapping: 2048 cases of up to 256 bytes;
    channel_unwrapping_laws: 2048 cases of up to 512 bytes;
    child: 4096 cases of up to 512 bytes;
    child_kernel: 2048 cases of up to 128 bytes;
    communicate: 512 cases of up to 96 bytes;
    communicate_laws: 4096 cases of up to 512 bytes;
    connect: 8192 cases of up to 128 bytes;
    datagrams: 4096 cases of up to 512 bytes;
    dialogue: 1024 cases of up to 512 bytes;
    dialogue_laws: 4096 cases of up to 512 bytes;
    dispositions: 2048 cases of up to 512 bytes;
    greeting_laws: 2048 cases of up to 512 bytes;
    handshake: 2048 cases of up to 256 bytes;
    handshake_laws: 4096 cases of up to 512 bytes;
    held: 512 cases of up to 128 bytes;
    host_names: 2048 cases of up to 48 bytes;
    interval_timer: 4096 cases of up to 256 bytes;
    line_reader: 4096 cases of up to 256 bytes;
    listen: 4096 cases of up to 512 bytes;
    names: 2048 cases of up to 256 bytes;
    messages: 4096 cases of up to 512 bytes;
    pem: 4096 cases of up to 256 bytes;
    pending_signals: 4096 cases of up to 256 bytes;
    pipe: 2048 cases of up to 512 bytes;
    pipeline: 2048 cases of up to 512 bytes;
    plan: 8192 cases of up to 256 bytes;
    quote: 4096 cases of up to 128 bytes;
    ready: 4096 cases of up to 256 bytes;
    registry: 2048 cases of up to 256 bytes;
    relay: 512 cases of up to 128 bytes;
    relay_laws: 8192 cases of up to 512 bytes;
    scanner: 4096 cases of up to 512 bytes;
    secured: 2048 cases of up to 512 bytes;
    secured_laws: 4096 cases of up to 512 bytes;
    send_all: 4096 cases of up to 128 bytes;
    send_queue: 1024 cases of up to 512 bytes;
    timers: 4096 cases of up to 256 bytes;
    tls: 2048 cases of up to 512 bytes;
    tls_contexts: 512 cases of up to 32 bytes;
    tls_records: 512 cases of up to 512 bytes;
    unwrap: 2048 cases of up to 256 bytes;
    unwrap_laws: 2048 cases of up to 512 bytes;
    upgrade: 1024 cases of up to 64 bytes;
}
