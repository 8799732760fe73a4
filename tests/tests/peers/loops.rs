//! Loops of handlers with Python's `asynchat` and `asyncore`, plain and behind TLS, as their server and as their client.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::thread;

use standpipe_core::chat::{Message, SimpleProducer, Terminator};
use standpipe_core::process::Exit;
use standpipe_core::tls::Session;
use standpipe_core::{End, Layer};
use standpipe_sys::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, ConnectionOptions, Dispatcher, EventLoop, ListenerOptions,
    MessageDispatcher, MessageHandler,
};
use standpipe_sys::socket::{Purpose, bind, resolve};
use standpipe_tests::peer::{Certificate, Serving, asking, script};
use standpipe_tests::python::Python;

use crate::drive::Drive;
use crate::ours::{BODIES, PEER, assert_same, payload, security, with_asynchat, with_asyncore};

/// Makes a test for each backend that has a loop of a function that is held to its way to wait.
macro_rules! on_every_loop {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn blocking() {
                super::$name::<standpipe_blocking::dispatch::Polling>();
            }

            #[test]
            fn mio() {
                super::$name::<standpipe_mio::dispatch::Watching>();
            }

            #[test]
            fn smol() {
                super::$name::<standpipe_sys::dispatch::Awaited<standpipe_smol::dispatch::Watching>>();
            }
        })*
    };
}

on_every_loop! {
    a_client_of_asynchat_is_answered_in_pieces a_client_of_asynchat_is_answered_in_messages
    a_server_of_asynchat_is_talked_to_in_messages
    a_client_of_asyncore_is_answered_after_its_half_close
    a_server_of_asyncore_answers_after_our_half_close
}

/// How the connections of a loop have ended.
type Ends = Rc<RefCell<Vec<End>>>;

/// What both kinds of handlers do with a message: a body is answered by its length and its bytes backwards.
fn answer(chat: &mut Chat<'_>, message: &[u8]) -> io::Result<()> {
    if message == b"BYE" {
        chat.push(b"bye;")?;
        chat.close_when_done();
        return Ok(());
    }
    if *chat.terminator() == Terminator::LF {
        chat.set_terminator(length(message)?);
        return Ok(());
    }
    chat.set_terminator(Terminator::LF);
    chat.push(format!("{}\n", message.len()).as_bytes())?;
    chat.push_bytes(message.iter().rev().copied().collect::<Vec<u8>>())
}

fn length(message: &[u8]) -> io::Result<u64> {
    std::str::from_utf8(message).map_err(io::Error::other)?.parse().map_err(io::Error::other)
}

/// A handler of messages in pieces, and of whole ones.
struct Answering {
    ends: Ends,
    message: Vec<u8>,
}

impl Dispatcher for Answering {
    fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
        self.ends.borrow_mut().push(end);
        channel.stop_loop();
    }
}

impl AsyncChat for Answering {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        self.message.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        answer(chat, &std::mem::take(&mut self.message))
    }
}

impl MessageHandler for Answering {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        answer(chat, message.bytes)
    }
}

fn a_client_of_asynchat_is_answered_in_pieces<W: Drive>() {
    with_asynchat(|python, certificate| {
        visited::<W, _>(python, certificate, |handler| ChatDispatcher::new(Terminator::LF, handler));
    });
}

fn a_client_of_asynchat_is_answered_in_messages<W: Drive>() {
    with_asynchat(|python, certificate| {
        visited::<W, _>(python, certificate, |handler| MessageDispatcher::new(Terminator::LF, handler));
    });
}

/// A loop that listens, and the number of its port.
fn listening<'a, W: Drive, D: Dispatcher + 'a>(
    options: ListenerOptions,
    mut make: impl FnMut() -> D + 'a,
) -> (EventLoop<'a, W>, String) {
    let mut event_loop = EventLoop::new().expect("there are descriptors");
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let port = bound.local().port().expect("TCP has ports").to_string();
    event_loop.listen_with(bound, options, move |_| make());
    (event_loop, port)
}

/// Runs a loop for one client.
fn visited<W: Drive, D: Dispatcher>(
    python: &Python,
    certificate: Option<&Certificate>,
    make: fn(Answering) -> D,
) {
    let ends = Ends::default();
    let options = ListenerOptions { security: certificate.map(security), ..ListenerOptions::default() };
    let make = || make(Answering { ends: ends.clone(), message: Vec::new() });
    let (mut event_loop, port) = listening::<W, _>(options, make);
    let trusted = certificate.map_or("-", Certificate::chain);
    let client = script(python, PEER, &["asynchat_visits", trusted, &port]);
    let client = thread::spawn(move || asking(client, ""));
    W::run(&mut event_loop).expect("it can wait");
    let output = client.join().expect("no panic");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(told, format!("{BODIES} bodies\n"), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(*ends.borrow(), [End::Clean]);
}

/// How many bodies a server of asynchat is sent. It pushes each answer in two pieces, so that Nagle's algorithm delays the second.
const ASKED: usize = 50;

/// Sends bodies, one after the other, and holds that each comes back as it should.
struct Asking {
    count: usize,
    ends: Ends,
}

impl Asking {
    fn body(&self) -> Vec<u8> {
        format!("{}\n\r;", self.count).repeat(self.count + 1).into_bytes()
    }

    fn ask(&self, channel: &mut Channel<'_>) -> io::Result<()> {
        let body = self.body();
        channel.push(format!("{}\n", body.len()).as_bytes())?;
        channel.push_bytes(body)
    }
}

impl Dispatcher for Asking {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.ask(channel)
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.ends.borrow_mut().push(end);
    }
}

impl MessageHandler for Asking {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        if self.count == ASKED {
            assert_eq!(message.bytes, b"bye");
            return Ok(());
        }
        if *chat.terminator() == Terminator::LF {
            assert_eq!(length(message.bytes)?, self.body().len() as u64);
            chat.set_terminator(self.body().len() as u64);
            return Ok(());
        }
        assert!(message.bytes.iter().rev().eq(&self.body()), "number {}", self.count);
        self.count += 1;
        if self.count < ASKED {
            chat.set_terminator(Terminator::LF);
            return self.ask(chat);
        }
        chat.set_terminator(Terminator::bytes(";").expect("it has bytes"));
        chat.push(b"BYE\n")
    }
}

fn a_server_of_asynchat_is_talked_to_in_messages<W: Drive>() {
    with_asynchat(|python, certificate| {
        let words = certificate.map_or(["-", "-"], |files| [files.chain(), files.key()]);
        let server = script(python, PEER, &["asynchat_serves", words[0], words[1]]);
        let server = Serving::announced(server, "port ");
        let layer = certificate.map(|certificate| -> Box<dyn Layer> {
            Box::new(Session::client(&certificate.client(), "localhost").expect("a name"))
        });
        let options = ConnectionOptions { layer, ..ConnectionOptions::default() };
        let ends = Ends::default();
        let asking = Asking { count: 0, ends: ends.clone() };
        connected::<W>(server.port(), options, MessageDispatcher::new(Terminator::LF, asking));
        assert_eq!(*ends.borrow(), [End::Clean]);
        let (said, exit) = server.end();
        assert_eq!((said.as_str(), exit), ("", Exit::Code(0)));
    });
}

/// Runs a loop for one connection to this port.
fn connected<W: Drive>(port: u16, options: ConnectionOptions, handler: impl Dispatcher) {
    let address = format!("127.0.0.1:{port}").parse().expect("an address");
    let candidates = resolve(&address, Purpose::Connect).expect("numbers need no look-up");
    let mut event_loop = EventLoop::<W>::new().expect("there are descriptors");
    event_loop.connect_with(candidates, options, handler);
    W::run(&mut event_loop).expect("it can wait");
}

/// Sends back what comes, and stops its loop at the end.
struct Echo;

impl Dispatcher for Echo {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
        assert_eq!(end, End::Clean);
        channel.stop_loop();
    }
}

fn a_client_of_asyncore_is_answered_after_its_half_close<W: Drive>() {
    with_asyncore(|python| {
        let (mut event_loop, port) = listening::<W, _>(ListenerOptions::default(), || Echo);
        let client = script(python, PEER, &["asyncore_asks", "-", &port]);
        let client = thread::spawn(move || asking(client, payload()));
        W::run(&mut event_loop).expect("it can wait");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

/// Sends everything and its end, and collects what comes back and how it ends.
#[derive(Clone, Default)]
struct Sending(Rc<RefCell<(Vec<u8>, Option<End>)>>);

impl Dispatcher for Sending {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push_with_producer(SimpleProducer::new(payload()))?;
        channel.close_write();
        Ok(())
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().0.extend_from_slice(data);
        Ok(())
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.0.borrow_mut().1 = Some(end);
    }
}

fn a_server_of_asyncore_answers_after_our_half_close<W: Drive>() {
    with_asyncore(|python| {
        let server = Serving::announced(script(python, PEER, &["asyncore_answers", "-", "-"]), "port ");
        let sending = Sending::default();
        connected::<W>(server.port(), ConnectionOptions::default(), sending.clone());
        let (came, end) = sending.0.take();
        assert_eq!(end, Some(End::Clean));
        assert_same(&came, &payload());
    });
}
