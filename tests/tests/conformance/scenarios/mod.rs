//! What is to come out the same on every backend.

mod limits;
mod process;
mod serve;

use std::sync::LazyLock;

use standpipe_tests::harness::Scenario;

/// All scenarios.
pub(crate) static ALL: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| [process::SCENARIOS, serve::SCENARIOS, limits::SCENARIOS].concat());
