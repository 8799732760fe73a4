//! What a channel does not wait for any longer.

use std::time::Duration;

use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::{Done, Duty, End, Progress, Timer};

use crate::scripted::Talk;
use crate::{Told, connected, data};

const SECOND: Duration = Duration::from_secs(1);
const NEARLY: Duration = Duration::from_nanos(999_999_999);

#[test]
fn a_connect_that_takes_too_long_is_given_up() {
    let options = ChannelOptions { connect: Some(SECOND), ..ChannelOptions::default() };
    let mut talk = Talk::new(Channel::connecting(None, options));
    talk.peer.connects = Done::Blocked;
    assert_eq!(talk.told(), []);
    assert_eq!(talk.wake(), Some((Timer::Connect, SECOND)));
    talk.pass(NEARLY);
    assert_eq!(talk.told(), []);
    talk.pass(Duration::from_nanos(1));
    assert_eq!(talk.told(), [Told::Closed(End::TimedOut(Timer::Connect))]);
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}

#[test]
fn a_connection_that_is_made_has_no_time_limit() {
    let mut talk = Talk::new(Channel::connecting(None, ChannelOptions::default()));
    assert_eq!(talk.told(), [Told::Connected]);
    assert_eq!(talk.wake(), None);
    talk.pass(100 * SECOND);
    assert_eq!(talk.told(), []);
}

/// A peer that takes nothing is waited for so long after the last byte that it took, and then reset: an end would say
/// that all was sent.
#[test]
fn a_close_waits_so_long_for_a_peer_that_takes_nothing() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.machine.out().push(b"hello").expect("it is taken");
    assert_eq!(talk.told(), []);
    talk.machine.out().close_when_done();
    // What is asked for between two turns begins with the next one, though that comes late.
    talk.pass(60 * SECOND);
    assert_eq!(talk.told(), []);
    assert_eq!(talk.wake(), Some((Timer::Close, 5 * SECOND)));
    talk.pass(4 * SECOND);
    talk.peer.takes = 1;
    assert_eq!(talk.told(), []);
    assert_eq!(talk.wake(), Some((Timer::Close, 5 * SECOND)), "from the byte that left");
    talk.pass(4 * SECOND + NEARLY);
    assert_eq!(talk.told(), []);
    talk.pass(Duration::from_nanos(1));
    assert_eq!(talk.told(), [Told::Closed(End::TimedOut(Timer::Close))]);
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}

/// One that got everything and says no end is not waited for any longer either; but nothing was lost.
#[test]
fn a_close_waits_so_long_for_the_peers_end() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().push(b"bye").expect("it is taken");
    talk.machine.out().close_when_done();
    assert_eq!(talk.told(), []);
    assert_eq!(talk.wake(), Some((Timer::Close, 5 * SECOND)));
    talk.pass(5 * SECOND);
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!(talk.peer.duties, [Duty::CloseWrite, Duty::Close]);
}

/// Who has half-closed waits for the answer as long as it takes.
#[test]
fn a_half_close_has_no_time_limit_once_it_is_made() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().close_write();
    assert_eq!(talk.told(), []);
    assert_eq!(talk.wake(), None);
    talk.pass(1000 * SECOND);
    talk.peer.says("at last");
    talk.peer.ends();
    assert_eq!(talk.told(), [data("at last"), Told::Ended, Told::Closed(End::Clean)]);
}

/// A wait that is over does not begin anew when one looks again.
#[test]
fn a_deadline_stays_where_it_is() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().close();
    for left in [5, 4, 3, 2, 1] {
        assert!(matches!(talk.run(), Progress::Blocked(_)));
        assert_eq!(talk.wake(), Some((Timer::Close, left * SECOND)));
        talk.peer.says("of no interest");
        talk.pass(SECOND);
    }
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
}
