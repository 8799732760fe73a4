//! The scenarios of `asyncore_tells.py`, told here.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use socket2::SockRef;
use standpipe_core::chat::{Chat, ChatOptions, MessageOptions, Terminator};
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions, Registry};
use standpipe_core::{Machine, Moment};
use standpipe_sys::Stream;

use crate::side::{FOR_EVER, Side, listener, pair};

pub(crate) type Scenario = (&'static str, fn() -> Vec<String>);

macro_rules! scenarios {
    ($($name:ident)*) => { &[$((stringify!($name), $name)),*] };
}

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_connect_that_succeeds
    a_connect_that_is_refused
    a_connect_that_is_refused_and_whose_error_is_ignored
    its_state_when_connected_is_told
    data_in_pieces_and_an_end
    an_end_behind_much_data
    a_reset
    an_urgent_byte
    a_push_before_there_is_a_connection
    a_send_before_there_is_a_connection
    a_close_when_done
    a_push_behind_a_close
    a_close_dropped_with_what_was_pushed
    a_handler_that_closes
    a_handler_that_closes_within_a_chunk
    an_end_within_a_terminator
    all_are_closed
    all_are_closed_and_one_fails
];

fn channel() -> Channel {
    Channel::connected(ChannelOptions::default())
}

fn connecting() -> Channel {
    Channel::connecting(None, ChannelOptions::default())
}

fn chat(terminator: Terminator) -> Chat {
    Chat::new(terminator, ChatOptions::default())
}

fn never(_: &[String]) -> bool {
    false
}

fn a_connect_that_succeeds() -> Vec<String> {
    let (listener, address) = listener();
    let mut side = Side::connecting(connecting(), address);
    side.run(|log| !log.is_empty(), |_| {});
    let (mut peer, _) = listener.accept().expect("it was connected to");
    peer.write_all(b"hello").expect("it is open");
    drop(peer);
    side.run(never, |_| {});
    side.log
}

fn a_connect_that_is_refused() -> Vec<String> {
    let (listener, address) = listener();
    drop(listener);
    let mut side = Side::connecting(connecting(), address);
    side.run(never, |_| {});
    side.log
}

/// Nobody need do anything of it.
fn a_connect_that_is_refused_and_whose_error_is_ignored() -> Vec<String> {
    a_connect_that_is_refused()
}

fn its_state_when_connected_is_told() -> Vec<String> {
    let (_listener, address) = listener();
    let mut side = Side::connecting(connecting(), address);
    side.run(|log| !log.is_empty(), |_| {});
    vec![if side.machine.is_connected() { "connected" } else { "not connected" }.to_owned()]
}

fn data_in_pieces_and_an_end() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(channel(), ours);
    for piece in ["one ", "two ", "three"] {
        theirs.write_all(piece.as_bytes()).expect("it is open");
        let before = side.log.clone();
        side.run(|log| *log != before[..], |_| {});
    }
    drop(theirs);
    side.run(never, |_| {});
    side.log
}

fn an_end_behind_much_data() -> Vec<String> {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair");
    theirs.write_all(&[b'x'; 1000]).expect("it is open");
    drop(theirs);
    let mut side = Side::connected(channel(), ours);
    side.run(never, |_| {});
    side.log
}

fn a_reset() -> Vec<String> {
    let (ours, theirs) = pair();
    SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).expect("it is a socket");
    drop(theirs);
    let mut side = Side::connected(channel(), ours);
    side.run(never, |_| {});
    side.log
}

fn an_urgent_byte() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(channel(), ours);
    side.machine.out().set_urgent(true);
    SockRef::from(&theirs).send_out_of_band(b"!").expect("it is open");
    side.run(|log| !log.is_empty(), |_| {});
    theirs.write_all(b"and data").expect("it is open");
    drop(theirs);
    side.run(never, |_| {});
    side.log
}

fn a_push_before_there_is_a_connection() -> Vec<String> {
    let (listener, address) = listener();
    let chat = Chat::over(connecting(), Terminator::LF, MessageOptions::default());
    let mut side = Side::connecting(chat, address);
    side.machine.handle().push(b"hello").expect("it is taken");
    side.machine.handle().close_when_done();
    side.run(|log| !log.is_empty(), |_| {});
    let (peer, _) = listener.accept().expect("it was connected to");
    with_sent(side, peer)
}

fn a_send_before_there_is_a_connection() -> Vec<String> {
    a_push_before_there_is_a_connection()
}

fn a_close_when_done() -> Vec<String> {
    let (ours, theirs) = pair();
    let mut side = Side::connected(chat(Terminator::LF), ours);
    side.machine.handle().push(b"good").expect("it is taken");
    side.machine.handle().push(b"bye").expect("it is taken");
    side.machine.handle().close_when_done();
    with_sent(side, theirs)
}

fn a_push_behind_a_close() -> Vec<String> {
    let (ours, theirs) = pair();
    let mut side = Side::connected(chat(Terminator::LF), ours);
    side.machine.handle().close_when_done();
    if side.machine.handle().push(b"more").is_err() {
        side.log.push("refused".to_owned());
    }
    with_sent(side, theirs)
}

fn a_close_dropped_with_what_was_pushed() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(chat(Terminator::LF), ours);
    side.machine.handle().close_when_done();
    side.machine.handle().discard_buffers();
    theirs.write_all(b"still here?\n").expect("it is open");
    with_sent(side, theirs)
}

/// Its peer reads to the end and ends then.
fn with_sent(mut side: Side<Chat>, mut peer: TcpStream) -> Vec<String> {
    let peer = std::thread::spawn(move || {
        let mut sent = String::new();
        peer.read_to_string(&mut sent).expect("it ends well");
        sent
    });
    side.run(never, |_| {});
    side.log.push(format!("sent {}", peer.join().expect("no panic")));
    side.log
}

fn a_handler_that_closes() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(channel(), ours);
    theirs.write_all(b"one").expect("it is open");
    side.run(|log| !log.is_empty(), |out| out.close());
    drop(theirs);
    side.run(never, |_| {});
    side.log
}

fn a_handler_that_closes_within_a_chunk() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(chat(Terminator::LF), ours);
    theirs.write_all(b"a\nb\nc\n").expect("it is open");
    side.run(|log| !log.is_empty(), |handle| handle.close());
    drop(theirs);
    side.run(never, |_| {});
    side.log
}

fn an_end_within_a_terminator() -> Vec<String> {
    let (ours, mut theirs) = pair();
    let mut side = Side::connected(chat(Terminator::CRLF), ours);
    theirs.write_all(b"ab\r\ncd\r").expect("it is open");
    drop(theirs);
    side.run(never, |_| {});
    side.log
}

/// Several in one registry, and what their peers see when it is emptied.
fn several(fails: Option<usize>) -> Vec<String> {
    let mut everybody = Registry::new();
    let mut peers = Vec::new();
    let mut log = Vec::new();
    for _ in 0..3 {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        peers.push(theirs);
        everybody.insert((channel(), Stream::socket(ours.into())));
    }
    for (index, (_, (mut channel, _socket))) in everybody.drain().enumerate() {
        channel.out().abort();
        channel.handle_now(Moment::ORIGIN);
        assert!(!matches!(channel.next_event(), Some((ChannelEvent::Data(_), _))));
        if Some(index) == fails {
            log.push("error".to_owned());
            break;
        }
    }
    assert!(everybody.is_empty());
    for mut peer in peers {
        // A program that starts in another test holds a copy of every descriptor until it is executed.
        peer.set_read_timeout(Some(FOR_EVER)).expect("it is open");
        let seen = match peer.read(&mut [0]) {
            Ok(0) => "ended",
            Ok(_) => "data",
            Err(_) => "open",
        };
        log.push(seen.to_owned());
    }
    log
}

fn all_are_closed() -> Vec<String> {
    several(None)
}

fn all_are_closed_and_one_fails() -> Vec<String> {
    several(Some(1))
}
