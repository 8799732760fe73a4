//! What is to come out the same on every backend.

mod handshake;
mod limits;
mod process;
mod serve;
mod tls;

use std::sync::LazyLock;

use standpipe_tests::harness::Scenario;

/// All scenarios.
pub(crate) static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let servers = [serve::SCENARIOS, limits::SCENARIOS, tls::SCENARIOS, handshake::SCENARIOS];
    [process::scenarios(), servers.concat()].concat()
});
