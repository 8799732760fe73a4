//! Loops that forget what is ready, tell the wrong connection, or burn a core.
//!
//! With ours the same is shown by `listeners` and by scenarios, those of area `dispatch` among them.

use crate::originals::say;

/// One event of two for the second connection, which is closed by then; the third has its number.
#[test]
fn a_stale_event_reaches_a_new_connection_of_asyncore() {
    say("asyncore", "stale_event", &["first", "third"]);
}

#[test]
fn asyncore_tries_to_accept_at_the_descriptor_limit_in_every_turn() {
    say("asyncore", "accept_at_the_limit", &["100"]);
}

/// Each edge is told once, and a byte is left.
#[test]
fn an_edge_that_is_not_read_to_its_end_is_never_told_again() {
    say("select", "edge", &["0"]);
}
