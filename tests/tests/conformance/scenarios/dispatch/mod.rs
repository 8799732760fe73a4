//! Dispatchers in a loop, over real sockets: one thing a scenario, in one thread unless a scenario is about several, by theme.

mod chats;
mod children;
mod connecting;
mod datagrams;
mod descriptors;
mod event_loop;
mod events;
mod faults;
mod files;
mod maps;
mod names;
mod predicates;
mod signals;
mod stopping;
mod support;
mod talks;
mod timing;
mod tls;
mod turns;
mod upgrading;

use standpipe_tests::harness::Scenario;

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [
        events::SCENARIOS,
        predicates::SCENARIOS,
        chats::SCENARIOS,
        connecting::SCENARIOS,
        names::SCENARIOS,
        datagrams::SCENARIOS,
        descriptors::SCENARIOS,
        files::SCENARIOS,
        timing::SCENARIOS,
        turns::SCENARIOS,
        maps::SCENARIOS,
        faults::SCENARIOS,
        stopping::SCENARIOS,
        tls::SCENARIOS,
        upgrading::SCENARIOS,
        children::SCENARIOS,
        talks::SCENARIOS,
        signals::SCENARIOS,
    ]
    .concat()
}
