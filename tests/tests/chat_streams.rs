//! Dialogues in messages by blocking calls: over connections, secured connections, and a child's streams.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use standpipe_blocking::tls::Session;
use standpipe_blocking::{
    ChatOptions, ChatStream, Command, Exit, Listener, MessageEnd, MessageOptions, OverLimit, Stdio,
    Terminator, connect,
};
use standpipe_core::Layer;
use standpipe_core::chat::MessageError;
use standpipe_core::flow::{More, Producer};
use standpipe_tests::harness::{client_session, server_session};

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const SHORT: Option<Duration> = Some(Duration::from_millis(20));

fn boxed(session: Session) -> Box<dyn Layer> {
    Box::new(session)
}

/// A chat and its peer, which is nobody's code but the standard library's.
fn chat(options: ChatOptions) -> (ChatStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let stream = connect(&address.parse().expect("an address")).expect("it listens");
    let mut chat = ChatStream::with_options(stream, Terminator::CRLF, options);
    chat.set_timeout(LONG);
    (chat, listener.accept().expect("somebody connects").0)
}

fn text(chat: &mut ChatStream) -> String {
    let message = chat.next_message().expect("it comes").expect("there is one");
    String::from_utf8(message.bytes).expect("text")
}

#[test]
fn a_message_that_has_come_in_part_is_whole_after_a_time_out() {
    let (mut chat, mut peer) = chat(ChatOptions::default());
    peer.write_all(b"hel").expect("it listens");
    chat.set_timeout(SHORT);
    while chat.partial() != b"hel" {
        assert_eq!(chat.next_message().expect_err("it is not whole").kind(), ErrorKind::TimedOut);
    }
    peer.write_all(b"lo\r\nand").expect("it listens");
    chat.set_timeout(LONG);
    assert_eq!(text(&mut chat), "hello");
    drop(peer);
    let last = chat.next_message().expect("it comes").expect("there is one");
    assert_eq!((&last[..], last.end), (&b"and"[..], MessageEnd::Eof));
    assert_eq!(chat.next_message().expect("a clean end"), None);
    assert_eq!(chat.next_message().expect("again"), None);
}

#[test]
fn what_a_time_out_keeps_back_leaves_in_the_end() {
    let (mut chat, mut peer) = chat(ChatOptions::default());
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
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).map(|_| all)
    });
    chat.close().expect("all of it leaves");
    assert_eq!(reader.join().expect("no panic").expect("a clean end").len(), accepted + piece.len());
}

#[test]
fn a_message_over_the_limit_is_an_error_or_skipped_or_in_parts() {
    let options = |over| ChatOptions { message: MessageOptions { limit: 4, over }, ..ChatOptions::default() };
    let (mut strict, mut peer) = chat(options(OverLimit::Error));
    peer.write_all(b"ok\r\ntoo long\r\n").expect("it listens");
    assert_eq!(text(&mut strict), "ok");
    let error = strict.next_message().expect_err("it is too long");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let reason = error.get_ref().and_then(|error| error.downcast_ref::<MessageError>());
    assert_eq!(reason, Some(&MessageError::TooLong { limit: 4 }));
    assert!(strict.next_message().is_err(), "there are no more");

    let (mut lenient, mut peer) = chat(options(OverLimit::Skip));
    peer.write_all(b"too long\r\nok\r\n").expect("it listens");
    let skipped = lenient.next_message().expect("it goes on").expect("news of it");
    assert_eq!((skipped.len(), skipped.end), (0, MessageEnd::Skipped { bytes: 8 }));
    assert_eq!(text(&mut lenient), "ok");

    let (mut patient, mut peer) = chat(options(OverLimit::Parts));
    peer.write_all(b"too long\r\n").expect("it listens");
    assert_eq!((text(&mut patient), text(&mut patient)), ("too ".into(), "long".into()));
}

#[test]
fn the_terminator_may_be_another_in_the_middle_of_what_has_come() {
    let (mut chat, mut peer) = chat(ChatOptions::default());
    peer.write_all(b"LEN 5\r\nab\r\ncEND;next\r\n").expect("it listens");
    assert_eq!(text(&mut chat), "LEN 5");
    chat.set_terminator(5);
    assert_eq!(text(&mut chat), "ab\r\nc");
    chat.set_terminator(Terminator::bytes(";").expect("not empty"));
    assert_eq!(text(&mut chat), "END");
    chat.set_terminator(Terminator::CRLF);
    assert_eq!(text(&mut chat), "next");
}

struct Countdown(u32);

impl Producer for Countdown {
    fn more(&mut self) -> More {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { More::End } else { More::Bytes(format!("{}\n", self.0).into()) }
    }
}

#[test]
fn a_producer_is_asked_for_more_until_it_has_none() {
    let (mut chat, mut peer) = chat(ChatOptions::default());
    let reader = thread::spawn(move || {
        let mut all = String::new();
        peer.read_to_string(&mut all).map(|_| all)
    });
    chat.send("from ").expect("it leaves");
    chat.send_with_producer(Countdown(10_000)).expect("it leaves");
    chat.close().expect("all of it leaves");
    let expected: String = (1..10_000).rev().map(|n| format!("{n}\n")).collect();
    assert_eq!(reader.join().expect("no panic").expect("a clean end"), format!("from {expected}"));
}

#[test]
fn the_peer_answers_after_a_half_close() {
    let (mut chat, mut peer) = chat(ChatOptions::default());
    chat.send("question").expect("it leaves");
    chat.close_write().expect("it leaves");
    let mut question = String::new();
    peer.read_to_string(&mut question).expect("to the end");
    peer.write_all(format!("{question}?\r\n").as_bytes()).expect("it listens");
    assert_eq!(text(&mut chat), "question?");
    assert_eq!(chat.send("more").expect_err("it was closed").kind(), ErrorKind::Other);
}

#[test]
fn a_reset_is_an_error_and_no_end() {
    let (mut chat, peer) = chat(ChatOptions::default());
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("it may be reset");
    drop(peer);
    assert_eq!(chat.next_message().expect_err("it was reset").kind(), ErrorKind::ConnectionReset);
}

/// Two chats by a function each, over TLS or an upgrade to it.
fn talk(
    server: impl FnOnce(standpipe_blocking::Stream) -> io::Result<()> + Send + 'static,
    client: impl FnOnce(standpipe_blocking::Stream) -> io::Result<()>,
) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let address = listener.local().to_string().parse().expect("an address");
    let serving = thread::spawn(move || server(listener.accept()?.0));
    client(connect(&address).expect("it listens")).expect("the client succeeds");
    serving.join().expect("no panic").expect("the server succeeds");
}

#[test]
fn messages_go_through_tls() {
    talk(
        |stream| {
            let mut chat =
                ChatStream::layered(stream, boxed(server_session()), Terminator::LF, ChatOptions::default());
            while let Some(message) = chat.next_message()? {
                chat.send([&message[..], b"!\n"].concat())?;
            }
            chat.close()
        },
        |stream| {
            let session = boxed(client_session(true));
            let mut chat = ChatStream::layered(stream, session, Terminator::LF, ChatOptions::default());
            chat.handshake()?;
            assert!(chat.negotiated().is_some());
            for n in 0..100 {
                chat.send(format!("{n}\n"))?;
                assert_eq!(text(&mut chat), format!("{n}!"));
            }
            chat.close()
        },
    );
}

#[test]
fn an_upgrade_trusts_nothing_that_came_before_it() {
    talk(
        |stream| {
            let mut chat = ChatStream::new(stream, Terminator::LF);
            assert_eq!(chat.next_message()?.as_deref(), Some(&b"STARTTLS"[..]));
            chat.send("go ahead\n")?;
            chat.begin_layer(boxed(server_session()))?;
            let message = chat.next_message()?;
            chat.send("seen\n")?;
            assert_eq!(message.as_deref(), Some(&b"secret"[..]));
            chat.close()
        },
        |stream| {
            let mut chat = ChatStream::new(stream, Terminator::LF);
            chat.send("STARTTLS\n")?;
            assert_eq!(text(&mut chat), "go ahead");
            chat.begin_layer(boxed(client_session(true)))?;
            chat.send("secret\n")?;
            assert_eq!(text(&mut chat), "seen");
            chat.close()
        },
    );
    talk(
        |stream| {
            let mut chat = ChatStream::new(stream, Terminator::LF);
            chat.next_message()?;
            chat.send("go ahead\n")?;
            let error = chat.begin_layer(boxed(server_session())).expect_err("that is no handshake");
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            Ok(())
        },
        |mut stream| stream.write_all(b"STARTTLS\nEVIL\n"),
    );
}

#[test]
fn a_child_is_talked_to_in_lines() {
    let mut bc =
        Command::shell("while read -r a b; do echo $((a + b)); done").chat(Terminator::LF).expect("it runs");
    bc.set_timeout(LONG);
    for n in 0..100 {
        bc.send(format!("{n} {n}\n")).expect("it reads");
        assert_eq!(text(&mut bc), (n + n).to_string());
    }
    bc.close_write().expect("it reads");
    assert_eq!(bc.next_message().expect("a clean end"), None);
    assert_eq!(bc.child().expect("it is there").wait().expect("waiting works"), Exit::Code(0));
}

#[test]
fn a_child_on_a_terminal_is_talked_to_as_well() {
    let command =
        Command::shell("stty -echo; echo ready; read -r name; echo hello $name; cat >/dev/null").terminal();
    let mut shell = command.chat(Terminator::CRLF).expect("it runs");
    shell.set_timeout(LONG);
    assert_eq!(text(&mut shell), "ready");
    shell.send("world\n").expect("it reads");
    assert_eq!(text(&mut shell), "hello world");
    shell.close_write().expect("it reads");
    assert_eq!(shell.next_message().expect("a clean end"), None);
    assert_eq!(shell.child().expect("it is there").wait().expect("waiting works"), Exit::Code(0));
}

#[test]
fn a_child_that_is_closed_comes_to_its_own_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "exec 3>&1 1>&-; cat >/dev/null; exec 3>&-; : >ended";
    for _ in 0..20 {
        let mut chat = Command::shell(line).current_dir(folder.path()).chat(Terminator::LF).expect("it runs");
        chat.send("word\n").expect("it reads");
        chat.close().expect("all of it leaves");
        std::fs::remove_file(folder.path().join("ended")).expect("it has come to its end");
    }
}

#[test]
fn a_child_that_is_no_partner_is_refused() {
    let error = Command::new("cat")
        .stdin(Stdio::Null)
        .chat(Terminator::LF)
        .expect_err("there is nothing to write to");
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}
