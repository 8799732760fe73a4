//! Contexts that are chosen or exchanged while a server goes on, and those that are made in one call.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use standpipe_blocking::tls::{
    Choose, Context, Identity, Provider, SharedContext, TlsError, default_client_context,
    get_server_certificate, system_roots,
};
use standpipe_blocking::{Listener, Stream, TlsStream};
use standpipe_core::tls::pem;

use crate::side::{MADE, anybody, bounded, connection, options, stranger};

/// A server's context with a new certificate for this name, and that certificate.
fn identity_for(name: &str) -> (Context, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed([name.to_string()]).expect("a certificate");
    let der = made.cert.der().to_vec();
    let identity = Identity::from_der(vec![der.clone()], made.signing_key.serialize_der()).expect("a key");
    (Context::server(identity, None, options()).expect("a server's"), der)
}

fn listen() -> Listener {
    Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a free port")
}

fn dial(address: &str, name: &str) -> TlsStream {
    let stream = TcpStream::connect(address).expect("it listens");
    Stream::from(stream).tls(&anybody(), name).expect("a name")
}

/// The certificate that the server has shown, after a byte each way.
fn shown(client: &mut TlsStream) -> Vec<u8> {
    client.write_all(b"?").expect("it is taken");
    client.read_exact(&mut [0]).expect("an answer");
    client.negotiated().expect("the handshake is over").peer_certificates.remove(0)
}

/// Answers each byte, until the end.
fn answer(mut stream: TlsStream) {
    thread::spawn(move || {
        let mut byte = [0; 1];
        while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
    });
}

#[test]
fn a_context_is_exchanged_while_connections_go_on() {
    bounded(|| {
        let ((first, first_der), (second, second_der)) =
            (identity_for("one.example"), identity_for("two.example"));
        let serving = SharedContext::new(first);
        let listener = listen().tls(serving.clone());
        let address = listener.local().to_string();
        let (accepts, accepted) = channel();
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let _ = accepts.send(());
                answer(stream);
            }
        });

        let mut early = dial(&address, "localhost");
        assert_eq!(shown(&mut early), first_der);
        accepted.recv().expect("it serves");
        // Accepted before the exchange; it speaks after it.
        let mut silent = dial(&address, "localhost");
        accepted.recv().expect("it serves");
        serving.replace(Ok(second)).expect("a server's");
        assert_eq!(shown(&mut silent), second_der);
        assert_eq!(shown(&mut dial(&address, "localhost")), second_der);
        assert_eq!(shown(&mut early), first_der, "it has kept its session");

        // What cannot be made changes nothing.
        assert!(matches!(serving.replace(Err(TlsError::Nameless)), Err(TlsError::Nameless)));
        assert!(matches!(serving.replace(Ok(anybody())), Err(TlsError::WrongSide)));
        assert_eq!((shown(&mut dial(&address, "localhost")), serving.generation()), (second_der, 1));
    });
}

#[test]
fn a_listener_chooses_by_what_its_client_asks_for() {
    bounded(|| {
        let ((first, first_der), (second, second_der)) =
            (identity_for("one.example"), identity_for("two.example"));
        let choose: Choose = Arc::new(move |hello| {
            hello.server_name.as_deref().filter(|name| *name == "two.example").map(|_| second.clone())
        });
        let listener = listen().tls(first).choosing(choose);
        let address = listener.local().to_string();
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                answer(stream)
            }
        });
        assert_eq!(shown(&mut dial(&address, "two.example")), second_der);
        assert_eq!(shown(&mut dial(&address, "three.example")), first_der);
    });
}

#[test]
fn a_server_may_take_its_time_with_the_choice() {
    bounded(|| {
        let (second, der) = identity_for("two.example");
        let (one, other) = connection();
        let client = thread::spawn(move || {
            let mut client = Stream::from(one).tls(&anybody(), "two.example").expect("a name");
            shown(&mut client)
        });
        let greeted = Stream::from(other).greeted(Some(Duration::from_secs(60))).expect("it speaks");
        assert_eq!(greeted.hello().server_name.as_deref(), Some("two.example"));
        answer(greeted.tls(&second).expect("a server's"));
        assert_eq!(client.join().expect("no panic"), der);
    });
}

#[test]
fn a_client_that_says_nothing_is_waited_for_only_so_long() {
    bounded(|| {
        let (silent, other) = connection();
        let late = Stream::from(other).greeted(Some(Duration::from_millis(30))).expect_err("it is silent");
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        drop(silent);
        let (gone, other) = connection();
        drop(gone);
        let ended = Stream::from(other).greeted(None).expect_err("it is gone");
        assert_eq!(ended.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn the_certificate_of_a_server_is_had_in_one_call() {
    bounded(|| {
        let (context, der) = identity_for("one.example");
        let listener = listen().tls(context);
        let address = listener.local().to_string().parse().expect("an address");
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                answer(stream)
            }
        });
        let text = get_server_certificate(&address, &anybody()).expect("it shows one");
        assert_eq!(pem::decode(text.as_bytes()).expect("a certificate"), der);
        // With roots it is checked first.
        let refused = get_server_certificate(&address, &MADE.client).expect_err("nobody vouches for it");
        assert_eq!(refused.kind(), ErrorKind::InvalidData);
        let refused = get_server_certificate(&address, &MADE.server).expect_err("the wrong side");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    });
}

/// Whatever the system trusts, it is not a certificate that was made a moment ago.
#[test]
fn a_default_context_goes_by_the_roots_of_the_system() {
    bounded(|| {
        let Ok(roots) = system_roots() else {
            let error = default_client_context(Provider::Ring).expect_err("nobody is trusted");
            assert_eq!(error.kind(), ErrorKind::NotFound);
            return;
        };
        assert!(roots.certificates().len() > 0);
        let context = default_client_context(Provider::Ring).expect("somebody is trusted");
        let (one, other) = connection();
        let server = thread::spawn(move || {
            let mut server = Stream::from(other).tls_server(&MADE.server).expect("a server's");
            server.handshake().expect_err("it is refused").kind()
        });
        let mut client = Stream::from(one).tls(&context, "localhost").expect("a name");
        assert_eq!(client.handshake().expect_err("it is made up").kind(), ErrorKind::InvalidData);
        drop(client);
        assert_eq!(server.join().expect("no panic"), ErrorKind::InvalidData);
    });
}

/// A stranger who was served before an exchange does not notice it.
#[test]
fn strangers_are_served_by_whatever_is_current() {
    bounded(|| {
        let listener = listen().tls(MADE.server.clone());
        let address = listener.local().to_string();
        let serving = listener.context().clone();
        serving.replace(Ok(MADE.server.clone())).expect("a server's");
        let client = thread::spawn(move || {
            let mut stranger = stranger(TcpStream::connect(address).expect("it listens"));
            stranger.read_to_end(&mut Vec::new()).expect("a clean end")
        });
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.write_all(b"x").expect("it is taken");
        stream.close().expect("everything has left");
        assert_eq!((client.join().expect("no panic"), serving.generation()), (1, 1));
    });
}
