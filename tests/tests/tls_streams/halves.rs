//! Two halves in two threads.

use std::io::{Read, Write};
use std::thread;

use crate::side::{bounded, connection, stranger};

#[test]
fn halves_of_one_connection_can_be_put_together_again() {
    bounded(|| {
        let (one, other) = connection();
        let ours = thread::spawn(move || {
            let session =
                standpipe_core::tls::Session::server(&crate::side::MADE.server).expect("a server's");
            let stream = standpipe_sys::Stream::socket(other.into());
            let options = standpipe_core::SecuredOptions::default();
            let stream = standpipe_blocking::TlsStream::new(stream.into(), Box::new(session), options);
            let (mut reader, writer) = stream.split().expect("a handshake");
            let mut text = [0; 5];
            reader.read_exact(&mut text).expect("it comes");
            let mut stream = reader.join(writer).expect("they belong together");
            stream.write_all(&text).expect("it is taken");
            stream.close()
        });
        let mut stranger = stranger(one);
        stranger.write_all(b"hello").expect("it is taken");
        let mut text = String::new();
        stranger.read_to_string(&mut text).expect("a clean end");
        assert_eq!(text, "hello");
        drop(stranger);
        ours.join().expect("no panic").expect("everything has left");
    });
}
