//! Connecting: raced, under a deadline, and from within handlers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use standpipe_core::dispatch::ChannelOptions;
use standpipe_core::socket::Address;
use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher};
use standpipe_sys::socket::Candidate;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, LIMIT, Log, event_loop, fine, heard, many, pair, run_until, run_until_idle, say,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_refused_connection_is_told_as_its_end", refused),
    many("what_is_pushed_before_there_is_a_connection_leaves_with_it", pushed_before),
    many("the_first_of_several_candidates_that_answers_wins", first_that_answers),
    many("one_who_does_not_answer_is_overtaken", overtaken),
    many("connecting_has_a_deadline", deadline),
    many("one_that_is_connecting_is_aborted_at_once", aborted),
    many("a_timer_runs_while_it_is_connecting", timer),
    many("a_handler_has_the_loop_connect_as_well", from_within),
];

fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// An address at which nobody listens.
fn deserted() -> SocketAddr {
    bound().1
}

/// One at which nobody answers: its queue of connections is full.
fn silent() -> (SocketAddr, Vec<std::net::TcpStream>, socket2::Socket) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
    socket.listen(0).expect("it is bound");
    let address = socket.local_addr().expect("bound").as_socket().expect("an internet address");
    let mut queued = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queued.push(stream);
    }
    (address, queued, socket)
}

fn refused(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let address = deserted().to_string().parse().expect("an address");
    event_loop.connect(&address, Hearing::new(&log)).expect("numbers need no look-up");
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed no connection: connection refused (os error 111)"]);
    log.verdict()
}

fn pushed_before(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, (listener, address)) = (event_loop(on), bound());
    let address = address.to_string().parse().expect("an address");
    let key = event_loop.connect(&address, Echo).expect("numbers need no look-up");
    let mut channel = event_loop.channel(key).expect("it is under way");
    channel.push(b"hello").expect("it is taken");
    channel.close_when_done();
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    let (mut peer, _) = listener.accept().expect("it is connected to");
    let reader = std::thread::spawn(move || heard(&mut peer).expect("a clean end"));
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), "hello");
    fine()
}

fn first_that_answers(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, (listener, address)) = (event_loop(on), Log::default(), bound());
    let candidates = vec![Candidate::from(deserted()), Candidate::from(address)];
    let hearing = Hearing::answering(&log, |told, channel| {
        if told == "connected" {
            channel.push(channel.peer().expect("it is known").to_string().as_bytes())?;
            channel.close_when_done();
        }
        Ok(())
    });
    event_loop.connect_with(candidates, ConnectionOptions::default(), hearing);
    run_until(&mut event_loop, || !log.lines().is_empty());
    let (mut peer, _) = listener.accept().expect("it is connected to");
    run_until_idle(&mut event_loop);
    assert_eq!(heard(&mut peer).expect("a clean end"), address.to_string());
    drop(peer);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["connected", "closed clean"]);
    log.verdict()
}

fn overtaken(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, (listener, address)) = (event_loop(on), Log::default(), bound());
    let (mute, _queued, _socket) = silent();
    let candidates = vec![Candidate::from(mute), Candidate::from(address)];
    event_loop.connect_with(candidates, ConnectionOptions::default(), Hearing::new(&log));
    run_until(&mut event_loop, || log.has("connected"));
    drop(listener);
    log.verdict()
}

fn deadline(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (mute, _queued, _socket) = silent();
    let limit = ChannelOptions { connect: Some(Duration::from_millis(100)), ..Default::default() };
    let options = ConnectionOptions { channel: limit, layer: None };
    event_loop.connect_with(vec![Candidate::from(mute)], options, Hearing::new(&log));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed timed out connecting"]);
    log.verdict()
}

fn aborted(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (mute, _queued, _socket) = silent();
    let options = ConnectionOptions::default();
    let key = event_loop.connect_with(vec![Candidate::from(mute)], options, Hearing::new(&log));
    run_until_idle(&mut event_loop);
    event_loop.channel(key).expect("it is under way").abort();
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed aborted"]);
    log.verdict()
}

fn timer(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (mute, _queued, _socket) = silent();
    let hearing = Hearing::answering(&log, |_, channel| {
        channel.abort();
        Ok(())
    });
    let key = event_loop.connect_with(vec![Candidate::from(mute)], ConnectionOptions::default(), hearing);
    event_loop.channel(key).expect("it is under way").set_timer(Duration::from_millis(20));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["timer", "closed aborted"]);
    log.verdict()
}

/// Says what it was told by whom it asked.
struct Asking(Address);

impl Dispatcher for Asking {
    fn handle_read(&mut self, channel: &mut Channel<'_>, _: &[u8]) -> io::Result<()> {
        channel.connect(&self.0, Greeting)
    }
}

struct Greeting;

impl Dispatcher for Greeting {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push(b"from within")?;
        channel.close_when_done();
        Ok(())
    }
}

fn from_within(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, (listener, address)) = (event_loop(on), bound());
    let (ours, mut theirs) = pair();
    let address = address.to_string().parse().expect("an address");
    event_loop.insert(ours, ConnectionOptions::default(), Asking(address));
    say(&mut theirs, "go");
    drop(theirs);
    let reader = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("it is connected to");
        heard(&mut peer).expect("a clean end")
    });
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), "from within");
    fine()
}
