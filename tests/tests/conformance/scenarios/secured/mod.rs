//! TLS streams: what goes over them, how they begin and end, and what is agreed upon, by theme.

mod agreement;
mod authority;
mod case;
mod certificates;
mod contexts;
mod data;
mod endings;
mod handshakes;
mod meeting;
mod sides;
mod stranger;
mod tampering;
mod transports;
mod updates;
mod upgrades;
mod wire;

use standpipe_tests::harness::Scenario;

/// All of them, each on all of its terms.
pub(super) fn scenarios() -> Vec<Scenario> {
    let cases = [
        data::CASES,
        transports::CASES,
        handshakes::CASES,
        agreement::CASES,
        certificates::CASES,
        contexts::CASES,
        updates::CASES,
        tampering::CASES,
        endings::CASES,
        upgrades::CASES,
    ];
    cases.concat().iter().flat_map(case::Case::scenarios).collect()
}
