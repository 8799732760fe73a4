//! What a message costs an event loop: its pass, its handler, and all between them and the kernel.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use standpipe_blocking::TlsStream;
use standpipe_core::chat::Message;
use standpipe_core::{EofPolicy, SecuredOptions};
use standpipe_mio::dispatch::{
    Chat, Dispatcher, ListenerOptions, Loop, MessageDispatcher, MessageHandler, Security,
};
use standpipe_sys::socket::bind;
use standpipe_tests::harness::{client_session, server_session};

use super::allocations;
use super::tls::by_hand;

const LINE: &[u8] = b"how are you, and how is everybody else?\n";

/// How often each client says it before it is counted, and while it is.
const WARM: usize = 50;
const COUNTED: usize = 1000;

const LIMIT: Duration = Duration::from_secs(20);

struct Echo<'a>(&'a Cell<usize>);

impl Dispatcher for Echo<'_> {}

impl MessageHandler for Echo<'_> {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        self.0.set(self.0.get() + 1);
        chat.push(message.bytes)?;
        chat.push(b"\n")
    }
}

fn connected(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("not zero");
    stream
}

/// Says the line as often as it is to be said, and waits for each answer.
fn converse(mut stream: impl Read + Write) {
    let mut answer = [0; LINE.len()];
    for _ in 0..WARM + COUNTED {
        stream.write_all(LINE).expect("the server listens");
        stream.read_exact(&mut answer).expect("the server answers");
        assert_eq!(answer, LINE);
    }
}

/// A loop that serves echoes, and where.
fn serving(heard: &Cell<usize>, security: Option<Security>) -> (Loop<'_>, String) {
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let address = bound.local().to_string();
    let mut event_loop = Loop::new().expect("there are descriptors");
    let options = ListenerOptions { security, ..ListenerOptions::default() };
    event_loop.listen_with(bound, options, |_| MessageDispatcher::new(b"\n", Echo(heard)));
    (event_loop, address)
}

/// Runs passes until so many messages have come in all.
fn run_until(event_loop: &mut Loop<'_>, heard: &Cell<usize>, messages: usize) {
    let until = event_loop.now() + LIMIT;
    while heard.get() < messages {
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
        assert!(event_loop.now() < until, "{} messages came of {messages}", heard.get());
    }
}

/// How often a loop asks for memory for the messages of a client that are counted.
fn cost(security: Option<Security>, client: impl FnOnce(String) + Send) -> u64 {
    let heard = Cell::new(0);
    let (mut event_loop, address) = serving(&heard, security);
    thread::scope(|scope| {
        scope.spawn(move || client(address));
        run_until(&mut event_loop, &heard, WARM);
        let cost = allocations(|| run_until(&mut event_loop, &heard, WARM + COUNTED));
        event_loop.stop();
        event_loop.run().expect("it can wait");
        cost
    })
}

#[test]
fn a_message_costs_a_loop_no_allocation() {
    assert_eq!(cost(None, |address| converse(connected(&address))), 0);
}

/// They are more than the loop keeps buffers for: each gives back those of its turn before the next one takes its own.
#[test]
fn messages_that_come_at_once_cost_a_loop_no_allocation() {
    const CLIENTS: usize = 32;
    let heard = Cell::new(0);
    let (mut event_loop, address) = serving(&heard, None);
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| connected(&address)).collect();
    let mut answer = [0; LINE.len()];
    let mut round = || {
        let before = heard.get();
        clients.iter_mut().try_for_each(|client| client.write_all(LINE)).expect("the server listens");
        run_until(&mut event_loop, &heard, before + CLIENTS);
        event_loop.run_once(Some(Duration::ZERO)).expect("it can wait");
        clients.iter_mut().try_for_each(|client| client.read_exact(&mut answer)).expect("it has answered");
    };
    (0..WARM).for_each(|_| round());
    assert_eq!(allocations(|| (0..COUNTED).for_each(|_| round())), 0);
}

/// By hand, a record is opened and its answer sealed.
#[test]
fn a_message_costs_a_loop_no_allocation_beside_those_of_tls() {
    let security = Security { layer: Arc::new(|| Box::new(server_session())), eof: EofPolicy::default() };
    let client = |address: String| {
        let stream = standpipe_blocking::connect(&address.parse().expect("an address")).expect("it listens");
        let mut stream = TlsStream::new(stream, Box::new(client_session(true)), SecuredOptions::default());
        stream.set_timeout(Some(LIMIT));
        converse(stream);
    };
    let ours = cost(Some(security), client);

    let (mut client, mut server) = by_hand();
    let mut echo = || {
        client.turn(LINE);
        client.give(&mut server);
        let theirs = allocations(|| {
            assert_eq!(server.turn(&[]), LINE.len());
            server.turn(LINE);
        });
        server.give(&mut client);
        assert_eq!(client.turn(&[]), LINE.len());
        theirs
    };
    let theirs: u64 = (0..WARM + COUNTED).map(|_| echo()).skip(WARM).sum();
    assert!(ours <= theirs, "{ours} allocations for {COUNTED} messages, and {theirs} by hand");
}
