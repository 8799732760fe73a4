//! What handlers of `asyncore` and `asynchat` are called over real sockets, and what is told here of the same: the
//! original's own, of Python 2.7, where that is installed, and Python 3's.
//!
//! They are to agree, but for what [`DIFFERENCES`] lists, each by its number in `docs/parity`. Who fixed a fault of the
//! original would be noticed as well: what is listed must differ just so.

mod ours;
mod side;

use std::collections::BTreeMap;

use standpipe_tests::python::Python;

/// A scenario, the loop for which it holds, what they tell, and why it is not what is told here.
type Difference = (&'static str, Option<&'static str>, &'static [&'static str], &'static str);

const DIFFERENCES: &[Difference] = &[
    ("a_connect_that_is_refused_and_whose_error_is_ignored", None, &["error", "connected"], "ACO-T4"),
    ("its_state_when_connected_is_told", None, &["not connected"], "ACO-T5"),
    ("an_end_behind_much_data", Some("poll"), &["data x100", "closed"], "ACO-T2"),
    ("a_reset", Some("select"), &["closed"], "ACO-19: a reset is taken for an end"),
    ("a_reset", Some("poll"), &["closed", "closed"], "ACO-T3"),
    ("a_send_before_there_is_a_connection", None, &["closed"], "ACO-T12"),
    ("a_push_behind_a_close", None, &["closed", "sent "], "ACH-T11"),
    ("a_close_dropped_with_what_was_pushed", None, &["message still here?"], "ACH-T10"),
    (
        "a_handler_that_closes_within_a_chunk",
        None,
        &["message a", "closed", "message b", "message c"],
        "ACH-T1",
    ),
    ("an_end_within_a_terminator", None, &["message ab", "closed", "message cd"], "ACH-T2"),
    ("all_are_closed_and_one_fails", None, &["error", "ended", "ended", "open"], "ACO-68"),
];

/// One line of the script.
fn scenario(line: &str) -> (String, Vec<String>) {
    let mut told = line.split('|').map(shortened);
    (told.next().expect("a name"), told.collect())
}

/// Long data by its length.
fn shortened(told: &str) -> String {
    match told.strip_prefix("data x") {
        Some(data) => format!("data x{}", data.len() + 1),
        None => told.to_owned(),
    }
}

fn agrees(backend: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/asyncore_originals/asyncore_tells.py");
    let ours: BTreeMap<_, _> = ours::SCENARIOS.iter().map(|(name, run)| (*name, run())).collect();
    for python in Python::with_module("asyncore") {
        let theirs = python.run(&[script, backend]);
        assert_eq!(theirs.len(), ours.len());
        for (name, theirs) in theirs.iter().map(|line| scenario(line)) {
            let ours = ours[&*name].iter().map(|told| shortened(told)).collect::<Vec<_>>();
            let differs = DIFFERENCES
                .iter()
                .find(|(scenario, only, ..)| *scenario == name && only.is_none_or(|only| only == backend));
            match differs {
                None => assert_eq!(ours, theirs, "{name} in {python:?}"),
                Some((.., expected, why)) => {
                    assert_eq!(theirs, *expected, "{name} in {python:?}: {why}");
                    assert_ne!(ours, theirs, "{name} is no difference: {why}");
                }
            }
        }
    }
}

#[test]
fn the_same_is_told_as_over_select() {
    agrees("select");
}

#[test]
fn the_same_is_told_as_over_poll() {
    agrees("poll");
}

/// What is listed as a difference is told in this way here.
#[test]
fn where_it_differs_it_is_better() {
    let expected: &[(&str, &[&str])] = &[
        ("a_connect_that_is_refused_and_whose_error_is_ignored", &["error", "closed"]),
        ("its_state_when_connected_is_told", &["connected"]),
        ("an_end_behind_much_data", &["data x1000", "closed"]),
        ("a_reset", &["error", "closed"]),
        ("a_send_before_there_is_a_connection", &["connected", "closed", "sent hello"]),
        ("a_push_behind_a_close", &["refused", "closed", "sent "]),
        ("a_close_dropped_with_what_was_pushed", &["closed", "sent "]),
        ("a_handler_that_closes_within_a_chunk", &["message a", "closed"]),
        ("an_end_within_a_terminator", &["message ab", "message cd\r", "closed"]),
        ("all_are_closed_and_one_fails", &["error", "ended", "ended", "ended"]),
    ];
    for (name, expected) in expected {
        let (_, run) = ours::SCENARIOS.iter().find(|(scenario, _)| scenario == name).expect("a scenario");
        let told: Vec<_> = run().iter().map(|told| shortened(told)).collect();
        assert_eq!(told, *expected, "{name}");
    }
}
