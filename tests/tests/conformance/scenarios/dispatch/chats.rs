//! Dialogues in messages: in pieces as asynchat tells them, and whole.

use std::io;

use standpipe_core::End;
use standpipe_core::chat::{Message, MessageOptions, OverLimit, SimpleProducer, Terminator};
use standpipe_sys::Stream;
use standpipe_sys::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, ConnectionOptions, Dispatcher, MessageDispatcher,
    MessageHandler,
};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Log, end, event_loop, fine, heard, many, pair, run_until, run_until_idle, say, verdict,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("each_message_is_told_and_then_the_end", each_message),
    many("what_has_no_terminator_is_told_before_the_end", unterminated),
    many("the_terminator_changes_within_the_handler_in_mid_chunk", changed_terminator),
    many("it_does_not_matter_where_data_is_cut", cuts),
    many("a_close_within_the_handler_stops_delivery_at_once", closing),
    many("a_discard_drops_the_rest_of_the_chunk_and_keeps_the_terminator", discarding),
    many("an_error_within_the_handler_is_told_once", failing),
    many("messages_are_held_back_while_their_answers_are_not_taken", held_back),
    many("what_is_held_back_by_a_switch_goes_on_when_it_is_thrown", switched),
    many("a_message_over_its_limit_is_an_error_or_comes_in_parts", over_the_limit),
    many("a_count_of_nothing_is_there_at_once", count_of_nothing),
    many("what_remains_of_a_count_is_known", remaining),
    many("without_a_terminator_data_is_told_as_it_comes", no_terminator),
    many("producers_take_their_turn_among_what_is_pushed", producers),
];

type Answer = fn(&str, &mut Chat<'_>) -> io::Result<()>;

/// Writes down pieces and terminators, then answers.
struct Collecting {
    log: Log,
    message: String,
    answer: Answer,
}

impl Collecting {
    fn new(log: &Log, answer: Answer) -> Self {
        Self { log: log.clone(), message: String::new(), answer }
    }
}

impl Dispatcher for Collecting {
    fn handle_eof(&mut self, _: &mut Channel<'_>) -> io::Result<()> {
        self.log.push(format!("ended {}", self.message));
        Ok(())
    }

    fn handle_error(&mut self, _: &mut Channel<'_>, error: &io::Error) {
        self.log.push(format!("error {error}"));
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.log.push(format!("closed {end}"));
    }
}

impl AsyncChat for Collecting {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        self.message.push_str(std::str::from_utf8(data).map_err(io::Error::other)?);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        let message = std::mem::take(&mut self.message);
        self.log.push(format!("message {message}"));
        (self.answer)(&message, chat)
    }
}

impl MessageHandler for Collecting {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        let text = String::from_utf8_lossy(message.bytes).into_owned();
        self.log.push(format!("message {text}"));
        (self.answer)(&text, chat)
    }
}

fn nothing(_: &str, _: &mut Chat<'_>) -> io::Result<()> {
    Ok(())
}

/// What is told of this, sent at once or a byte at a time, and what the peer gets.
fn told(
    on: &dyn Dispatching,
    log: &Log,
    handler: impl Dispatcher + 'static,
    sent: &str,
) -> (Vec<String>, String) {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), handler);
    say(&mut theirs, sent);
    end(&theirs);
    event_loop.run().expect("it can wait");
    (log.lines(), heard(&mut theirs).expect("a clean end"))
}

fn chat(on: &dyn Dispatching, answer: Answer, sent: &str) -> (Vec<String>, String) {
    let log = Log::default();
    told(on, &log, ChatDispatcher::new(Terminator::LF, Collecting::new(&log, answer)), sent)
}

fn messages(on: &dyn Dispatching, answer: Answer, sent: &str) -> (Vec<String>, String) {
    let log = Log::default();
    told(on, &log, MessageDispatcher::new(Terminator::LF, Collecting::new(&log, answer)), sent)
}

fn each_message(on: &dyn Dispatching) -> Verdict {
    let (lines, _) = chat(on, nothing, "one\ntwo\n");
    assert_eq!(lines, ["message one", "message two", "ended ", "closed clean"]);
    assert_eq!(messages(on, nothing, "one\ntwo\n").0, lines);
    verdict(&lines)
}

/// ACH-T2.
fn unterminated(on: &dyn Dispatching) -> Verdict {
    assert_eq!(chat(on, nothing, "one\ntw").0, ["message one", "ended tw", "closed clean"]);
    assert_eq!(messages(on, nothing, "one\ntw").0, ["message one", "message tw", "ended ", "closed clean"]);
    fine()
}

fn counted(message: &str, chat: &mut Chat<'_>) -> io::Result<()> {
    match message.parse::<u64>() {
        Ok(count) if chat.terminator().as_count().is_none() => chat.set_terminator(count),
        _ => chat.set_terminator(Terminator::LF),
    }
    Ok(())
}

/// ACH-09.
fn changed_terminator(on: &dyn Dispatching) -> Verdict {
    let sent = "5\nhello3\na\nbrest\n";
    let expected = ["message 5", "message hello", "message 3", "message a\nb", "message rest"];
    assert_eq!(chat(on, counted, sent).0[..5], expected);
    assert_eq!(messages(on, counted, sent).0[..5], expected);
    fine()
}

/// The same handler, told whole messages or pieces.
fn insert<'a>(event_loop: &mut Loop<'a>, stream: Stream, with_messages: bool, handler: Collecting) {
    if with_messages {
        let handler = MessageDispatcher::new(Terminator::LF, handler);
        event_loop.insert(stream, ConnectionOptions::default(), handler);
    } else {
        let handler = ChatDispatcher::new(Terminator::LF, handler);
        event_loop.insert(stream, ConnectionOptions::default(), handler);
    }
}

fn cuts(on: &dyn Dispatching) -> Verdict {
    let sent = "5\nhello3\na\nbrest\n";
    for with_messages in [false, true] {
        let (log, mut event_loop) = (Log::default(), event_loop(on));
        let (ours, mut theirs) = pair();
        let handler = Collecting::new(&log, counted);
        insert(&mut event_loop, ours, with_messages, handler);
        for byte in sent.bytes() {
            say(&mut theirs, [byte]);
            run_until_idle(&mut event_loop);
        }
        drop(theirs);
        event_loop.run().expect("it can wait");
        assert_eq!(
            log.lines(),
            if with_messages { messages(on, counted, sent).0 } else { chat(on, counted, sent).0 }
        );
    }
    fine()
}

/// ACH-T1.
fn closing(on: &dyn Dispatching) -> Verdict {
    let leave: Answer = |message, chat| {
        if message == "b" {
            chat.push(b"bye")?;
            chat.close();
        }
        Ok(())
    };
    let expected = ["message a", "message b", "closed clean"];
    assert_eq!(chat(on, leave, "a\nb\nc\n"), (expected.map(String::from).to_vec(), "bye".into()));
    assert_eq!(messages(on, leave, "a\nb\nc\n"), (expected.map(String::from).to_vec(), "bye".into()));
    fine()
}

/// ACH-37.
fn discarding(on: &dyn Dispatching) -> Verdict {
    let discard: Answer = |message, chat| {
        if message == "a" {
            chat.discard_buffers();
        }
        Ok(())
    };
    for kind in [chat, messages] {
        let lines = kind(on, discard, "a\nb\nc").0;
        assert_eq!(lines, ["message a", "ended ", "closed clean"]);
    }
    fine()
}

/// ACH-T12: what was handed out is used up.
fn failing(on: &dyn Dispatching) -> Verdict {
    let fail: Answer = |message, _| match message {
        "b" => Err(io::Error::other("no b")),
        _ => Ok(()),
    };
    for kind in [chat, messages] {
        assert_eq!(kind(on, fail, "a\nb\nc\n").0, ["message a", "message b", "error no b", "closed clean"]);
    }
    fine()
}

/// ACH-T6: each message is answered with more than may wait, and the peer has ended already.
fn held_back(on: &dyn Dispatching) -> Verdict {
    fn long(_: &str, chat: &mut Chat<'_>) -> io::Result<()> {
        assert!(!chat.is_full(), "it is held back");
        chat.push(&[b'x'; 400 << 10])
    }
    for with_messages in [false, true] {
        let (log, mut event_loop) = (Log::default(), event_loop(on));
        let (ours, mut theirs) = pair();
        let handler = Collecting::new(&log, long);
        insert(&mut event_loop, ours, with_messages, handler);
        say(&mut theirs, "question\n".repeat(100));
        end(&theirs);
        run_until_idle(&mut event_loop);
        assert!(log.lines().len() < 50, "{}", log.lines().len());
        let reader = std::thread::spawn(move || heard(&mut theirs).expect("a clean end").len());
        event_loop.run().expect("it can wait");
        assert_eq!(reader.join().expect("no panic"), 100 * (400 << 10));
        assert_eq!(log.lines()[100..], ["ended ", "closed clean"]);
    }
    fine()
}

fn switched(on: &dyn Dispatching) -> Verdict {
    let pause: Answer = |message, chat| {
        chat.set_reading(message != "a");
        Ok(())
    };
    let (log, mut event_loop) = (Log::default(), event_loop(on));
    let (ours, mut theirs) = pair();
    let handler = ChatDispatcher::new(Terminator::LF, Collecting::new(&log, pause));
    let key = event_loop.insert(ours, ConnectionOptions::default(), handler);
    say(&mut theirs, "a\nb\nc\n");
    drop(theirs);
    run_until(&mut event_loop, || !log.lines().is_empty());
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["message a"]);
    event_loop.channel(key).expect("it waits").set_reading(true);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["message a", "message b", "message c", "ended ", "closed clean"]);
    log.verdict()
}

/// ACH-T4.
fn over_the_limit(on: &dyn Dispatching) -> Verdict {
    let log = Log::default();
    let options = MessageOptions { limit: 4, over: OverLimit::Error };
    let handler = MessageDispatcher::with_options(Terminator::LF, options, Collecting::new(&log, nothing));
    let (lines, _) = told(on, &log, handler, "one\nfour and more\n");
    assert_eq!(lines[0], "message one");
    assert!(lines[1].starts_with("error a message has more than 4 bytes"), "{lines:?}");
    let log = Log::default();
    let options = MessageOptions { limit: 4, over: OverLimit::Parts };
    let handler = MessageDispatcher::with_options(Terminator::LF, options, Collecting::new(&log, nothing));
    assert_eq!(told(on, &log, handler, "abcdefg\n").0[..2], ["message abcd", "message efg"]);
    fine()
}

/// ACH-T3.
fn count_of_nothing(on: &dyn Dispatching) -> Verdict {
    let zero: Answer = |message, chat| {
        match message {
            "0" => chat.set_terminator(0),
            _ => chat.set_terminator(Terminator::LF),
        }
        Ok(())
    };
    for kind in [chat, messages] {
        assert_eq!(kind(on, zero, "0\nx\n").0[..3], ["message 0", "message ", "message x"]);
    }
    fine()
}

/// ACH-10.
fn remaining(on: &dyn Dispatching) -> Verdict {
    struct Rest(Log);
    impl Dispatcher for Rest {}
    impl AsyncChat for Rest {
        fn collect_incoming_data(&mut self, chat: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
            self.0.push(format!("{} of {:?}", data.len(), chat.remaining()));
            Ok(())
        }
        fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
            self.0.push(format!("found at {:?}", chat.remaining()));
            Ok(())
        }
    }
    let (log, mut event_loop) = (Log::default(), event_loop(on));
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), ChatDispatcher::new(5, Rest(log.clone())));
    say(&mut theirs, "abc");
    run_until(&mut event_loop, || log.lines().len() == 1);
    say(&mut theirs, "de");
    run_until(&mut event_loop, || log.lines().len() == 3);
    assert_eq!(log.lines(), ["3 of Some(2)", "2 of Some(0)", "found at Some(0)"]);
    log.verdict()
}

/// With no terminator everything is told as it comes.
fn no_terminator(on: &dyn Dispatching) -> Verdict {
    struct All(Log);
    impl Dispatcher for All {}
    impl AsyncChat for All {
        fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
            self.0.push(format!("read {}", String::from_utf8_lossy(data)));
            Ok(())
        }
        fn found_terminator(&mut self, _: &mut Chat<'_>) -> io::Result<()> {
            self.0.push("found");
            Ok(())
        }
    }
    let (log, mut event_loop) = (Log::default(), event_loop(on));
    let (ours, mut theirs) = pair();
    let handler = ChatDispatcher::new(Terminator::none(), All(log.clone()));
    event_loop.insert(ours, ConnectionOptions::default(), handler);
    say(&mut theirs, "a\r\n");
    run_until(&mut event_loop, || log.has("read a\r\n"));
    say(&mut theirs, "b");
    run_until(&mut event_loop, || log.has("read a\r\nb"));
    log.verdict()
}

/// ACH-26.
fn producers(on: &dyn Dispatching) -> Verdict {
    let answer: Answer = |_, chat| {
        chat.push(b"<")?;
        chat.push_with_producer(SimpleProducer::new("0123456789"))?;
        chat.push_bytes(">")?;
        chat.close_when_done();
        Ok(())
    };
    assert_eq!(chat(on, answer, "go\n").1, "<0123456789>");
    fine()
}
