//! What is to come out the same on every backend.

mod chat;
mod dispatch;
mod handed_over;
mod handshake;
mod limits;
mod process;
mod secured;
mod serve;
pub(crate) mod signal;
pub(crate) mod socket;
mod spliced;
mod tls;

use std::sync::LazyLock;

use standpipe_tests::harness::Scenario;

/// All scenarios.
pub(crate) static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let others = [
        serve::SCENARIOS,
        handed_over::SCENARIOS,
        spliced::SCENARIOS,
        limits::SCENARIOS,
        tls::SCENARIOS,
        handshake::SCENARIOS,
        signal::SCENARIOS,
        chat::SCENARIOS,
    ];
    let themes = [
        process::scenarios(),
        socket::scenarios(),
        dispatch::scenarios(),
        others.concat(),
        secured::scenarios(),
    ];
    themes.concat()
});
