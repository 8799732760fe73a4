//! The same handlers behind TLS.

use std::io::{self, Read, Write};
use std::sync::{Arc, LazyLock};
use std::thread;

use standpipe_blocking::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, ConnectionOptions, Dispatcher, ListenerOptions, Loop, Security,
    Terminator,
};
use standpipe_blocking::tls::{
    Context, ContextOptions, Identity, Provider, Roots, Session, SystemClock, Trust,
};
use standpipe_blocking::{bind, connect};
use standpipe_core::EofPolicy;
use standpipe_sys::socket::{Purpose, resolve};

use crate::hearing::*;

pub(crate) static CONTEXTS: LazyLock<(Context, Context)> = LazyLock::new(|| {
    let options = || ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let (der, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    let mut roots = Roots::default();
    roots.add_der(der.clone()).expect("a certificate");
    let identity = Identity::from_der(vec![der], key).expect("a key");
    let client = Context::client(Trust::Roots(roots), None, options()).expect("a client's context");
    (client, Context::server(identity, None, options()).expect("a server's context"))
});

/// A loop that serves such handlers behind TLS, and where.
fn serving<'a, D: Dispatcher + 'a>(make: impl FnMut() -> D + 'a) -> (Loop<'a>, String) {
    let mut event_loop = event_loop();
    let layer = Arc::new(|| -> Box<dyn standpipe_core::Layer> {
        Box::new(Session::server(&CONTEXTS.1).expect("a server's context"))
    });
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
            let stream = connect(&address.parse().expect("an address"))?;
            let mut stream = stream.tls(&CONTEXTS.0, "localhost").expect("a client's context");
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

#[test]
fn an_echo_is_the_same_behind_tls() {
    let (event_loop, address) = serving(|| Echo);
    assert_eq!(asked(event_loop, address, b"hello"), "hello");
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

#[test]
fn a_chat_is_the_same_behind_tls_and_without() {
    let lines = || ChatDispatcher::new(Terminator::LF, Lines::default());
    let (event_loop, address) = serving(lines);
    assert_eq!(asked(event_loop, address, QUESTION), ANSWER);

    let mut event_loop = event_loop_of(lines());
    say(&mut event_loop.1, QUESTION);
    end(&event_loop.1);
    event_loop.0.run().expect("it can wait");
    assert_eq!(heard(&mut event_loop.1).expect("a clean end"), ANSWER);
}

fn event_loop_of(handler: impl Dispatcher + 'static) -> (Loop<'static>, std::net::TcpStream) {
    let (mut event_loop, (ours, theirs)) = (event_loop(), pair());
    event_loop.insert(ours, ConnectionOptions::default(), handler);
    (event_loop, theirs)
}

/// Both sides in one loop: the client connects, agrees, asks and is answered.
#[test]
fn a_client_is_told_that_it_is_connected_when_the_handshake_is_over() {
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
    let (mut event_loop, address) = serving(|| Echo);
    let log = Log::default();
    let address = address.parse().expect("an address");
    let layer = Box::new(Session::client(&CONTEXTS.0, "localhost").expect("a client's context"));
    let options = ConnectionOptions { layer: Some(layer), ..Default::default() };
    let candidates = resolve(&address, Purpose::Connect).expect("numbers need no look-up");
    event_loop.connect_with(candidates, options, Asking(log.clone()));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["connected TLSv1.3", "read hello"]);
}

#[test]
fn a_handshake_that_fails_is_told_as_the_end() {
    let log = Log::default();
    let told = log.clone();
    let (mut event_loop, address) = serving(move || Hearing::new(&told));
    let mut client = std::net::TcpStream::connect(address).expect("it listens");
    say(&mut client, "GET / HTTP/1.0\r\n\r\n");
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines().len(), 2, "{:?}", log.lines());
    assert_eq!(log.lines()[0], "accepted");
}
