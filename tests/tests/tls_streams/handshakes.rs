//! Handshakes that are left to whoever serves the connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use crate::side::{MADE, bounded, stranger};

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
