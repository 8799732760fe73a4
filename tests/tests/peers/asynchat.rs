//! Dialogues with Python's `asynchat`, plain and behind TLS. The terminator is another one for almost every message: a line
//! that has a length, so many bytes, and at last a semicolon.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::thread;

use standpipe_blocking::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, Dispatcher, ListenerOptions, Loop, MessageDispatcher,
    MessageHandler, Terminator,
};
use standpipe_blocking::tls::Session;
use standpipe_blocking::{ChatOptions, ChatStream, Exit, bind, connect};
use standpipe_core::End;
use standpipe_core::chat::Message;
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, LIMIT, Serving, asking, script};
use standpipe_tests::python::Python;

use crate::ours::{PEER, security};

/// How many bodies are exchanged.
const BODIES: usize = 200;

/// Holds a test with each Python that has it, in plain text and with a certificate.
#[track_caller]
fn with_asynchat(test: fn(&Python, Option<&Certificate>)) {
    for python in Python::with_module("asynchat") {
        bounded(move || {
            test(&python, None);
            test(&python, Some(&Certificate::new()));
        });
    }
}

fn semicolon() -> Terminator {
    Terminator::bytes(";").expect("it has bytes")
}

#[test]
fn a_server_of_asynchat_is_talked_to() {
    with_asynchat(|python, certificate| {
        let words = certificate.map_or(["-", "-"], |files| [files.chain(), files.key()]);
        let server = script(python, PEER, &["asynchat_serves", words[0], words[1]]);
        let server = Serving::announced(server, "port ");
        let mut chat = dialogue(server.port(), certificate);
        for number in 0..BODIES {
            let body = format!("{number}\n\r;").repeat(number + 1);
            chat.set_terminator(Terminator::LF);
            chat.send(format!("{}\n{body}", body.len())).expect("it reads");
            assert_eq!(next(&mut chat), body.len().to_string());
            chat.set_terminator(body.len() as u64);
            assert_eq!(next(&mut chat).chars().rev().collect::<String>(), body);
        }
        chat.set_terminator(semicolon());
        chat.send("BYE\n").expect("it reads");
        assert_eq!(next(&mut chat), "bye");
        assert_eq!(chat.next_message().expect("a clean end"), None);
        chat.close().expect("everything has left");
        let (said, exit) = server.end();
        assert_eq!((said.as_str(), exit), ("", Exit::Code(0)));
    });
}

fn dialogue(port: u16, certificate: Option<&Certificate>) -> ChatStream {
    let stream = connect(&format!("127.0.0.1:{port}").parse().expect("an address")).expect("it listens");
    let options = ChatOptions::default();
    let mut chat = match certificate {
        None => ChatStream::with_options(stream, Terminator::LF, options),
        Some(certificate) => {
            let session = Session::client(&certificate.client(), "localhost").expect("a name");
            ChatStream::layered(stream, Box::new(session), Terminator::LF, options)
        }
    };
    chat.set_timeout(Some(LIMIT));
    chat
}

#[track_caller]
fn next(chat: &mut ChatStream) -> String {
    let message = chat.next_message().expect("it comes").expect("there is one");
    String::from_utf8(message.bytes).expect("text")
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
        let length = std::str::from_utf8(message).map_err(io::Error::other)?;
        chat.set_terminator(length.parse::<u64>().map_err(io::Error::other)?);
        return Ok(());
    }
    chat.set_terminator(Terminator::LF);
    chat.push(format!("{}\n", message.len()).as_bytes())?;
    chat.push_bytes(message.iter().rev().copied().collect::<Vec<u8>>())
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

#[test]
fn a_client_of_asynchat_is_answered_in_pieces() {
    with_asynchat(|python, certificate| {
        visited(python, certificate, |handler| ChatDispatcher::new(Terminator::LF, handler));
    });
}

#[test]
fn a_client_of_asynchat_is_answered_in_messages() {
    with_asynchat(|python, certificate| {
        visited(python, certificate, |handler| MessageDispatcher::new(Terminator::LF, handler));
    });
}

/// Runs a loop for one client.
fn visited<D: Dispatcher>(python: &Python, certificate: Option<&Certificate>, make: fn(Answering) -> D) {
    let ends = Ends::default();
    let mut event_loop = Loop::new().expect("there are descriptors");
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let port = bound.local().port().expect("TCP has ports").to_string();
    let options = ListenerOptions { security: certificate.map(security), ..ListenerOptions::default() };
    event_loop.listen_with(bound, options, |_| make(Answering { ends: ends.clone(), message: Vec::new() }));
    let trusted = certificate.map_or("-", Certificate::chain);
    let client = script(python, PEER, &["asynchat_visits", trusted, &port]);
    let client = thread::spawn(move || asking(client, ""));
    event_loop.run().expect("it can wait");
    let output = client.join().expect("no panic");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(told, format!("{BODIES} bodies\n"), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(*ends.borrow(), [End::Clean]);
}
