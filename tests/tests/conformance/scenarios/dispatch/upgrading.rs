//! TLS that is put over a channel which has begun in plain text, as STARTTLS asks for, and taken off again.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use standpipe_core::End;
use standpipe_core::chat::{Message, Terminator};
use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_sys::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, Dispatcher, MessageDispatcher, MessageHandler,
};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict, client_session, server_session};

use super::event_loop::Loop;
use super::support::{Log, client, event_loop, fine, many, run_until, say, served, verdict};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("both_sides_go_on_secured", both_sides),
    many("what_is_said_behind_the_request_is_never_told", behind_the_request),
    many("nothing_is_pushed_between_the_request_and_the_handshake", pushed_between),
    many("a_second_layer_is_refused", second_layer),
    many("both_sides_go_back_to_plain_text", back),
    many("a_layer_that_is_not_there_is_not_taken_off", nothing_off),
    many("a_timer_may_turn_the_channel_in_the_midst_of_a_message", by_a_timer),
];

/// Answers each message by its capitals, and turns to TLS where it is asked to.
struct Server(Log);

impl Dispatcher for Server {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0.push(format!("secured {}", channel.negotiated().is_some()));
        channel.push(b"READY\n")
    }

    fn handle_unwrap(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0.push(format!("secured {}", channel.negotiated().is_some()));
        channel.push(b"IN PLAIN TEXT\n")
    }

    fn handle_error(&mut self, _: &mut Channel<'_>, error: &io::Error) {
        self.0.push(format!("error {error}"));
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.0.push(format!("closed {end}"));
    }
}

impl MessageHandler for Server {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        self.0.push(format!("told {}", String::from_utf8_lossy(message.bytes)));
        match message.bytes {
            b"STARTTLS" => {
                chat.push(b"GO AHEAD\n")?;
                chat.begin_layer(Box::new(server_session().keeping_left_over()));
            }
            b"CCC" => {
                chat.push(b"GO BACK\n")?;
                chat.end_layer();
                let late = chat.push(b"sealed or not?\n").expect_err("nobody knows");
                assert_eq!(late.kind(), io::ErrorKind::NotConnected);
            }
            b"twice" => chat.begin_layer(Box::new(server_session())),
            b"STARTTLS and more" => {
                chat.begin_layer(Box::new(server_session()));
                return chat.push(b"in plain text?\n");
            }
            other => return chat.push(&[&other.to_ascii_uppercase(), &b"\n"[..]].concat()),
        }
        Ok(())
    }
}

/// Asks for TLS, then says these lines, and collects what it is answered.
struct Client {
    log: Log,
    lines: &'static [u8],
    line: Vec<u8>,
}

impl Dispatcher for Client {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        match channel.negotiated() {
            None => channel.push(b"STARTTLS\n"),
            Some(_) => {
                channel.push(self.lines)?;
                if !self.lines.starts_with(b"CCC") {
                    channel.close_write();
                }
                Ok(())
            }
        }
    }

    fn handle_unwrap(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push(b"by nobody\n")?;
        channel.close_write();
        Ok(())
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.log.push(format!("closed {end}"));
    }
}

impl AsyncChat for Client {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        self.line.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.log.push(format!("heard {}", String::from_utf8_lossy(&line)));
        if line == b"GO AHEAD" {
            chat.begin_layer(Box::new(client_session(true).keeping_left_over()));
        }
        if line == b"GO BACK" {
            chat.end_layer();
        }
        Ok(())
    }
}

/// A loop that serves so, and its listener.
fn serving<'a>(on: &dyn Dispatching) -> (Loop<'a>, Key, Log) {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let make = move |_: &_| MessageDispatcher::new(Terminator::LF, Server(told.clone()));
    let listener = event_loop.listen(&"127.0.0.1:0".parse().expect("an address"), make).expect("it is free");
    (event_loop, listener, log)
}

/// What the server is told of a client that says this in plain text, and then nothing.
fn told_of(on: &dyn Dispatching, text: &[u8]) -> Vec<String> {
    let (mut event_loop, listener, log) = serving(on);
    let mut client: TcpStream = client(&event_loop, listener);
    client.write_all(text).expect("it is open");
    run_until(&mut event_loop, || log.has_closed());
    log.lines()
}

/// What a client of a loop that asks for TLS hears, and the server.
fn heard_by_a_client(on: &dyn Dispatching, lines: &'static [u8]) -> (Vec<String>, Vec<String>) {
    let (mut event_loop, listener, told) = serving(on);
    let log = Log::default();
    let address = event_loop.local(listener).expect("it listens").to_string().parse().expect("an address");
    let client = Client { log: log.clone(), lines, line: Vec::new() };
    event_loop
        .connect(&address, ChatDispatcher::new(Terminator::LF, client))
        .expect("numbers need no look-up");
    run_until(&mut event_loop, || log.has_closed() && told.has_closed());
    (log.lines(), told.lines())
}

fn both_sides(on: &dyn Dispatching) -> Verdict {
    let (heard, told) = heard_by_a_client(on, b"one\ntwo\n");
    assert_eq!(heard, ["heard GO AHEAD", "heard READY", "heard ONE", "heard TWO", "closed clean"]);
    assert_eq!(told, ["told STARTTLS", "secured true", "told one", "told two", "closed clean"]);
    verdict(&told)
}

/// What was said behind the request is no handshake, and never a command.
fn behind_the_request(on: &dyn Dispatching) -> Verdict {
    let told = told_of(on, b"hello\nSTARTTLS\nEVIL\nthe beginning of ano");
    assert_eq!(told[..2], ["told hello", "told STARTTLS"]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2], "closed the peer does not speak TLS");
    verdict(&told)
}

fn pushed_between(on: &dyn Dispatching) -> Verdict {
    let told = told_of(on, b"STARTTLS and more\n");
    assert!(told[1].starts_with("error the channel is about to get a layer"), "{told:?}");
    fine()
}

fn second_layer(on: &dyn Dispatching) -> Verdict {
    let (_, told) = heard_by_a_client(on, b"twice\n");
    assert_eq!(told[3..], ["error the channel has a layer already", "closed clean"]);
    verdict(&told)
}

/// What the client has said in TLS without a terminator is a message of its own, and the answer to it leaves in plain text.
fn back(on: &dyn Dispatching) -> Verdict {
    let (heard, told) = heard_by_a_client(on, b"CCC\nbegun");
    let (bare, end) = (["heard BEGUN", "heard IN PLAIN TEXT", "heard BY NOBODY"], "closed clean");
    assert_eq!(heard[..3], ["heard GO AHEAD", "heard READY", "heard GO BACK"]);
    assert_eq!((&heard[3..6], &heard[6..]), (&bare.map(String::from)[..], &[end.to_string()][..]));
    let by_tls = ["told STARTTLS", "secured true", "told CCC", "told begun"];
    assert_eq!(told[..4], by_tls);
    assert_eq!(told[4..], ["secured false", "told by nobody", "closed clean"]);
    verdict(&told)
}

fn nothing_off(on: &dyn Dispatching) -> Verdict {
    let told = told_of(on, b"CCC\n");
    assert_eq!(told[1..], ["error the channel has no layer that could be taken off", "closed clean"]);
    fine()
}

/// The beginning of a message that has come when a timer goes off is the layer's as well.
fn by_a_timer(on: &dyn Dispatching) -> Verdict {
    struct Turning(Log);
    impl Dispatcher for Turning {
        fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
            channel.set_timer(Duration::from_millis(20));
            Ok(())
        }

        fn handle_timer(&mut self, channel: &mut Channel<'_>, _: TimerKey) -> io::Result<()> {
            channel.begin_layer(Box::new(server_session()));
            Ok(())
        }

        fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
            self.0.push(format!("closed {end}"));
        }
    }
    impl MessageHandler for Turning {
        fn handle_message(&mut self, _: &mut Chat<'_>, _: Message<'_>) -> io::Result<()> {
            panic!("there is no message");
        }
    }
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let (_, mut client) =
        served(&mut event_loop, move || MessageDispatcher::new(Terminator::LF, Turning(told.clone())));
    say(&mut client, "the beginning of a message");
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["closed the peer does not speak TLS"]);
    log.verdict()
}
