//! Streams of messages with Python's `asynchat`, plain and behind TLS. The terminator is another one for almost every message: a line
//! that has a length, so many bytes, and at last a semicolon.

use standpipe_blocking::tls::Session;
use standpipe_blocking::{ChatOptions, ChatStream, Exit, Terminator, connect};
use standpipe_tests::peer::{Certificate, LIMIT, Serving, script};

use crate::ours::{BODIES, PEER, with_asynchat};

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
