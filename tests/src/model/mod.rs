//! For each machine a reference model, written as plainly as possible, and a generator of histories.
//!
//! Every machine has one function that takes any bytes, reads a history from them and checks it. Property tests, fuzzers
//! and the replay of the fuzzers' corpora call the same ones, by [`TARGETS`].

pub mod addresses;
pub mod ancillary;
pub mod capture;
pub mod certificate;
pub mod channel;
pub mod chat;
pub mod child;
pub mod child_kernel;
pub mod child_lives;
pub mod communicate;
pub mod connect;
pub mod datagrams;
pub mod dialogue;
pub mod dispositions;
pub mod handshake;
pub mod held;
pub mod host_names;
pub mod interval_timer;
pub mod line_reader;
pub mod listen;
pub mod names;
pub mod pem;
pub mod pending_signals;
pub mod pipe;
pub mod pipeline;
pub mod plan;
mod program;
pub mod quote;
pub mod ready;
pub mod registry;
pub mod relay;
pub mod secured;
pub mod send_all;
pub mod send_queue;
pub mod timers;
pub mod tls;
pub mod tls_contexts;
pub mod tls_records;
pub mod unwrap;
pub mod upgrade;

use arbitrary::{Arbitrary, Unstructured};

/// What is checked of one machine, from any bytes.
pub type Check = fn(&[u8]);

/// Every check by name; the fuzz targets have the same names.
pub const TARGETS: &[(&str, Check)] = &[
    ("addresses", addresses::check),
    ("ancillary", ancillary::check),
    ("buffered_writer", line_reader::check_writer),
    ("capture", capture::check),
    ("certificate", certificate::check),
    ("channel", channel::check),
    ("channel_laws", channel::check_laws),
    ("channel_unwrapping", channel::unwrapping::check),
    ("channel_unwrapping_laws", channel::unwrapping::check_laws),
    ("child", child::check),
    ("child_kernel", child_kernel::check),
    ("communicate", communicate::check),
    ("communicate_laws", communicate::check_laws),
    ("connect", connect::check),
    ("datagrams", datagrams::check),
    ("dialogue", dialogue::check),
    ("dialogue_laws", dialogue::check_laws),
    ("dispositions", dispositions::check),
    ("greeting_laws", handshake::check_greeting_laws),
    ("handshake", handshake::check),
    ("handshake_laws", handshake::check_laws),
    ("held", held::check),
    ("host_names", host_names::check),
    ("interval_timer", interval_timer::check),
    ("line_reader", line_reader::check),
    ("listen", listen::check),
    ("names", names::check),
    ("messages", chat::messages::check),
    ("pem", pem::check),
    ("pending_signals", pending_signals::check),
    ("pipe", pipe::check),
    ("pipeline", pipeline::check),
    ("plan", plan::check),
    ("quote", quote::check),
    ("ready", ready::check),
    ("registry", registry::check),
    ("relay", relay::check),
    ("relay_laws", relay::check_laws),
    ("scanner", chat::scanner::check),
    ("secured", secured::check),
    ("secured_laws", secured::check_laws),
    ("send_all", send_all::check),
    ("send_queue", send_queue::check),
    ("timers", timers::check),
    ("tls", tls::check),
    ("tls_contexts", tls_contexts::check),
    ("tls_records", tls_records::check),
    ("unwrap", unwrap::check),
    ("unwrap_laws", unwrap::check_laws),
    ("upgrade", upgrade::check),
];

/// Runs the check with this name.
///
/// # Panics
/// When there is none, or the check fails.
pub fn check(name: &str, bytes: &[u8]) {
    let (_, check) = TARGETS.iter().find(|(known, _)| *known == name).expect("a known target");
    check(bytes);
}

/// Reads one value from the bytes, and from what is left as many of another type as there are.
fn read<H, T>(bytes: &[u8]) -> Option<(H, Vec<T>)>
where
    H: for<'a> Arbitrary<'a>,
    T: for<'a> Arbitrary<'a>,
{
    let mut source = Unstructured::new(bytes);
    let head = H::arbitrary(&mut source).ok()?;
    let mut all = Vec::new();
    while !source.is_empty() {
        all.push(T::arbitrary(&mut source).ok()?);
    }
    Some((head, all))
}
