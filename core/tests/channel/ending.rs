//! How a channel ends.

use standpipe_core::dispatch::{Channel, ChannelOptions, PushError};
use standpipe_core::{Done, Duty, End, Fault, Machine, Progress, Side, Wants};

use crate::scripted::{GONE, RESET};
use crate::{Told, connected, data, failed};

/// It is told once and last, and facts are ignored from then on (ACO-62, ACO-T3).
#[test]
fn the_end_is_told_once_and_last() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    talk.peer.ends();
    assert_eq!(talk.told(), [data("hello"), Told::Ended, Told::Closed(End::Clean)]);
    let machine = &mut talk.machine;
    machine.handle_read(Channel::SOCKET, 5);
    machine.handle_eof(Channel::SOCKET);
    machine.handle_written(Channel::SOCKET, 5);
    machine.handle_failed(Channel::SOCKET, Side::Read, RESET);
    machine.handle_failed(Channel::SOCKET, Side::Write, GONE);
    machine.handle_done(Channel::SOCKET, Duty::Close, Done::Ok(0));
    machine.out().close();
    machine.out().abort();
    assert_eq!((machine.wants(Channel::SOCKET), machine.wake()), (Wants::NOTHING, None));
    assert_eq!(talk.told(), []);
    assert_eq!(talk.run(), Progress::Done);
    assert_eq!(talk.machine.end(), Some(End::Clean));
}

/// One failure after another: the first is the reason, and the end is told once (ACO-21, ACO-58).
#[test]
fn the_first_failure_is_the_reason() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.write_fault = Some(GONE);
    talk.peer.breaks(RESET);
    talk.machine.out().push(b"hello").expect("it is taken");
    assert_eq!(talk.told(), [failed(Side::Write, GONE)]);

    let mut talk = connected(ChannelOptions::default());
    talk.peer.write_fault = Some(GONE);
    talk.machine.out().push(b"hello").expect("it is taken");
    assert_eq!(talk.told(), []);
    talk.machine.out().abort();
    assert_eq!(talk.told(), [failed(Side::Write, GONE)]);
}

/// A close within a handler stops delivery at once (ACH-T1).
#[test]
fn a_close_within_a_handler_stops_delivery() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("one");
    talk.peer.says("two");
    talk.peer.ends();
    assert_eq!(talk.told_to(|_, out| out.close()), [data("one"), Told::Closed(End::Clean)]);
}

/// And it may be asked for as often as one likes, in any way (ACO-47).
#[test]
fn a_close_may_be_asked_for_again() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().close_when_done();
    talk.machine.out().close();
    talk.machine.out().close_write();
    talk.machine.out().close_when_done();
    talk.peer.says("of no interest");
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!(talk.peer.duties, [Duty::CloseWrite, Duty::Close]);
}

/// What was pushed leaves first, and what comes until then is told (ACH-32).
#[test]
fn a_close_when_done_waits_for_what_was_pushed() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 5;
    talk.machine.out().push(b"hello, you").expect("it is taken");
    talk.machine.out().close_when_done();
    talk.peer.says("still of interest");
    assert_eq!(talk.told(), [data("still of interest")]);
    talk.peer.takes = 5;
    assert_eq!(talk.told(), []);
    assert_eq!((talk.peer.heard().as_str(), &talk.peer.duties[..]), ("hello, you", &[Duty::CloseWrite][..]));
    talk.peer.says("too late");
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
}

/// On an empty queue it is done in the next turn, without an event of any kind in between (ACH-32).
#[test]
fn a_close_when_nothing_is_unsent_is_done_at_once() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().close_when_done();
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.duties, [Duty::CloseWrite]);
}

#[test]
fn a_half_close_leaves_the_other_direction_open() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().push(b"the question").expect("it is taken");
    talk.machine.out().close_write();
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.duties, [Duty::CloseWrite]);
    talk.peer.says("the answer");
    talk.peer.ends();
    assert_eq!(talk.told(), [data("the answer"), Told::Ended, Told::Closed(End::Clean)]);
}

/// By default the peer's end is also ours, once everything has left.
#[test]
fn when_the_peer_has_ended_what_was_pushed_leaves_first() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.peer.says("question");
    talk.peer.ends();
    let told = talk.told_to(|told, out| {
        if *told != Told::Ended {
            out.push(b"answer").expect("it is taken");
        }
    });
    assert_eq!(told, [data("question"), Told::Ended]);
    assert_eq!(talk.machine.out().push(b"more"), Err(PushError::Closing));
    talk.peer.takes = 100;
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!((talk.peer.heard().as_str(), &talk.peer.duties[..]), ("answer", &[Duty::Close][..]));
}

/// The handler of the peer's end may still answer.
#[test]
fn the_handler_of_the_end_may_answer() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.ends();
    let told = talk.told_to(|told, out| {
        if *told == Told::Ended {
            out.push(b"bye").expect("it is taken");
        }
    });
    assert_eq!(told, [Told::Ended, Told::Closed(End::Clean)]);
    assert_eq!(talk.peer.heard(), "bye");
}

#[test]
fn a_half_open_channel_goes_on_when_its_peer_has_ended() {
    let mut talk = connected(ChannelOptions { half_open: true, ..ChannelOptions::default() });
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Ended]);
    talk.machine.out().push(b"one").expect("it is open");
    assert_eq!(talk.told(), []);
    talk.machine.out().push(b"two").expect("it is open");
    talk.machine.out().close_when_done();
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!((talk.peer.heard().as_str(), &talk.peer.duties[..]), ("onetwo", &[Duty::Close][..]));
}

/// A bare connection's end says that all was sent; where it was not, the peer must see that.
#[test]
fn an_abort_shows_the_peer_a_reset() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.machine.out().push(b"never seen").expect("it is taken");
    talk.peer.says("hello");
    assert_eq!(talk.told_to(|_, out| out.abort()), [data("hello"), Told::Closed(End::Aborted)]);
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}

/// What cannot be sent is not vouched for.
#[test]
fn a_failed_write_ends_in_a_reset() {
    let other = Fault::new(standpipe_core::FaultKind::Other, 5);
    let mut talk = connected(ChannelOptions::default());
    talk.peer.write_fault = Some(other);
    talk.machine.out().push(b"hello").expect("it is taken");
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Ended, failed(Side::Write, other)]);
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}

#[test]
fn a_finished_channel_holds_no_buffer() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    assert_eq!(talk.run(), Progress::Events);
    assert!(talk.peer.lent() > 0);
    talk.machine.out().abort();
    assert_eq!(talk.told(), [Told::Closed(End::Aborted)]);
    assert_eq!(talk.peer.lent(), 0);
}
