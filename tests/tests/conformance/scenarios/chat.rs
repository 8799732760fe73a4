//! Dialogues in messages over connections, plain and secured.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use standpipe_core::chat::{ChatOptions, MessageEnd, MessageError, MessageOptions, OverLimit, Terminator};
use standpipe_core::flow::{More, Producer};
use standpipe_core::tls::Session;
use standpipe_sys::Stream;
use standpipe_tests::harness::{
    ChatStream, Chats, Condition, Run, Scenario, Verdict, client_session, server_session,
};
use standpipe_tests::log::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_message_that_has_come_in_part_is_whole_after_a_time_out", in_part),
    many("what_a_time_out_keeps_back_leaves_in_the_end", kept_back),
    many("a_message_over_the_limit_is_an_error_or_skipped_or_in_parts", over_the_limit),
    many("the_terminator_may_be_another_in_the_middle_of_what_has_come", other_terminator),
    many("a_producer_is_asked_for_more_until_it_has_none", producer),
    many("the_peer_answers_after_a_half_close", half_close),
    many("a_peer_that_has_ended_is_answered", answer),
    many("a_reset_is_an_error_and_no_end", reset),
    many("a_close_does_not_vouch_for_what_a_reset_has_lost", lost),
    many("messages_go_through_tls", secured),
    many("an_upgrade_goes_on_secured", upgrade),
    many("an_upgrade_trusts_nothing_that_came_before_it", smuggled),
];

const fn many(name: &'static str, run: fn(&dyn Chats) -> Verdict) -> Scenario {
    let under = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];
    Scenario { area: "chat", name, under, leaves: false, run: Run::Chats(run) }
}

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const SHORT: Option<Duration> = Some(Duration::from_millis(20));

type Chat = Box<dyn ChatStream>;

/// A connection, ours and that of a peer which is nobody's code but the standard library's.
fn pair() -> (Stream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let ours = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
    (Stream::socket(ours.into()), listener.accept().expect("somebody connects").0)
}

fn chat_with(on: &dyn Chats, options: ChatOptions) -> (Chat, TcpStream) {
    let (ours, peer) = pair();
    let mut chat = on.chat(ours, Terminator::CRLF, options);
    chat.set_timeout(LONG);
    (chat, peer)
}

fn chat(on: &dyn Chats) -> (Chat, TcpStream) {
    chat_with(on, ChatOptions::default())
}

fn message(chat: &mut Chat) -> (Vec<u8>, MessageEnd) {
    chat.next_message().expect("it comes").expect("there is one")
}

fn text(chat: &mut Chat) -> String {
    String::from_utf8(message(chat).0).expect("text")
}

/// What a peer gets up to the end, read in a thread of its own.
fn reading(mut peer: TcpStream) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).expect("a clean end");
        all
    })
}

/// The messages of a dialogue, which are the same everywhere.
fn verdict(messages: &[&str]) -> Verdict {
    Ok(Log::new().with("messages", messages.join("\n").as_bytes(), messages.len()))
}

fn in_part(on: &dyn Chats) -> Verdict {
    let (mut chat, mut peer) = chat(on);
    peer.write_all(b"hel").expect("it listens");
    chat.set_timeout(SHORT);
    loop {
        assert_eq!(chat.next_message().expect_err("it is not whole").kind(), ErrorKind::TimedOut);
        if chat.partial().is_none_or(|partial| partial == b"hel") {
            break;
        }
    }
    peer.write_all(b"lo\r\nand").expect("it listens");
    chat.set_timeout(LONG);
    assert_eq!(text(&mut chat), "hello");
    drop(peer);
    assert_eq!(message(&mut chat), (b"and".to_vec(), MessageEnd::Eof));
    assert_eq!(chat.next_message().expect("a clean end"), None);
    assert_eq!(chat.next_message().expect("again"), None);
    verdict(&["hello", "and"])
}

fn kept_back(on: &dyn Chats) -> Verdict {
    let (mut chat, peer) = chat(on);
    chat.set_timeout(SHORT);
    let piece = vec![b'x'; 64 << 10];
    let mut accepted = 0;
    let error = loop {
        match chat.send(&piece) {
            Ok(()) => accepted += piece.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    chat.set_timeout(LONG);
    let reader = reading(peer);
    chat.close().expect("all of it leaves");
    assert_eq!(reader.join().expect("no panic").len(), accepted + piece.len());
    verdict(&[])
}

fn over_the_limit(on: &dyn Chats) -> Verdict {
    let options = |over| ChatOptions { message: MessageOptions { limit: 4, over }, ..ChatOptions::default() };
    let (mut strict, mut peer) = chat_with(on, options(OverLimit::Error));
    peer.write_all(b"ok\r\ntoo long\r\n").expect("it listens");
    assert_eq!(text(&mut strict), "ok");
    let error = strict.next_message().expect_err("it is too long");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let reason = error.get_ref().and_then(|error| error.downcast_ref::<MessageError>());
    assert_eq!(reason, Some(&MessageError::TooLong { limit: 4 }));
    let again = strict.next_message().expect_err("there are no more");
    assert_eq!(again.kind(), ErrorKind::InvalidData);

    let (mut lenient, mut peer) = chat_with(on, options(OverLimit::Skip));
    peer.write_all(b"too long\r\nok\r\n").expect("it listens");
    assert_eq!(message(&mut lenient), (Vec::new(), MessageEnd::Skipped { bytes: 8 }));
    assert_eq!(text(&mut lenient), "ok");

    let (mut patient, mut peer) = chat_with(on, options(OverLimit::Parts));
    peer.write_all(b"too long\r\n").expect("it listens");
    assert_eq!((text(&mut patient), text(&mut patient)), ("too ".into(), "long".into()));
    verdict(&["ok", "ok", "too ", "long"])
}

fn other_terminator(on: &dyn Chats) -> Verdict {
    let (mut chat, mut peer) = chat(on);
    peer.write_all(b"LEN 5\r\nab\r\ncEND;next\r\n").expect("it listens");
    let mut messages = vec![text(&mut chat)];
    let others = [5.into(), Terminator::bytes(";").expect("not empty"), Terminator::CRLF];
    for terminator in others {
        chat.set_terminator(terminator);
        messages.push(text(&mut chat));
    }
    let messages: Vec<_> = messages.iter().map(String::as_str).collect();
    assert_eq!(messages, ["LEN 5", "ab\r\nc", "END", "next"]);
    verdict(&messages)
}

struct Countdown(u32);

impl Producer for Countdown {
    fn more(&mut self) -> More {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { More::End } else { More::Bytes(format!("{}\n", self.0).into()) }
    }
}

fn producer(on: &dyn Chats) -> Verdict {
    let (mut chat, peer) = chat(on);
    let reader = reading(peer);
    chat.send(b"from ").expect("it leaves");
    chat.send_with_producer(Box::new(Countdown(10_000))).expect("it leaves");
    chat.close().expect("all of it leaves");
    let expected: String = (1..10_000).rev().map(|n| format!("{n}\n")).collect();
    assert_eq!(reader.join().expect("no panic"), format!("from {expected}").into_bytes());
    verdict(&[])
}

fn half_close(on: &dyn Chats) -> Verdict {
    let (mut chat, mut peer) = chat(on);
    chat.send(b"question").expect("it leaves");
    chat.close_write().expect("it leaves");
    let mut question = String::new();
    peer.read_to_string(&mut question).expect("to the end");
    peer.write_all(format!("{question}?\r\n").as_bytes()).expect("it listens");
    assert_eq!(text(&mut chat), "question?");
    assert_eq!(chat.send(b"more").expect_err("it was closed").kind(), ErrorKind::BrokenPipe);
    verdict(&["question?"])
}

fn answer(on: &dyn Chats) -> Verdict {
    let (mut chat, mut peer) = chat(on);
    peer.write_all(b"question\r\n").expect("it listens");
    peer.shutdown(Shutdown::Write).expect("it is connected");
    assert_eq!(text(&mut chat), "question");
    assert_eq!(chat.next_message().expect("a clean end"), None);
    let reader = reading(peer);
    chat.send(b"answer").expect("it leaves");
    chat.close().expect("all of it leaves");
    assert_eq!(reader.join().expect("no panic"), b"answer");
    verdict(&["question"])
}

/// Ends a connection, and loses what is under way.
fn reset_by(peer: TcpStream) {
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("it may be reset");
}

fn lost(on: &dyn Chats) -> Verdict {
    let (mut chat, peer) = chat(on);
    chat.send(b"words").expect("it leaves");
    reset_by(peer);
    assert_eq!(chat.close().expect_err("it was reset").kind(), ErrorKind::ConnectionReset);
    verdict(&[])
}

fn reset(on: &dyn Chats) -> Verdict {
    let (mut chat, peer) = chat(on);
    reset_by(peer);
    assert_eq!(chat.next_message().expect_err("it was reset").kind(), ErrorKind::ConnectionReset);
    verdict(&[])
}

/// Two sides by a function each, the server's in a thread of its own.
fn talk(server: impl FnOnce(Stream) -> io::Result<()> + Send, client: impl FnOnce(Stream) -> io::Result<()>) {
    let (ours, theirs) = pair();
    thread::scope(|scope| {
        let serving = scope.spawn(move || server(Stream::socket(theirs.into())));
        client(ours).expect("the client succeeds");
        serving.join().expect("no panic").expect("the server succeeds");
    });
}

fn lines(on: &dyn Chats, stream: Stream) -> Chat {
    let mut chat = on.chat(stream, Terminator::LF, ChatOptions::default());
    chat.set_timeout(LONG);
    chat
}

fn secured_lines(on: &dyn Chats, stream: Stream, session: Session) -> Chat {
    let mut chat = on.layered(stream, Box::new(session), Terminator::LF, ChatOptions::default());
    chat.set_timeout(LONG);
    chat
}

fn secured(on: &dyn Chats) -> Verdict {
    talk(
        |stream| {
            let mut chat = secured_lines(on, stream, server_session());
            while let Some((message, _)) = chat.next_message()? {
                chat.send(&[&message[..], b"!\n"].concat())?;
            }
            chat.close()
        },
        |stream| {
            let mut chat = secured_lines(on, stream, client_session(true));
            chat.handshake()?;
            assert!(chat.negotiated().is_some());
            for n in 0..100 {
                chat.send(format!("{n}\n").as_bytes())?;
                assert_eq!(text(&mut chat), format!("{n}!"));
            }
            chat.close()
        },
    );
    verdict(&[])
}

fn upgrade(on: &dyn Chats) -> Verdict {
    talk(
        |stream| {
            let mut chat = lines(on, stream);
            assert_eq!(text(&mut chat), "STARTTLS");
            chat.send(b"go ahead\n")?;
            chat.begin_layer(Box::new(server_session()))?;
            assert_eq!(text(&mut chat), "secret");
            chat.send(b"seen\n")?;
            chat.close()
        },
        |stream| {
            let mut chat = lines(on, stream);
            chat.send(b"STARTTLS\n")?;
            assert_eq!(text(&mut chat), "go ahead");
            chat.begin_layer(Box::new(client_session(true)))?;
            chat.send(b"secret\n")?;
            assert_eq!(text(&mut chat), "seen");
            chat.close()
        },
    );
    verdict(&["go ahead", "seen"])
}

/// RFC 3207, 4.2.
fn smuggled(on: &dyn Chats) -> Verdict {
    let (ours, mut peer) = pair();
    peer.write_all(b"STARTTLS\nEVIL\n").expect("it listens");
    let mut chat = lines(on, ours);
    assert_eq!(text(&mut chat), "STARTTLS");
    chat.send(b"go ahead\n").expect("it leaves");
    let error = chat.begin_layer(Box::new(server_session())).expect_err("that is no handshake");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    verdict(&["STARTTLS"])
}
