//! The same handlers behind TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use standpipe_blocking::TlsStream;
use standpipe_core::chat::Terminator;
use standpipe_core::{EofPolicy, Layer, SecuredOptions};
use standpipe_sys::Security;
use standpipe_sys::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, ConnectionOptions, Dispatcher, ListenerOptions,
};
use standpipe_sys::socket::{Purpose, bind, resolve};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict, client_session, server_session};

use super::event_loop::Loop;
use super::support::{Echo, Hearing, Log, end, event_loop, fine, heard, many, pair, run_until, say};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("an_echo_is_the_same_behind_tls", echo),
    many("a_chat_is_the_same_behind_tls_and_without", lines),
    many("a_client_is_told_that_it_is_connected_when_the_handshake_is_over", connected),
    many("a_handshake_that_fails_is_told_as_the_end", failed_handshake),
];

/// A loop that serves such handlers behind TLS, and where.
fn serving<'a, D: Dispatcher + 'a>(on: &dyn Dispatching, make: impl FnMut() -> D + 'a) -> (Loop<'a>, String) {
    let mut event_loop = event_loop(on);
    let layer = Arc::new(|| -> Box<dyn Layer> { Box::new(server_session()) });
    let security = Some(Security { layer, eof: EofPolicy::default() });
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let address = bound.local().to_string();
    let mut make = make;
    event_loop.listen_with(bound, ListenerOptions { security, ..Default::default() }, move |_| make());
    (event_loop, address)
}

/// What a client gets for this, each in a thread of its own.
fn asked(mut event_loop: Loop<'_>, address: String, question: &'static [u8]) -> String {
    let waker = event_loop.waker();
    thread::scope(|scope| {
        let client = scope.spawn(move || -> io::Result<String> {
            let stream = standpipe_blocking::connect(&address.parse().expect("an address"))?;
            let session = Box::new(client_session(true));
            let mut stream = TlsStream::new(stream, session, SecuredOptions::default());
            stream.write_all(question)?;
            stream.close_write()?;
            let mut text = String::new();
            let read = stream.read_to_string(&mut text);
            waker.stop();
            read.map(|_| text)
        });
        event_loop.run().expect("it can wait");
        client.join().expect("no panic").expect("a clean end")
    })
}

fn echo(on: &dyn Dispatching) -> Verdict {
    let (event_loop, address) = serving(on, || Echo);
    assert_eq!(asked(event_loop, address, b"hello"), "hello");
    fine()
}

#[derive(Default)]
struct Lines(Vec<u8>);

impl Dispatcher for Lines {}

impl AsyncChat for Lines {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        let line = std::mem::take(&mut self.0);
        match line.strip_prefix(b"body ").and_then(|count| std::str::from_utf8(count).ok()) {
            Some(count) => chat.set_terminator(count.parse::<u64>().map_err(io::Error::other)?),
            None => chat.set_terminator(Terminator::LF),
        }
        chat.push(&[b"<", &line[..], b">"].concat())
    }
}

const QUESTION: &[u8] = b"one\nbody 3\na\nbtwo\n";
const ANSWER: &str = "<one><body 3><a\nb><two>";

fn lines(on: &dyn Dispatching) -> Verdict {
    let lines = || ChatDispatcher::new(Terminator::LF, Lines::default());
    let (event_loop, address) = serving(on, lines);
    assert_eq!(asked(event_loop, address, QUESTION), ANSWER);

    let mut event_loop = event_loop_of(on, lines());
    say(&mut event_loop.1, QUESTION);
    end(&event_loop.1);
    event_loop.0.run().expect("it can wait");
    assert_eq!(heard(&mut event_loop.1).expect("a clean end"), ANSWER);
    fine()
}

fn event_loop_of(on: &dyn Dispatching, handler: impl Dispatcher + 'static) -> (Loop<'static>, TcpStream) {
    let (mut event_loop, (ours, theirs)) = (event_loop(on), pair());
    event_loop.insert(ours, ConnectionOptions::default(), handler);
    (event_loop, theirs)
}

/// Both sides in one loop: the client connects, agrees, asks and is answered.
fn connected(on: &dyn Dispatching) -> Verdict {
    struct Asking(Log);
    impl Dispatcher for Asking {
        fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
            let version = channel.negotiated().map(|negotiated| negotiated.version.to_string());
            self.0.push(format!("connected {}", version.unwrap_or_default()));
            channel.push(b"hello")
        }
        fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
            self.0.push(format!("read {}", String::from_utf8_lossy(data)));
            channel.stop_loop();
            Ok(())
        }
    }
    let (mut event_loop, address) = serving(on, || Echo);
    let log = Log::default();
    let address = address.parse().expect("an address");
    let layer = Box::new(client_session(true));
    let options = ConnectionOptions { layer: Some(layer), ..Default::default() };
    let candidates = resolve(&address, Purpose::Connect).expect("numbers need no look-up");
    event_loop.connect_with(candidates, options, Asking(log.clone()));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["connected TLSv1.3", "read hello"]);
    log.verdict()
}

fn failed_handshake(on: &dyn Dispatching) -> Verdict {
    let log = Log::default();
    let told = log.clone();
    let (mut event_loop, address) = serving(on, move || Hearing::new(&told));
    let mut client = TcpStream::connect(address).expect("it listens");
    say(&mut client, "GET / HTTP/1.0\r\n\r\n");
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines().len(), 2, "{:?}", log.lines());
    assert_eq!(log.lines()[0], "accepted");
    fine()
}
