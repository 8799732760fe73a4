//! A chat with TLS, and rustls' own connection as its peer.

#[allow(dead_code, reason = "other tests have more to ask of it")]
#[path = "../peer/mod.rs"]
mod peer;

use standpipe_core::chat::{Chat, ChatOptions, MessageError, MessageOptions, OverLimit, Terminator};
use standpipe_core::tls::Provider;
use standpipe_core::{Duty, End, EofPolicy, TlsReason};

use crate::scripted::Talk;
use crate::{Told, message};
use peer::{Heard, Peer, VERSIONS};

/// A server's chat and its client, the handshake still to come.
struct Secured {
    talk: Talk<Chat>,
    client: Peer,
}

impl Secured {
    fn new(options: ChatOptions) -> Self {
        let (ours, client) = peer::server(Provider::Ring, VERSIONS[0]);
        let chat = Chat::layered(Box::new(ours.session), Terminator::LF, options);
        Self { talk: Talk::new(chat), client }
    }

    /// One that is through with the handshake.
    fn agreed(options: ChatOptions) -> Self {
        let mut secured = Self::new(options);
        let mut told = Vec::new();
        for _ in 0..3 {
            told.extend(secured.exchange().0);
        }
        assert_eq!(told, [Told::Connected]);
        assert!(secured.talk.machine.is_connected() && secured.talk.machine.negotiated().is_some());
        secured
    }

    /// What the client says comes, and what the chat says comes to the client.
    fn exchange(&mut self) -> (Vec<Told>, Heard) {
        self.talk.peer.says(self.client.say());
        let told = self.talk.told();
        let heard = std::mem::take(&mut self.talk.peer.heard);
        (told, self.client.hear(&heard).expect("it is TLS"))
    }
}

/// There is a connection when the handshake is over; what is pushed before that waits (ACH-28, ACO-25).
#[test]
fn connected_is_told_after_the_handshake() {
    let mut secured = Secured::new(ChatOptions::default());
    secured.talk.machine.handle().push(b"220 ready\n").expect("it is taken");
    let (told, heard) = secured.exchange();
    assert_eq!((told, heard.data), (vec![], vec![]));
    assert!(!secured.talk.machine.is_connected());
    assert!(secured.talk.wake().is_some(), "the handshake has a time limit");
    let (told, heard) = secured.exchange();
    assert_eq!((told, &heard.data[..]), (vec![Told::Connected], &b"220 ready\n"[..]));
    assert_eq!(secured.talk.wake(), None);
}

/// Messages have nothing to do with records.
#[test]
fn messages_come_out_of_any_records() {
    let mut secured = Secured::agreed(ChatOptions::default());
    for part in ["one\ntw", "o\n", "thr"] {
        secured.client.write(part.as_bytes());
    }
    assert_eq!(secured.exchange().0, [message("one"), message("two")]);
    secured.client.write(b"ee\n");
    secured.client.close();
    let (told, heard) = secured.exchange();
    assert_eq!(told, [message("three"), Told::Ended, Told::Closed(End::Clean)]);
    assert!(heard.has_ended);
}

/// The buffer that it was read into has been given back by then, which is why a layer must find room elsewhere.
#[test]
fn the_beginning_of_a_message_is_the_layers() {
    let mut talk = Talk::new(Chat::new(Terminator::LF, ChatOptions::default()));
    talk.peer.says("no handshake begins so");
    assert_eq!(talk.told(), []);
    let (ours, _) = peer::server(Provider::Ring, VERSIONS[0]);
    assert_eq!(talk.machine.begin_layer(Box::new(ours.session)), Ok(()));
    let told = talk.told();
    let [Told::Closed(End::Tls(fault))] = told[..] else { panic!("{told:?}") };
    assert_eq!(fault.reason(), TlsReason::NotTls);
}

/// A close within a handler drops what lies decrypted already (ACH-T1), and says the end in TLS.
#[test]
fn a_close_within_a_handler_stops_delivery() {
    let mut secured = Secured::agreed(ChatOptions::default());
    secured.client.write(b"one\ntwo\n");
    secured.talk.peer.says(secured.client.say());
    secured.talk.peer.ends();
    let told = secured.talk.told_to(|told, handle| {
        if *told == message("one") {
            handle.push(b"bye\n").expect("it is taken");
            handle.close();
        }
    });
    assert_eq!(told, [message("one"), Told::Closed(End::Truncated)]);
    let heard = secured.client.hear(&secured.talk.peer.heard).expect("it is TLS");
    assert_eq!((&heard.data[..], heard.has_ended), (&b"bye\n"[..], true));
    assert_eq!(secured.talk.peer.lent(), 0);
}

/// An end that is not said in TLS may be anybody's: it is no end of a message, but who wants it finds what has come.
#[test]
fn a_connection_that_is_cut_is_told_as_truncated() {
    let mut secured = Secured::agreed(ChatOptions::default());
    secured.client.write(b"one\ntransfer 100");
    secured.talk.peer.says(secured.client.say());
    secured.talk.peer.ends();
    assert_eq!(secured.talk.told(), [message("one"), Told::Closed(End::Truncated)]);
    assert_eq!(secured.talk.machine.partial(), b"transfer 100");
}

/// Unless its owner knows better.
#[test]
fn a_connection_that_is_cut_may_be_taken_for_ended() {
    let mut options = ChatOptions::default();
    options.channel.eof = EofPolicy::Accept;
    let mut secured = Secured::agreed(options);
    secured.client.write(b"one\n");
    secured.talk.peer.says(secured.client.say());
    secured.talk.peer.ends();
    assert_eq!(secured.talk.told(), [message("one"), Told::Ended, Told::Closed(End::Clean)]);
}

#[test]
fn a_message_over_the_limit_ends_the_chat() {
    let message = MessageOptions { limit: 10, over: OverLimit::Error };
    let mut secured = Secured::agreed(ChatOptions { message, ..ChatOptions::default() });
    secured.client.write(b"more than ten bytes\n");
    let (told, heard) = secured.exchange();
    assert_eq!(told, [Told::Failed(MessageError::TooLong { limit: 10 })]);
    assert!(heard.has_ended);
    secured.client.close();
    assert_eq!(secured.exchange().0, [Told::Closed(End::Limit)]);
}

/// Whoever speaks no TLS is told so in TLS, and the connection is over.
#[test]
fn what_is_no_tls_is_told_as_that() {
    let mut secured = Secured::new(ChatOptions::default());
    secured.talk.peer.says("GET / HTTP/1.0\r\n\r\n");
    secured.talk.peer.ends();
    let told = secured.talk.told();
    assert!(
        matches!(told[..], [Told::Closed(End::Tls(fault))] if fault.reason() == TlsReason::NotTls),
        "{told:?}"
    );
    assert_eq!(secured.talk.peer.duties, [Duty::Close]);
}
