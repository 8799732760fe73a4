//! Handshakes, and what comes of them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use standpipe_core::tls::Session;
use standpipe_core::{SecuredOptions, TlsFault, TlsReason};

use crate::side::{BACKENDS, MADE, bounded, connection, strange_server, stranger};

/// The silent one was there first.
#[test]
fn a_silent_client_delays_nobody() {
    bounded(|| {
        let listener = standpipe_blocking::Listener::bind(&"127.0.0.1:0".parse().expect("an address"));
        let listener = listener.expect("a free port").tls(MADE.server.clone());
        let address = listener.local().to_string();
        let silent = TcpStream::connect(&address).expect("it listens");
        let client = thread::spawn(move || {
            let mut stranger = stranger(TcpStream::connect(address).expect("it listens"));
            stranger.write_all(b"x").expect("it is taken");
            stranger.read_to_end(&mut Vec::new()).expect("a clean end")
        });
        let (first, _) = listener.accept().expect("the silent one");
        let (mut second, _) = listener.accept().expect("the other one");
        second.write_all(b"y").expect("it is taken");
        second.close().expect("everything has left");
        assert_eq!(client.join().expect("no panic"), 1);
        drop((first, silent));
    });
}

#[test]
fn a_handshake_that_takes_too_long_is_given_up() {
    bounded(|| {
        for make in BACKENDS {
            let (silent, other) = connection();
            let options =
                SecuredOptions { handshake: Some(Duration::from_millis(50)), ..SecuredOptions::default() };
            let mut ours = make(other, Session::server(&MADE.server).expect("a server's"), options);
            assert_eq!(ours.read(&mut [0]).expect_err("it is given up").kind(), ErrorKind::TimedOut);
            assert_eq!(ours.write(b"x").expect_err("it is given up").kind(), ErrorKind::TimedOut);
            drop(silent);
        }
    });
}

#[test]
fn after_a_failed_name_check_nothing_can_be_sent() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let session = Session::client(&MADE.client, "elsewhere.example").expect("a name");
            let mut ours = make(one, session, SecuredOptions::default());
            let peer = thread::spawn(move || {
                let mut came = Vec::new();
                let end = strange_server(other).read_to_end(&mut came);
                (end.expect_err("it was refused").to_string(), came)
            });
            let refused = ours.write(b"secret").expect_err("the wrong name");
            let fault = refused.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
            assert_eq!(fault.map(TlsFault::reason), Some(TlsReason::WrongName));
            assert!(ours.write(b"secret").is_err());
            drop(ours);
            let (told, came) = peer.join().expect("no panic");
            assert!(told.contains("alert") && came.is_empty(), "{told}");
        }
    });
}

#[test]
fn what_was_agreed_upon_is_told() {
    bounded(|| {
        let (one, other) = connection();
        let peer = thread::spawn(move || stranger(one).flush());
        let stream = standpipe_sys::Stream::socket(other.into());
        let session = Session::server(&MADE.server).expect("a server's");
        let mut ours =
            standpipe_blocking::TlsStream::new(stream.into(), Box::new(session), SecuredOptions::default());
        assert!(ours.negotiated().is_none());
        ours.handshake().expect("the client agrees");
        let negotiated = ours.negotiated().expect("the handshake is over");
        assert_eq!((negotiated.version, negotiated.server_name.as_deref()), ("TLSv1.3", Some("localhost")));
        drop(peer.join());
    });
}
