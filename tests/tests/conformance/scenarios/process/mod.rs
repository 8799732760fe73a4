//! Children: what they are given, what they say, how they end, by theme.

mod arguments;
mod births;
mod deadlines;
mod descriptors;
mod dialogues;
mod environment;
mod exits;
mod faults;
mod input;
mod lives;
mod numbers;
mod outputs;
mod pipelines;
mod place;
mod rights;
mod stops;
mod support;
mod talks;
mod terminal;
mod threads;

use standpipe_tests::harness::Scenario;

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [
        dialogues::SCENARIOS,
        arguments::SCENARIOS,
        environment::SCENARIOS,
        place::SCENARIOS,
        descriptors::SCENARIOS,
        numbers::SCENARIOS,
        outputs::SCENARIOS,
        input::SCENARIOS,
        deadlines::SCENARIOS,
        stops::SCENARIOS,
        exits::SCENARIOS,
        rights::SCENARIOS,
        births::SCENARIOS,
        terminal::SCENARIOS,
        threads::SCENARIOS,
        faults::SCENARIOS,
        pipelines::SCENARIOS,
        lives::SCENARIOS,
        talks::SCENARIOS,
    ]
    .concat()
}
