//! Sockets by the original's calls, with Python's `asyncore` on the other side.

use std::net::Shutdown;
use std::thread;

use standpipe_blocking::socket::constants::SOCK_STREAM;
use standpipe_blocking::socket::{Family, Received, Socket, SocketAddress, TimeoutMode};
use standpipe_tests::peer::{LIMIT, Serving, asking, script};
use standpipe_tests::python::Python;

use crate::ours::{PEER, assert_same, payload, with_asyncore};

fn server(python: &Python) -> Serving {
    Serving::announced(script(python, PEER, &["asyncore_answers", "-", "-"]), "port ")
}

fn socket() -> Socket {
    let mut socket = Socket::new(Family::INET, SOCK_STREAM, 0).expect("the kernel has it");
    socket.set_timeout(TimeoutMode::Timed(LIMIT));
    socket
}

fn local(port: u16) -> SocketAddress {
    format!("127.0.0.1:{port}").parse().expect("an address")
}

/// All that comes to the end.
fn everything(socket: &Socket) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        match socket.recv(&mut buffer).expect("a clean end") {
            Received::Eof => return all,
            received => all.extend_from_slice(&buffer[..received.len()]),
        }
    }
}

#[test]
fn a_socket_is_answered_after_its_half_close() {
    with_asyncore(|python| {
        let server = server(python);
        let mut ours = socket();
        ours.connect(&local(server.port())).expect("it listens");
        let second = ours.try_clone().expect("there are descriptors");
        let sending = thread::spawn(move || {
            second.send_all(&payload()).expect("it is read");
            second.shutdown(Shutdown::Write).expect("it is open");
        });
        assert_same(&everything(&ours), &payload());
        sending.join().expect("no panic");
    });
}

#[test]
fn a_socket_answers_after_its_clients_half_close() {
    with_asyncore(|python| {
        let mut listener = socket();
        listener.bind(&local(0)).expect("a port is free");
        listener.listen(1).expect("it is bound");
        let address = listener.local().expect("it is bound").to_string();
        let (_, port) = address.rsplit_once(':').expect("it has a port");
        let client = script(python, PEER, &["asyncore_asks", "-", port]);
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        ours.set_timeout(TimeoutMode::Timed(LIMIT));
        ours.send_all(&everything(&ours)).expect("it is read");
        ours.shutdown(Shutdown::Write).expect("it is open");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}
