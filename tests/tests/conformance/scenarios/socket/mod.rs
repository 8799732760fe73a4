//! Sockets: how they come to be, what goes through them, how they end, by theme.

mod adopting;
mod connecting;
mod datagrams;
mod files;
mod halves;
mod hosts;
mod internet;
mod listening;
mod lookups;
mod messages;
mod modes;
mod options;
mod resets;
mod sending;
mod streams;
mod support;
mod unix;

pub(crate) use adopting::take_part;
use standpipe_tests::harness::Scenario;

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [
        connecting::SCENARIOS,
        hosts::SCENARIOS,
        modes::SCENARIOS,
        streams::SCENARIOS,
        sending::SCENARIOS,
        halves::SCENARIOS,
        resets::SCENARIOS,
        datagrams::SCENARIOS,
        internet::SCENARIOS,
        unix::SCENARIOS,
        messages::SCENARIOS,
        files::SCENARIOS,
        options::SCENARIOS,
        adopting::SCENARIOS,
        listening::SCENARIOS,
        lookups::SCENARIOS,
    ]
    .concat()
}
